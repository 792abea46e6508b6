"""What a PostgreSQL connector is told beside what every server is."""

from __future__ import annotations

from backend.services.connectors.server_settings import Identifier, Port, ServerSettings


class PostgresqlSettings(ServerSettings):
    """Address and limits of a PostgreSQL source; times in seconds."""

    port: Port = 5432
    search_path: tuple[Identifier, ...] = ()
    role: Identifier | None = None
