"""SFTP servers for tests: OpenSSH as partners run it, and one that misbehaves on demand."""

import asyncio
import gc
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import ClassVar

import asyncssh

from backend.services.egress import EgressGuard, EgressPolicy
from backend.services.transfer.factory import create_sftp
from backend.services.transfer.sftp import SftpTransfer

LOOPBACK = EgressGuard(EgressPolicy.OWN_NETWORK, (ip_network("127.0.0.0/8"),))
SSHD = "/usr/sbin/sshd"
PASSPHRASE = "key pässphrase"
PASSWORD = "sftp:p@ss wörd"
UNPRIVILEGED = "daemon"  # an account every Debian has, and has not locked


@dataclass(frozen=True)
class OpenSsh:
    """A running sshd: its folder as this machine sees it, and the keys that open it."""

    port: int
    home: Path
    username: str

    @property
    def folder(self) -> Path:
        return self.home / "incoming"

    def key(self, name: str) -> str:
        return (self.home / name).read_text()

    def fingerprint(self, host_key: str) -> str:
        """The fingerprint as OpenSSH's own tool prints it."""
        listed = subprocess.run(
            ["ssh-keygen", "-lf", str(self.home / f"{host_key}.pub")], check=True, capture_output=True, text=True
        )
        return listed.stdout.split()[1]

    def names(self) -> list[str]:
        """Every file in the folder, hidden ones included."""
        return sorted(os.listdir(self.folder))  # noqa: PTH208 - names are what is compared

    def place(self, name: str, content: bytes) -> None:
        """Put a file there as the user would own it."""
        path = self.folder / name
        path.write_bytes(content)
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.username)
            os.chown(path, account.pw_uid, account.pw_gid)

    def show_only(self, host_key: str) -> None:
        """Have another host key from now on, as after a rebuild of the server."""
        configuration = self.home / "sshd_config"
        lines = [line for line in configuration.read_text().splitlines() if not line.startswith("HostKey ")]
        configuration.write_text("\n".join([*lines, f"HostKey {self.home / host_key}", ""]))
        os.kill(int((self.home / "sshd.pid").read_text()), signal.SIGHUP)
        deadline = time.monotonic() + 10
        while host_key not in self._shown() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _shown(self) -> dict[str, str]:
        """The host keys it shows, by their names here."""
        scanned = subprocess.run(
            ["ssh-keyscan", "-p", str(self.port), "127.0.0.1"], check=False, capture_output=True, text=True
        ).stdout
        names = ("host_ed25519", "host_rsa", "other_host")
        public = {name: (self.home / f"{name}.pub").read_text().split()[1] for name in names}
        return {name: key for name, key in public.items() if key in scanned}

    def transfer(self, *, credentials: dict[str, object] | None = None, **settings: object) -> SftpTransfer:
        values = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": self.username,
            "folder": str(self.folder),
            "host_key_fingerprint": self.fingerprint("host_ed25519"),
        }
        return create_sftp({**values, **settings}, credentials or {"private_key": self.key("user")}, LOOPBACK)


@contextmanager
def open_ssh(*options: str) -> Iterator[OpenSsh]:
    """A real sshd on loopback, run as an unprivileged user; ``options`` are further lines of its configuration."""
    if not Path(SSHD).exists():
        raise AssertionError(f"{SSHD} is missing: install openssh-server")
    account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    home = Path(tempfile.mkdtemp(prefix="openreg-sshd-"))
    try:
        server = OpenSsh(_free_port(), home, account.pw_name)
        _write_keys_and_configuration(server, options)
        if os.geteuid() == 0:
            for path in (home, *home.iterdir()):
                os.chown(path, account.pw_uid, account.pw_gid)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
        with (home / "sshd.log").open("wb") as log:
            process = subprocess.Popen([SSHD, "-D", "-e", "-f", str(home / "sshd_config")], stderr=log, **identity)
        try:
            _wait_for(server.port)
            yield server
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _write_keys_and_configuration(server: OpenSsh, options: tuple[str, ...]) -> None:
    home = server.home
    for name, kind, passphrase in (
        ("host_ed25519", "ed25519", ""),
        ("host_rsa", "rsa", ""),
        ("other_host", "ed25519", ""),
        ("user", "ed25519", ""),
        ("user_rsa", "rsa", ""),
        ("user_ecdsa", "ecdsa", ""),
        ("user_protected", "ed25519", PASSPHRASE),
        ("stranger", "ed25519", ""),
    ):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", str(home / name)], check=True)
    known = ("user", "user_rsa", "user_ecdsa", "user_protected")
    (home / "authorized_keys").write_text("".join((home / f"{name}.pub").read_text() for name in known))
    server.folder.mkdir()
    (home / "sshd_config").write_text(
        f"Port {server.port}\nListenAddress 127.0.0.1\nHostKey {home}/host_ed25519\nHostKey {home}/host_rsa\n"
        f"PidFile {home}/sshd.pid\nUsePAM no\nStrictModes no\nAuthorizedKeysFile {home}/authorized_keys\n"
        "PasswordAuthentication no\nSubsystem sftp internal-sftp\nMaxStartups 100\n"
        + "".join(f"{option}\n" for option in options)
    )


