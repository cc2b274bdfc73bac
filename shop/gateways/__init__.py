"""Other people's systems, and the only code that talks to them."""
