"""Seats kept for someone: taking, extending, giving back."""
