"""A ticket as people carry it: a QR code, a page to print, an entry in a calendar."""
