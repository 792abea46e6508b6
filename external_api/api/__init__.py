"""HTTP routes for customers."""
