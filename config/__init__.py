"""How the shop is set up: its settings, and those of its web server."""
