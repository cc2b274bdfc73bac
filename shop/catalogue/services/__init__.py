"""What can be done with the catalogue: `browse` it, `exchange` it with a file, and keep its `seats`."""
