"""The settings of the shop that is running."""

from flask import current_app

from config.default import Settings


def settings() -> Settings:
    """What the running shop was told from outside."""
    found: Settings = current_app.extensions["settings"]
    return found
