"""The books: a journal of every movement of money, receipts and credit notes, closings, exports."""