@dataclass
class Misbehaviour:
    """What the odd server does wrong; every field off is a good server."""

    fail_write_after_bytes: int | None = None
    write_error: Callable[[], Exception] = lambda: asyncssh.SFTPFailure("No space left on device")
    hang_up_after_bytes: int | None = None
    stop_answering_after_bytes: int | None = None
    corrupts: bool = False
    lacks_posix_rename: bool = False
    rename_error: Callable[[], Exception] | None = None
    has_sftp: bool = True
    written_bytes: int = field(default=0, init=False)

    def is_beyond(self, limit: int | None) -> bool:
        return limit is not None and self.written_bytes > limit


@dataclass(frozen=True)
class OddServer:
    """A running server of ``asyncssh`` with a misbehaviour that may be changed while it runs."""

    port: int
    folder: Path
    fingerprint: str
    misbehaviour: Misbehaviour

    def transfer(self, *, credentials: dict[str, object] | None = None, **settings: object) -> SftpTransfer:
        values = {
            "host": "127.0.0.1",
            "port": self.port,
            "username": "partner",
            "folder": "/",
            "host_key_fingerprint": self.fingerprint,
            "operation_timeout_seconds": 5,
        }
        return create_sftp({**values, **settings}, credentials or {"password": PASSWORD}, LOOPBACK)


@contextmanager
def odd_server(folder: Path, misbehaviour: Misbehaviour) -> Iterator[OddServer]:
    """Runs in a thread with its own event loop."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    loop = asyncio.new_event_loop()

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("partner", PASSWORD)

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Server,
            server_host_keys=[host_key],
            sftp_factory=type("Odd", (_OddSftp,), {"folder": folder, "odd": misbehaviour})
            if misbehaviour.has_sftp
            else None,
        )

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result()

    async def close() -> None:
        acceptor.close()
        await acceptor.wait_closed()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    try:
        yield OddServer(acceptor.get_port(), folder, host_key.get_fingerprint(), misbehaviour)
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()  # asyncssh does not close the files of a connection that was cut


class _OddSftp(asyncssh.SFTPServer):
    folder: ClassVar[Path]
    odd: ClassVar[Misbehaviour]

    def __init__(self, channel: asyncssh.SSHServerChannel) -> None:
        super().__init__(channel, chroot=str(self.folder).encode())

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:  # type: ignore[override]
        self.odd.written_bytes += len(data)
        if self.odd.is_beyond(self.odd.fail_write_after_bytes):
            raise self.odd.write_error()
        if self.odd.is_beyond(self.odd.hang_up_after_bytes):
            self.channel.get_connection().abort()
        if self.odd.is_beyond(self.odd.stop_answering_after_bytes):
            await asyncio.sleep(3600)
        if self.odd.corrupts:
            data = bytes([data[0] ^ 1]) + data[1:]
        return super().write(file_obj, offset, data)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self.odd.lacks_posix_rename:
            raise asyncssh.SFTPOpUnsupported("Operation unsupported")
        self.rename(oldpath, newpath)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        if self.odd.rename_error is not None:
            raise self.odd.rename_error()
        super().rename(oldpath, newpath)

    def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        raise asyncssh.SFTPOpUnsupported("Operation unsupported")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                if connection.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("sshd did not start")
