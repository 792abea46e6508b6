"""An SFTP server of its own process, for machines without OpenSSH.

``python -m backend.demo.sftp_process HOME FOLDER ADDRESS``; HOME holds host_key and authorized_keys. Prints
``{"port": n}`` when ready and stops when standard input closes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import asyncssh


async def serve(home: Path, folder: Path, address: str) -> None:
    """Serve the folder, and nothing above it, until standard input closes."""

    def jailed(channel: asyncssh.SSHServerChannel[bytes]) -> asyncssh.SFTPServer:
        return asyncssh.SFTPServer(channel, chroot=str(folder).encode())

    server = await asyncssh.listen(
        address,
        0,
        server_host_keys=[str(home / "host_key")],
        authorized_client_keys=str(home / "authorized_keys"),
        sftp_factory=jailed,
        allow_scp=False,
    )
    sys.stdout.write(json.dumps({"port": server.get_port()}) + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
