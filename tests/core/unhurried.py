"""The bare app, of workers that leave connections to one another for however long: so that a test of how these are
shared out does not measure how busy its machine is."""

from bench.bare import app
from config import fairness

__all__ = ["app"]

fairness.LONGEST_LEFT = 20
