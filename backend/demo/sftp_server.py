"""The partner's SFTP server of the demo: OpenSSH's sshd where it is installed, else asyncssh in its own process.

Both listen on a free port, know one user with one key, and serve one folder under the system's temporary folder, which
goes away with the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncssh

from backend.demo.child_process import LOOPBACK, free_port, start_module, start_program, stop, unprivileged_account
from backend.demo.errors import DemoServerNotStarted
from backend.demo.sftp_keys import make_key_pair

_LOGIN_SECONDS: Final = 10.0
INCOMING: Final = "incoming"


@dataclass(frozen=True, slots=True, repr=False)
class SftpServer:
    """A running server: how to reach it, and the folder behind it as this machine sees it."""

    program: str
    port: int
    username: str
    private_key: str
    fingerprint: str
    folder: Path
    host: str


@contextmanager
def started_sftp_server(address: str = LOOPBACK) -> Iterator[SftpServer]:
    """A server for the length of the block. Raises DemoServerNotStarted when neither kind can be started."""
    home = Path(tempfile.mkdtemp(prefix="openreg-sftp-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        process, server = _start(home, address)
        yield server
    finally:
        if process is not None:
            stop(process)
        shutil.rmtree(home, ignore_errors=True)


def _start(home: Path, address: str) -> tuple[subprocess.Popen[bytes], SftpServer]:
    account = unprivileged_account()
    (home / INCOMING).mkdir(mode=0o700)
    sshd = shutil.which("sshd", path="/usr/sbin:/sbin:/usr/local/sbin:/usr/bin")
    if sshd is not None:
        # A sandbox may forbid what sshd needs (a login of the account, its own user); the other kind needs nothing.
        with contextlib.suppress(DemoServerNotStarted):
            process, server = _start_openssh(sshd, home, address, account)
            if _lets_us_in(server):
                return process, server
            stop(process)
    return _start_asyncssh(home, address)


def _start_openssh(
    sshd: str, home: Path, address: str, account: pwd.struct_passwd | None
) -> tuple[subprocess.Popen[bytes], SftpServer]:
    host, user = make_key_pair(), make_key_pair()
    port = free_port(address)
    username = account.pw_name if account else getpass.getuser()
    (home / "host_key").write_text(host.private, encoding="ascii")
    (home / "host_key").chmod(0o600)
    (home / "authorized_keys").write_text(user.public + "\n", encoding="ascii")
    (home / "sshd_config").write_text(_sshd_config(home, address, port, username), encoding="utf-8")
    if account is not None:
        for path in (home, *home.glob("*")):
            os.chown(path, account.pw_uid, account.pw_gid)
    ids = (account.pw_uid, account.pw_gid) if account else None
    process = start_program(
        [sshd, "-D", "-e", "-f", str(home / "sshd_config")], home / "sshd.log", ids, (address, port)
    )
    return process, SftpServer("OpenSSH sshd", port, username, user.private, host.fingerprint, home / INCOMING, address)


def _lets_us_in(server: SftpServer) -> bool:
    async def list_folder() -> None:
        async with (
            asyncssh.connect(
                server.host,
                server.port,
                username=server.username,
                known_hosts=None,
                config=None,
                agent_path=None,
                client_keys=[asyncssh.import_private_key(server.private_key)],
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            await client.listdir(".")

    try:
        asyncio.run(asyncio.wait_for(list_folder(), _LOGIN_SECONDS))
    except (asyncssh.Error, OSError, TimeoutError):
        return False
    return True


def _sshd_config(home: Path, address: str, port: int, username: str) -> str:
    lines = {
        "Port": port,
        "ListenAddress": address,
        "HostKey": home / "host_key",
        "AuthorizedKeysFile": home / "authorized_keys",
        "PidFile": "none",
        "AllowUsers": username,
        "PubkeyAuthentication": "yes",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "UsePAM": "no",
        # The keys lie below the system's temporary folder, which everybody may write to.
        "StrictModes": "no",
        "AllowTcpForwarding": "no",
        "X11Forwarding": "no",
        "Subsystem": "sftp internal-sftp",
        "ForceCommand": f"internal-sftp -d {home / INCOMING}",
        "LogLevel": "VERBOSE",
    }
    return "".join(f"{name} {value}\n" for name, value in lines.items())


def _start_asyncssh(home: Path, address: str) -> tuple[subprocess.Popen[bytes], SftpServer]:
    host, user = make_key_pair(), make_key_pair()
    (home / "host_key").write_text(host.private, encoding="ascii")
    (home / "host_key").chmod(0o600)
    (home / "authorized_keys").write_text(user.public + "\n", encoding="ascii")
    process, ready = start_module("backend.demo.sftp_process", [str(home), str(home / INCOMING), address])
    port = int(str(ready["port"]))
    return process, SftpServer("asyncssh", port, "partner", user.private, host.fingerprint, home / INCOMING, address)
