"""File transfer protocols."""
