"""A report run: columnar, synchronous, with injected ports."""
