"""A real PostgreSQL server from the wheel's own binaries.

The cluster is made once by initdb under a temporary name and renamed when complete, so that an interrupted first
start leaves nothing that looks like a cluster. Sign-in is by scram-sha-256 over loopback only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from backend.embedded.account import own
from backend.embedded.disk import says_disk_is_full
from backend.embedded.errors import (
    DataFolderCorrupt,
    DataFolderFromOtherVersion,
    DiskFull,
    EmbeddedError,
    ServiceNotStarted,
    with_last_lines,
)
from backend.embedded.ports import LOOPBACK
from backend.embedded.programs import POSTGRESQL_VERSION
from backend.embedded.services.leftover import end_leftover_server
from backend.embedded.services.service import EmbeddedService, Placement

SUPERUSER = "postgres"
_START_OVER = "Restore the folder from a backup, or run `make clean-data` to start over with empty data."
_STATUS_LINE = 7  # postmaster.pid, line 8: what pg_ctl itself waits for (pidfile.h, LOCK_FILE_LINE_PM_STATUS)
_DAMAGE_WORDS = (
    "could not locate a valid checkpoint",
    "invalid magic number",
    "could not open file",
    "corrupt",
    "bogus",
)


class PostgresqlServer(EmbeddedService):
    """One cluster, one superuser with a generated password."""

    name: ClassVar[str] = "postgresql"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": open transactions are rolled back, not waited for
    # "immediate": when we were killed nobody waits for a checkpoint; the next start recovers from the WAL.
    death_signal: ClassVar[signal.Signals] = signal.SIGQUIT
    # The builtin provider sorts alike on every machine, whatever locales it has installed.
    locale: ClassVar[tuple[str, ...]] = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

    def __init__(
        self,
        placement: Placement,
        *,
        programs: Path,
        password: str,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """``programs`` is the installation folder; ``options`` are further server settings by name."""
        super().__init__(placement)
        self._programs = programs
        self._password = password
        self._options = dict(options or {})

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "cluster"

    def superuser_url(self, database: str = "postgres") -> str:
        """``postgresql://`` address of the superuser."""
        return f"postgresql://{SUPERUSER}:{quote(self._password, safe='')}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Create the cluster on the first start, check it on every later one."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        own(self.folder, self.account)
        if self.cluster.exists():
            self._check_cluster()
            end_leftover_server(self.cluster)
        else:
            self._create_cluster()

    def command(self) -> list[str]:
        """The postmaster in the foreground."""
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "",
            "log_checkpoints": "off",
            **self._options,
        }
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "bin" / "postgres"), "-D", str(self.cluster), *arguments]

    def is_ready(self) -> bool:
        """Whether the postmaster of this start has declared itself ready."""
        try:
            lines = (self.cluster / "postmaster.pid").read_text("utf-8").splitlines()
        except OSError:
            return False
        is_ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return is_ours and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def explain(self, lines: list[str]) -> EmbeddedError | None:
        """Damage is told apart from every other reason."""
        if any(word in line.lower() for line in lines for word in _DAMAGE_WORDS):
            return DataFolderCorrupt(
                with_last_lines(f"The PostgreSQL data in {self.cluster} is damaged.", lines), fix=_START_OVER
            )
        return None

    def _check_cluster(self) -> None:
        version_file = self.cluster / "PG_VERSION"
        try:
            version = version_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise DataFolderCorrupt(
                f"{self.cluster} is not a PostgreSQL data folder: PG_VERSION is missing or unreadable.", fix=_START_OVER
            ) from error
        if version != str(POSTGRESQL_VERSION):
            raise DataFolderFromOtherVersion(
                f"{self.cluster} was written by PostgreSQL {version or '?'}; this OpenReg runs {POSTGRESQL_VERSION}.",
                fix=f"Dump it with PostgreSQL {version or '?'} and load it again, or run `make clean-data`.",
            )

    def _create_cluster(self) -> None:
        unfinished = self.folder / "cluster.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        password_file = self.folder / "initial_password"
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self._password, "utf-8")
        own(password_file, self.account)
        try:
            self._run_initdb(unfinished, password_file)
        finally:
            password_file.unlink(missing_ok=True)
        unfinished.rename(self.cluster)

    def _run_initdb(self, cluster: Path, password_file: Path) -> None:
        account = self.account
        finished = subprocess.run(
            [
                *(str(self._programs / "bin" / "initdb"), "-D", str(cluster), "-U", SUPERUSER),
                *(f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8"),
                *self.locale,
                *(("--no-sync",) if self._options.get("fsync") == "off" else ()),
            ],
            cwd=self.folder,
            env=self.environment(),
            check=False,
            capture_output=True,
            text=True,
            start_new_session=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
        if finished.returncode == os.EX_OK:
            return
        lines = (finished.stdout + finished.stderr).splitlines()
        shutil.rmtree(cluster, ignore_errors=True)
        if says_disk_is_full(lines):
            raise DiskFull(
                f"PostgreSQL could not create its data in {self.folder}: no space is left on the disk.",
                fix="Free some space and start again.",
            )
        raise ServiceNotStarted(
            with_last_lines("PostgreSQL could not create its data folder.", lines),
            fix="Read the lines above and start again.",
        )
