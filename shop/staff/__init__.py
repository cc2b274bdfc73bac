"""Who runs the shop, and what waits for their decision."""
