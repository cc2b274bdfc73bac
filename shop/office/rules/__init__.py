"""What can be decided across domains: periods of `numbers`, `retention` of what is personal. No database, no clock."""
