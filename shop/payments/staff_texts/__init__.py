"""The words of the pages about orders and money, in three languages."""
