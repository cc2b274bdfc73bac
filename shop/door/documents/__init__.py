"""The manifest as a document to print."""
