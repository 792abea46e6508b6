"""A MariaDB server of the demo's own: the demo's bank has its trades there when it is asked for MySQL.

It comes from the machine's packages, keeps its data below the system's temporary folder, and goes away with the demo.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.demo.child_process import LOOPBACK, free_port, start_program, stop, unprivileged_account
from backend.demo.errors import DemoServerNotStarted

_PLACES: Final = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin"
_SERVERS: Final = ("mariadbd", "mysqld")
_INSTALLERS: Final = ("mariadb-install-db", "mysql_install_db")
_READY_SECONDS: Final = 60.0
ADMINISTRATOR: Final = "root"


@dataclass(frozen=True, slots=True, repr=False)
class MariadbServer:
    """A running server and its administrator, whom only the demo knows."""

    host: str
    port: int
    password: str


@contextmanager
def started_mariadb_server(address: str = LOOPBACK) -> Iterator[MariadbServer]:
    """A server for the length of the block. Raises DemoServerNotStarted."""
    home = Path(tempfile.mkdtemp(prefix="openreg-mariadb-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        process, server = _start(home, address)
        yield server
    finally:
        if process is not None:
            stop(process)
        shutil.rmtree(home, ignore_errors=True)


def _start(home: Path, address: str) -> tuple[subprocess.Popen[bytes], MariadbServer]:
    program, account = _program(_SERVERS), unprivileged_account()
    server = MariadbServer(address, free_port(address), secrets.token_hex(16))
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    ids = (account.pw_uid, account.pw_gid) if account else None
    common = ["--no-defaults", f"--datadir={home / 'data'}"]
    _install(home, [_program(_INSTALLERS), *common, "--skip-test-db"], ids)
    # Else whoever came first could sign in as administrator: the server itself sets the password, before it listens.
    first = home / "first.sql"
    first.write_text(
        f"ALTER USER {ADMINISTRATOR}@localhost IDENTIFIED BY '{server.password}';\n"
        f"RENAME USER {ADMINISTRATOR}@localhost TO {ADMINISTRATOR}@'%';\n",
        encoding="ascii",
    )
    first.chmod(0o600)
    if ids is not None:
        os.chown(first, *ids)
    options = [
        *[f"--bind-address={address}", f"--port={server.port}", f"--socket={home / 's'}", f"--tmpdir={home}"],
        *[f"--pid-file={home / 'pid'}", f"--init-file={first}", "--skip-log-bin", "--skip-name-resolve"],
        *["--local-infile=1", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=64M"],
    ]
    log = home / "server.log"
    process = start_program(
        [program, *common, *options], log, ids, (address, server.port), ready_seconds=_READY_SECONDS
    )
    return process, server


def _install(home: Path, command: list[str], ids: tuple[int, int] | None) -> None:
    uid, gid = ids or (None, None)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=home, user=uid, group=gid,
        extra_groups=[] if ids else None,
    )  # fmt: skip
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip().splitlines()
        raise DemoServerNotStarted(f"{command[0]} failed: {words[-1] if words else 'it said nothing'}")


def _program(names: tuple[str, ...]) -> str:
    found = next((path for name in names if (path := shutil.which(name, path=_PLACES))), None)
    if found is None:
        raise DemoServerNotStarted(
            "The demo needs a MariaDB server for this source, and there is none on this machine.",
            fix="Install it (Debian: apt install mariadb-server), or show the demo with --source postgresql.",
        )
    return found
