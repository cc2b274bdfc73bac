"""What the staff see across all domains: today, numbers, and what is held about a person."""
