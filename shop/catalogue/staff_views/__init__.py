"""The catalogue's pages for the staff."""
