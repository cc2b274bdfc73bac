"""What the catalogue's forms send."""
