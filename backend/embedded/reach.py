"""Where the services' data and programs are when their account cannot enter the data folder.

A checkout below a private folder (``/root`` has mode 0700) is closed to every other account, and nothing outside the
data folder may be opened up. The services then live in ``/var/lib/openreg/<installation>``: programs are copied
there, and ``openreg clean-data`` removes it together with the data folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from backend.embedded.account import ServiceAccount
from backend.embedded.errors import DataFolderUnreachable
from backend.embedded.folder import naming_a_full_disk
from backend.embedded.programs import Programs

OUTSIDE = Path("/var/lib/openreg")
_ORIGIN_FILE = "data_folder"  # names the data folder an outside home belongs to


@dataclass(frozen=True, slots=True)
class ServiceHome:
    """The folder of the services' data and the programs to start."""

    path: Path
    programs: Programs


def service_home(
    data_folder: Path, installation_id: str, programs: Programs, account: ServiceAccount | None
) -> ServiceHome:
    """The data folder and the wheels' own programs, or reachable places for what is not reachable.

    Raises DataFolderUnreachable, DiskFull.
    """
    home = data_folder
    if account is not None and not can_reach(account, data_folder):
        home = _outside_home(installation_id, data_folder, account)
    return ServiceHome(home, reachable_programs(programs, account, home / "programs"))


def list_outside_homes(data_folder: Path) -> list[Path]:
    """Places outside ``data_folder`` that hold data of the installation in it."""
    homes = []
    for origin in OUTSIDE.glob(f"*/{_ORIGIN_FILE}"):
        with suppress(OSError):
            if origin.read_text("utf-8") == str(data_folder):
                homes.append(origin.parent)
    return homes


def holds_data(data_folder: Path) -> bool:
    """Whether a database of this installation exists, in the data folder or outside it."""
    return any((home / "postgresql" / "cluster").exists() for home in (data_folder, *list_outside_homes(data_folder)))


def reachable_programs(programs: Programs, account: ServiceAccount | None, copies: Path) -> Programs:
    """The programs themselves where ``account`` can start them, else copies of them below ``copies``."""
    files = (programs.postgresql / "bin" / "postgres", programs.redis, programs.rclone)
    if account is None or all(can_reach(account, file) for file in files):
        return programs
    return copy_programs(programs, copies)


def can_reach(account: ServiceAccount, path: Path) -> bool:
    """Whether the account may enter every parent of ``path`` and the path itself, asked of the system itself."""
    # Real path: a link inside a readable folder may lead through a closed one.
    asked = subprocess.run(
        ["/usr/bin/test", "-x", os.path.realpath(path)],
        check=False,
        cwd="/",
        user=account.uid,
        group=account.gid,
        extra_groups=[],
    )
    return asked.returncode == os.EX_OK


def copy_programs(programs: Programs, target: Path) -> Programs:
    """Copy the programs of the wheels once per version; the copies are world-readable like any program."""
    package = programs.postgresql.parent
    copied = Programs(target / package.name / programs.postgresql.name, target / "redis-server", target / "rclone")
    stamp = target / "copied_from"
    origin = "\n".join(
        _identity(path) for path in (programs.postgresql / "bin" / "postgres", programs.redis, programs.rclone)
    )
    if stamp.exists() and stamp.read_text("utf-8") == origin:
        return copied
    with naming_a_full_disk(target):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True, mode=0o755)
        target.chmod(0o755)
        unused = shutil.ignore_patterns("include", "*.a")
        shutil.copytree(programs.postgresql, copied.postgresql, symlinks=True, ignore=unused)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            # The wheel's programs look for these beside their package: $ORIGIN/../../../<package>.libs
            shutil.copytree(libraries, target / libraries.name)
        shutil.copy2(programs.redis, copied.redis)
        shutil.copy2(programs.rclone, copied.rclone)
        stamp.write_text(origin, "utf-8")
    return copied


def _outside_home(installation_id: str, data_folder: Path, account: ServiceAccount) -> Path:
    home = OUTSIDE / installation_id
    try:
        with naming_a_full_disk(home):
            home.mkdir(parents=True, exist_ok=True)
            home.parent.chmod(0o755)
            home.chmod(0o711)
            (home / _ORIGIN_FILE).write_text(str(data_folder), "utf-8")
    except PermissionError as error:
        raise _unreachable(data_folder, account) from error
    if not can_reach(account, home):
        raise _unreachable(data_folder, account)
    return home


def _unreachable(data_folder: Path, account: ServiceAccount) -> DataFolderUnreachable:
    return DataFolderUnreachable(
        f"OpenReg runs as root, so its services run as {account.name}, which cannot enter {data_folder}.",
        fix="Set OPENREG_DATA_DIR to a folder every account may pass through, such as /srv/openreg, "
        "or start OpenReg as an ordinary user.",
    )


def _identity(path: Path) -> str:
    status = path.stat()
    return f"{path} {status.st_size} {status.st_mtime_ns}"
