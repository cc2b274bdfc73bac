"""What few processes use is not loaded by those that do not."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SELDOM_USED = ("alembic", "fontTools", "fpdf", "holidays", "icalendar", "PIL", "xlsxwriter")


def test_a_web_worker_that_starts_has_loaded_nothing_that_is_seldom_used():
    """A child, because this process has used it all; of the tests' own settings only what the shop needs to start."""
    settings = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "SECRET_KEY": "of this test alone, and of no other",
        "SHOP_PUBLIC_URL": "http://127.0.0.1",
        "WECHAT_APP_ID": "wx",
        "WECHAT_APP_SECRET": "of this test alone",
    }
    loaded = f"import sys, wsgi; print(*[name for name in {SELDOM_USED!r} if name in sys.modules])"
    ran = subprocess.run(
        [sys.executable, "-c", loaded], cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=True
    )

    assert ran.stdout.strip() == ""
