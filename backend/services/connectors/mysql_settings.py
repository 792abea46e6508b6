"""What a MySQL or MariaDB connector is told beside what every server is."""

from __future__ import annotations

from backend.services.connectors.server_settings import Identifier, Port, ServerSettings


class MysqlSettings(ServerSettings):
    """Address and limits of a MySQL or MariaDB source; times in seconds."""

    port: Port = 3306
    role: Identifier | None = None
