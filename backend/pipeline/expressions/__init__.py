"""Expressions compiled to Polars, and set expressions run by DuckDB."""
