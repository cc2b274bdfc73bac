"""What was bought: orders, their states and story, tickets."""
