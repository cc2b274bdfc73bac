"""What can be done with money: `attempts`, `settle` what came, `refunds` owed, the `inbox`, `ledger` to read."""
