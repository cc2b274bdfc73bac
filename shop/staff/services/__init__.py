"""What can be done about who runs the shop: `attention` what waits for them; the rest, their accounts."""
