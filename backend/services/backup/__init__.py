"""A whole installation in a folder, and a folder back into an empty installation."""
