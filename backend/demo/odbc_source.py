"""The source behind ODBC: the same PostgreSQL database, reached through the driver of the machine's packages."""

from __future__ import annotations

from typing import Final

from backend.demo.database import SourceDatabase
from backend.demo.source_kinds import DemoSource

DRIVER: Final = "PostgreSQL Unicode"


def odbc_source(database: SourceDatabase) -> DemoSource:
    """How the platform is told of it; the connector's test says when the driver is missing, and how to get it."""
    settings = {
        "driver": DRIVER,
        "host": database.host,
        "port": database.port,
        "database": database.name,
        "ssl_mode": "disable",
    }
    credentials = {"username": database.username, "password": database.password}
    return DemoSource({"kind": "odbc", "settings": settings, "credentials": credentials}, database.dsn)
