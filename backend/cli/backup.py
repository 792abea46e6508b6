"""``openreg backup`` and ``openreg restore``: a whole installation into a folder, and back."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from backend.cli.audit import verify_all
from backend.cli.platform import DataDir
from backend.cli.target import operated_settings, owner_url
from backend.config import Settings
from backend.core.clock import utc_now
from backend.embedded.environment import names_an_installation
from backend.embedded.folder import data_folder
from backend.embedded.operation import adopt_keys, adopt_people
from backend.persistence.owner import OwnerDatabase
from backend.services.adapters import create_adapters
from backend.services.audit_verification import ChainVerdict
from backend.services.backup.manifest import Manifest
from backend.services.backup.restoring import RestoreService, check_backup
from backend.services.backup.writing import BackupService
from backend.services.key_rotation import UNKNOWN_KEY

console = Console(soft_wrap=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def backup(
    folder: Annotated[Path, typer.Argument(help="Where to write it; the folder must not be there yet.")],
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Copy every table, from one moment, and every object into FOLDER. The encryption keys are never in it.

    The installation is the embedded one of --data-dir, or the one the environment names (DATABASE_OWNER_URL included).
    """
    with operated_settings(data_dir) as settings, _bars() as bars:
        adapters = create_adapters(settings)
        service = BackupService(owner_database(settings), adapters.storage, adapters.box, utc_now, version("openreg"))
        manifest = asyncio.run(service.write(folder.absolute(), bars))
    _show(folder, manifest, "is backed up in", [], as_json=as_json)


def restore(
    folder: Annotated[Path, typer.Argument(help="The folder that a backup was written to.")],
    data_dir: DataDir = None,
    secrets: Annotated[
        Path | None,
        typer.Option(help="secrets.json of the embedded installation that was backed up, kept apart from the backup."),
    ] = None,
    *,
    check: Annotated[
        bool, typer.Option("--check", help="Only look whether every file of the backup is whole.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fill an empty installation from FOLDER, compare every row and every object, verify the audit trail.

    The installation is the embedded one of --data-dir, or the one the environment names (DATABASE_OWNER_URL included).
    """
    if check:
        with _bars() as bars:
            manifest = check_backup(folder.absolute(), bars)
        _show(folder, manifest, "is whole in", [], as_json=as_json)
        return
    if secrets is not None:
        if data_dir is None and names_an_installation():
            raise typer.BadParameter("--secrets is for embedded installations; set ENCRYPTION_KEY here.")
        adopt_keys(data_folder(data_dir), secrets)
    with operated_settings(data_dir, may_create=True) as settings, _bars() as bars:
        manifest = asyncio.run(_restoring(settings).restore(folder.absolute(), bars))
        verdicts = asyncio.run(verify_all(settings))
    if secrets is not None:
        adopt_people(data_folder(data_dir), secrets)
    _show(folder, manifest, "is restored from", verdicts, as_json=as_json)
    if not all(verdict.is_intact for _, verdict in verdicts):
        sys.exit(1)


def owner_database(settings: Settings) -> OwnerDatabase:
    """The database in the hands of its owner. Raises OwnerUrlMissing."""
    return OwnerDatabase(owner_url(settings.database), name="openreg-cli")


def _restoring(settings: Settings) -> RestoreService:
    adapters, url = create_adapters(settings), SecretStr(owner_url(settings.database))
    return RestoreService(owner_database(settings), url, adapters.storage, adapters.box)


class _Bars:
    """A bar for each thing that is done, on standard error: standard output is for the result."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, what: str, total: int) -> None:
        """The bar before is full, a new one begins."""
        self.finish()
        self._task = self._bars.add_task(what, total=max(1, total))

    def advance(self, by: int) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bars.advance(self._task, by)

    def finish(self) -> None:
        """Totals were guesses: what is done is done."""
        if self._task is not None:
            self._bars.update(self._task, total=1, completed=1)


@contextmanager
def _bars() -> Iterator[_Bars]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as shown:
        bars = _Bars(shown)
        yield bars
        bars.finish()


def _show(
    folder: Path, manifest: Manifest, what: str, verdicts: Sequence[tuple[str, ChainVerdict]], *, as_json: bool
) -> None:
    if as_json:
        document = {
            "folder": str(folder),
            "revision": manifest.revision,
            "taken_at": manifest.taken_at.isoformat(),
            "tables": len(manifest.tables),
            "rows": manifest.rows,
            "objects": manifest.objects.count,
            "size_bytes": manifest.size_bytes,
            "key_ids": list(manifest.key_ids),
            "audit": {slug: {"is_intact": one.is_intact, "head": f"{slug}:{one.head}"} for slug, one in verdicts},
        }
        typer.echo(json.dumps(document))
        return
    console.print(
        f"OpenReg {manifest.openreg_version} {what} {folder}: {manifest.rows:,} rows of {len(manifest.tables)} tables, "
        f"{manifest.objects.count:,} objects, {manifest.size_bytes / 1e6:,.1f} MB, "
        f"as of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    unknown = sum(counts.get(UNKNOWN_KEY, 0) for counts in manifest.sealed.values())
    if unknown:
        console.print(f"[red]{unknown} stored secrets cannot be read with any key of ENCRYPTION_KEY.[/red]")
    console.print(f"Keep ENCRYPTION_KEY ({', '.join(manifest.key_ids)}) apart from it: without it secrets are lost.")
    for slug, one in verdicts:
        state = "is as it was written" if one.is_intact else "[red]was touched[/red]"
        console.print(f"{slug}: the audit trail {state}. Head {slug}:{one.head}")
