"""Read access to source databases."""
