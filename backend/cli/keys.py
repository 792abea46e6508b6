"""``openreg keys``: which key the stored secrets are sealed with, and changing it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from backend.cli.backup import owner_database
from backend.cli.platform import DataDir
from backend.cli.target import opened_databases, operated_settings
from backend.config import Settings
from backend.core.clock import utc_now
from backend.embedded.folder import data_folder
from backend.embedded.secrets import add_encryption_key, forget_encryption_keys
from backend.services.adapters import create_adapters
from backend.services.key_rotation import KeyRotation, KeyUse, OldKeyStillUsed, key_use

keys_app = typer.Typer(name="keys", help="The keys of stored secrets.", no_args_is_help=True)
console = Console(soft_wrap=True, highlight=False)
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@keys_app.callback()
def keys() -> None:
    """The keys of stored secrets."""


@keys_app.command()
def status(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Open every stored secret and count which key it is sealed with. Keys are shown by name, never themselves."""
    with operated_settings(data_dir) as settings:
        use = asyncio.run(key_use(owner_database(settings), create_adapters(settings).box))
    if as_json:
        typer.echo(json.dumps({**asdict(use), "behind": use.behind}))
        return
    console.print(_table(use))
    left = sum(use.behind.values())
    console.print("Every secret is under the newest key." if not left else f"{left} secrets are not: rotate.")


@keys_app.command()
def rotate(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Seal every stored secret with the newest key; done only when none is left under another. May be repeated."""
    with operated_settings(data_dir) as settings:
        sealed = asyncio.run(_rotate(settings))
        newest = create_adapters(settings).box.key_ids[0]
    if as_json:
        typer.echo(json.dumps({"sealed": sealed, "key": newest, "behind": 0}))
        return
    console.print(f"{sealed} secrets were sealed anew; all are under {newest} now, and none under a former key.")


@keys_app.command()
def add(data_dir: DataDir = None) -> None:
    """Make a new key for an embedded installation and put it before the ones it has; start OpenReg again after it."""
    made = add_encryption_key(data_folder(data_dir))
    console.print(f"The new key {made} is the first in {_secrets(data_dir)}. Start OpenReg again, then rotate.")


@keys_app.command()
def forget(data_dir: DataDir = None) -> None:
    """Remove the former keys of an embedded installation, when no secret is sealed with one of them."""
    with operated_settings(data_folder(data_dir).path) as settings:
        use = asyncio.run(key_use(owner_database(settings), create_adapters(settings).box))
    if use.behind:
        raise OldKeyStillUsed(f"{sum(use.behind.values())} secrets need a former key.", fix="Rotate first.")
    count = forget_encryption_keys(data_folder(data_dir), newest=use.key_ids[0])
    console.print(f"{count} former keys were removed from {_secrets(data_dir)}. Backups made before still need them.")


async def _rotate(settings: Settings) -> int:
    box = create_adapters(settings).box
    async with opened_databases(settings.database) as (database, system):
        return await KeyRotation(database, system, owner_database(settings), box, utc_now).rotate()


def _secrets(data_dir: Path | None) -> Path:
    return data_folder(data_dir).secrets_file


def _table(use: KeyUse) -> Table:
    names = sorted({name for counts in use.columns.values() for name in counts} | set(use.key_ids))
    names.sort(key=lambda name: use.key_ids.index(name) if name in use.key_ids else len(use.key_ids))
    table = Table()
    table.add_column("secrets")
    for name in names:
        table.add_column(f"{name} (newest)" if name == use.key_ids[0] else name, justify="right")
    for column, counts in sorted(use.columns.items()):
        table.add_row(column, *(str(counts.get(name, 0)) for name in names))
    return table
