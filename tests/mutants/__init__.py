"""Each guard of the shop removed in turn, to see that a test notices: `make mutants`."""
