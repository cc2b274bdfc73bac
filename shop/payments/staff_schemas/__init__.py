"""What the forms about orders and money send."""
