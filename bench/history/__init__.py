"""Years of a shop's life, made up and written into its database: what it is like to be old and large.

Every row is like those the shop's own services write, and `flask --app wsgi audit` finds nothing wrong with them.
Shortened are only the bodies of the gateway's notices, and tickets of dates that are over have codes of chance alone.
"""

from bench.history.load import load

__all__ = ["load"]
