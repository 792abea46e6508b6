"""Validation rules and findings as values."""
