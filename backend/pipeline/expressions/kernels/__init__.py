"""How each function of the table is computed over columns."""
