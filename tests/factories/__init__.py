"""Makers of test values: each states only what a test is about."""
