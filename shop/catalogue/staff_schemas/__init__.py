"""What the forms of the catalogue's pages send."""
