"""Celery tasks: they open a unit of work and call a service."""
