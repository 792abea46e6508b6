"""A real S3 server: rclone serving a folder, with signed requests."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import ClassVar

from backend.embedded.account import own
from backend.embedded.errors import EmbeddedError
from backend.embedded.ports import LOOPBACK
from backend.embedded.services.service import EmbeddedService, Placement

REGION = "us-east-1"  # the only region a client that is told none will sign for


class S3Server(EmbeddedService):
    """Buckets are the folders below ``objects``, objects their files."""

    name: ClassVar[str] = "s3"

    def __init__(
        self,
        placement: Placement,
        *,
        program: Path,
        access_key: str,
        secret_key: str,
    ) -> None:
        """``program`` is rclone."""
        super().__init__(placement)
        self._program = program
        self._access_key = access_key
        self._secret_key = secret_key

    @property
    def endpoint(self) -> str:
        """``host:port`` as the minio client wants it."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Create the data folder."""
        for folder in (self.folder, self.folder / "objects"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            own(folder, self.account)

    def environment(self) -> dict[str, str]:
        """The key pair travels by environment: arguments are readable by everybody."""
        return {
            **super().environment(),
            "RCLONE_AUTH_KEY": f'"{self._access_key},{self._secret_key}"',
            "GOMEMLIMIT": "256MiB",  # above it Go collects more eagerly instead of keeping what an upload needed
            "RCLONE_CONFIG": "",  # without it rclone looks for, and warns about, a file in the home folder
        }

    def command(self) -> list[str]:
        """Rclone without its cache: an acknowledged object is on disk."""
        return [
            *(str(self._program), "serve", "s3", str(self.folder / "objects")),
            *("--addr", self.endpoint, "--vfs-cache-mode", "off", "--log-level", "NOTICE"),
            # Mapped buffers go back to the system after use: 80 MB instead of 340 MB after a 400 MB upload.
            # No hash of whole objects for the ETag: the first look at a large file would read all of it again.
            *("--etag-hash", ""),
            *("--file-perms", "0600", "--dir-perms", "0700", "--use-mmap"),
        ]

    def is_ready(self) -> bool:
        """Whether the server speaks HTTP: an unsigned request is answered, with a refusal."""
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
                connection.sendall(f"GET / HTTP/1.0\r\nHost: {self.endpoint}\r\n\r\n".encode())
                return connection.recv(16).startswith(b"HTTP/1.")
        except OSError:
            return False

    def explain(self, lines: list[str]) -> EmbeddedError | None:
        """Files have no format that could be damaged."""
        del lines
        return None
