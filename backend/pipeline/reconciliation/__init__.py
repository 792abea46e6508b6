"""Reconciliation of submitted records with an extract: both sides are read as streams, compared by DuckDB."""
