"""What is sold and when: tours, their units and texts, departures and their seat counter."""
