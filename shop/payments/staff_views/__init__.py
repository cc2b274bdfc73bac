"""The pages about orders and money, for the staff."""
