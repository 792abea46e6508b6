"""The platform's run path with real servers and real processes, without HTTP and Celery around it."""
