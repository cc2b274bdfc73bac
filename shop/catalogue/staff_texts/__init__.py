"""The words of the catalogue's pages, in three languages."""
