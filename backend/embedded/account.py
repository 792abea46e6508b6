"""The unprivileged account that runs the embedded services when OpenReg itself is started by root.

PostgreSQL refuses to run as root, and no server that listens on a port should. Files outside the data folder are
never changed: what the account cannot reach is copied (see ``backend.embedded.reach``).
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ACCOUNT_NAME = "openreg"
FALLBACK_ACCOUNT_NAME = "nobody"


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """A system account: name and numeric ids."""

    name: str
    uid: int
    gid: int


def service_account() -> ServiceAccount | None:
    """The account for the services, or None when we are unprivileged ourselves.

    ``openreg`` is created once where the system lets us; ``nobody`` serves where it does not (a read-only /etc).
    """
    if os.geteuid() != 0:
        return None
    account = _find_account(ACCOUNT_NAME)
    if account is None and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
        command = [useradd, "--system", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([*command, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME], check=False, capture_output=True)
        account = _find_account(ACCOUNT_NAME)  # also finds the one a process beside us created first
    return account or _find_account(FALLBACK_ACCOUNT_NAME)


def own(path: Path, account: ServiceAccount | None) -> None:
    """Give one path of the data folder to the account that works in it."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _find_account(name: str) -> ServiceAccount | None:
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return ServiceAccount(name, entry.pw_uid, entry.pw_gid)
