"""What can be decided across domains without a database or a clock: periods of `numbers`, `retention` of what is personal."""
