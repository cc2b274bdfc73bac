"""The pages across domains, for the staff."""
