"""What the staff can see across domains: `today` the next departures and what needs a decision."""
