"""The words of the pages across domains, in three languages."""
