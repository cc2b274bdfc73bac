"""Money in and out: attempts to pay, callbacks, what is owed back."""
