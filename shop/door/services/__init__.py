"""What can be done at the door. The caller owns the transaction: one for each act, so that none waits for another."""
