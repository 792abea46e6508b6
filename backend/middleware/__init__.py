"""Plain ASGI middleware shared by both services."""
