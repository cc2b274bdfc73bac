"""What every domain stands on and none owns."""
