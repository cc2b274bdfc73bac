"""How fast the shop is, and whether it stays so: what makes the load, and what measures it. Not part of the shop."""
