"""What is measured, and shown at full size: the shop on several machines, under a rush, with a long history."""
