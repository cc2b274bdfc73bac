"""For tests of the catalogue."""

import pytest

from tests.catalogue.files import Desk


@pytest.fixture
def desk(app, tmp_path):
    """Where somebody types commands about the catalogue."""
    return Desk(app, tmp_path)
