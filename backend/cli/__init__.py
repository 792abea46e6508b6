"""The ``openreg`` command: every group of commands is imported only when it is called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from inspect import isfunction
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from typer.core import TyperCommand, TyperGroup

from backend.core.errors import OpenRegError


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a command lives, and the line shown in the list of commands.

    A command is the function of its name in its module; a group is the Typer app of its module.
    """

    module: str
    summary: str
    is_group: bool = False


COMMANDS: Mapping[str, Mount] = {
    "up": Mount("backend.cli.platform", "Start OpenReg on this machine: services, APIs, workers."),
    "status": Mount("backend.cli.platform", "Show what runs, where, and how much memory it takes."),
    "logs": Mount("backend.cli.platform", "Show what the processes printed."),
    "down": Mount("backend.cli.platform", "Stop OpenReg from another terminal."),
    "clean-data": Mount("backend.cli.platform", "Remove all data of this installation."),
    "demo": Mount("backend.cli.demo", "Watch 100,000 transactions become a delivered MiFIR file."),
    "env": Mount("backend.cli.env", "Write a .env with new secrets for Docker Compose."),
    "install": Mount("backend.cli.install", "Roles, database, bucket, first tenant: all that a start needs."),
    "migrate": Mount("backend.cli.installation", "Bring the database to this version."),
    "seed": Mount("backend.cli.installation", "Create a tenant and its administrator on an empty installation."),
    "doctor": Mount("backend.cli.doctor", "Check an installation, and say what to fix."),
    "users": Mount("backend.cli.users", "Create, list, disable accounts; reset a password.", is_group=True),
    "tenants": Mount("backend.cli.tenants", "Create an organisation with its administrator.", is_group=True),
    "schemas": Mount("backend.cli.schemas", "Install a regulator's schema packages.", is_group=True),
    "audit": Mount("backend.cli.audit", "Verify that the audit trail is as it was written.", is_group=True),
    "quality": Mount("backend.cli.quality", "Measure days of data quality again.", is_group=True),
    "backup": Mount("backend.cli.backup", "Copy database and objects into a folder, while everything goes on."),
    "restore": Mount("backend.cli.backup", "Fill an empty installation from a backup, and compare every row."),
    "keys": Mount("backend.cli.keys", "Show and change the keys of stored secrets.", is_group=True),
    "listen": Mount("backend.cli.listen", "Receive webhooks on this machine: show them, verify them, pass them on."),
    "openapi": Mount("backend.cli.openapi", "Write the OpenAPI documents of both services."),
    "reference": Mount(
        "backend.cli.reference", "Load official lists; write the pages that follow from the code.", is_group=True
    ),
    "pack": Mount("backend.cli.pack", "Inspect and check regulation packs.", is_group=True),
}


class LazyGroup(TyperGroup):
    """Knows names and summaries of all commands, and imports the module of the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, mount in COMMANDS.items():
            if find_spec(mount.module) is not None:
                self.add_command(TyperCommand(name, help=mount.summary), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The real command, imported now; the list above holds only stand-ins for the help screen."""
        name, _stand_in, rest = super().resolve_command(ctx, args)
        return name, load_command(str(name)), rest


def load_command(name: str) -> Any:
    """Import a command: the function of its name in its module, or the module's Typer app when it is a group."""
    mount = COMMANDS[name]
    module = import_module(mount.module)
    function = getattr(module, name.replace("-", "_"), None)
    if mount.is_group or not isfunction(function):
        mounted = next(value for value in vars(module).values() if isinstance(value, typer.Typer))
        command: Any = typer.main.get_group(mounted) if mount.is_group else typer.main.get_command(mounted)
    else:
        single = typer.Typer(add_completion=False)
        single.command(name)(function)
        command = typer.main.get_command(single)
    command.name = name
    return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(version("openreg"))
        raise typer.Exit


@app.callback()
def openreg(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Regulatory reporting that firms run themselves."""


def main() -> None:
    """Entry point: an error of ours is one plain message with its fix, never a traceback."""
    try:
        app(prog_name="openreg")
    except OpenRegError as error:
        show_error(error)
        sys.exit(1)


def show_error(error: OpenRegError) -> None:
    """Print what happened and the next step to standard error."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text(error.message, style="red"))
    if error.fix:
        console.print(Text.assemble(("Fix: ", "bold"), error.fix))
