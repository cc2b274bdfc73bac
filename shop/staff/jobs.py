"""What the worker does for the staff's accounts by itself."""

from shop.core import clock
from shop.core.db import transaction
from shop.core.jobs import Periodic
from shop.staff.services.sign_in import forget_old


def forget_sign_ins() -> None:
    """Delete attempts that no longer count, and sign-ins that ended long ago."""
    with transaction():
        forget_old(now=clock.now())


PERIODIC = (Periodic("41 * * * *", forget_sign_ins),)
