"""Use cases, and the adapters to the outside they stand on."""
