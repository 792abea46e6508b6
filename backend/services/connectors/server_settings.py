"""What every connector to a database server is told: where it is, how far to trust the way there, how long to wait."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.services.connectors.base import SslMode
from backend.services.connectors.time_zone import TimeZoneName
from backend.services.ssh.session import Fingerprint

Identifier = Annotated[str, Field(min_length=1, max_length=63, pattern=r"^[^\x00]+$")]
Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/,@]+$")]
Port = Annotated[int, Field(ge=1, le=65535)]


class TunnelSettings(BaseModel):
    """An SSH server that leads to the database; the database's address is then the one that this server knows.

    Without ``host_key_fingerprint`` a test shows the key the server has, and nobody signs in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Port = 22
    username: Annotated[str, Field(min_length=1, max_length=100)]
    host_key_fingerprint: Fingerprint | None = None


class ServerSettings(BaseModel):
    """Address and limits; times in seconds. Each kind adds its ``port``, with the usual one as default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Port
    database: Identifier
    ssl_mode: SslMode = SslMode.VERIFY_FULL
    ssl_root_certificate: Annotated[str, Field(max_length=200_000)] | None = None
    connect_timeout_seconds: Annotated[int, Field(ge=2, le=120)] = 10
    statement_timeout_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    lock_timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    source_time_zone: TimeZoneName | None = None
    max_sessions: Annotated[int, Field(ge=1, le=100)] | None = None
    tunnel: TunnelSettings | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address on the way to the server: what a secret kept elsewhere must be released for."""
        before = () if self.tunnel is None else (f"{self.tunnel.host}:{self.tunnel.port}",)
        return (*before, f"{self.host}:{self.port}")

    @model_validator(mode="after")
    def _certificate_is_given(self) -> Self:
        if self.ssl_root_certificate is not None and "BEGIN CERTIFICATE" not in self.ssl_root_certificate:
            raise ValueError("ssl_root_certificate must be the text of a PEM certificate")
        if self.ssl_mode is SslMode.VERIFY_CA and self.ssl_root_certificate is None:
            raise ValueError("ssl_mode verify_ca needs ssl_root_certificate: without it any public authority would do")
        return self
