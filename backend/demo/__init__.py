"""The demonstration: drives the product through its HTTP API."""
