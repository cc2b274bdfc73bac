"""Other people's systems, played on this machine for tests alone."""
