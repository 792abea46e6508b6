"""Schedules: when a report runs by itself, for which date, and what happens when it cannot."""
