"""What an SFTP destination is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.services.ssh.session import Fingerprint, SshCredentials, SshServer


class SftpSettings(BaseModel):
    """Address, user, folder and the confirmed host key; times in seconds.

    Without ``host_key_fingerprint`` a destination can be tested up to the host key, and nothing is ever sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[^\s/,@]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] = 22
    username: Annotated[str, Field(min_length=1, max_length=100)]
    folder: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00-\x1f]*$")] = "."
    host_key_fingerprint: Fingerprint | None = None
    connect_timeout_seconds: Annotated[int, Field(ge=2, le=120)] = 15
    operation_timeout_seconds: Annotated[int, Field(ge=5, le=600)] = 60

    @property
    def server(self) -> SshServer:
        """The server as SSH knows it."""
        return SshServer(self.host, self.port, self.username, self.host_key_fingerprint, self.connect_timeout_seconds)


class SftpCredentials(SshCredentials):
    """What signs in at a destination."""
