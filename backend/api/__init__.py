"""HTTP routes of the core."""
