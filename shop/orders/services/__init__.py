"""What can be done with orders: `place`, `settle` (paid, in review, ended), `show`, `tickets`."""
