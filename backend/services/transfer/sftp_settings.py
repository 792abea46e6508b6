"""What an SFTP destination is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from backend.services.ssh.session import Fingerprint, SshCredentials, SshServer
from backend.services.transfer.settings_fields import ConnectSeconds, Folder, Host, OperationSeconds, UserName


class SftpSettings(BaseModel):
    """Address, user, folder and the confirmed host key; times in seconds.

    Without ``host_key_fingerprint`` a destination can be tested up to the host key, and nothing is ever sent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: Host
    port: Annotated[int, Field(ge=1, le=65535, title="Port", description="SSH usually listens at port 22.")] = 22
    username: UserName
    folder: Folder = "."
    host_key_fingerprint: Annotated[
        Fingerprint | None,
        Field(
            title="Confirmed host key",
            description="SHA256 fingerprint, as ssh-keygen -l prints it. Without it nothing is ever sent.",
        ),
    ] = None
    connect_timeout_seconds: ConnectSeconds = 15
    operation_timeout_seconds: OperationSeconds = 60

    @property
    def server(self) -> SshServer:
        """The server as SSH knows it."""
        return SshServer(self.host, self.port, self.username, self.host_key_fingerprint, self.connect_timeout_seconds)


class SftpCredentials(SshCredentials):
    """What signs in at a destination."""
