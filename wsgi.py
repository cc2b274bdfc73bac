"""What web servers and the `flask` command load."""

from config.default import SettingsIncomplete
from shop.app import create_app

try:
    app = create_app()
except SettingsIncomplete as incomplete:
    raise SystemExit(str(incomplete)) from None
