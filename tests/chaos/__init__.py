"""What production does to a platform, done on purpose: ``make chaos``."""
