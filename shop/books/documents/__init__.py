"""Receipts and credit notes as pages to print."""
