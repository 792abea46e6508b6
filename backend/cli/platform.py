"""Commands of the embedded platform: up, status, logs, down, clean-data."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.embedded.console import PlatformConsole
from backend.embedded.folder import data_folder
from backend.embedded.logs import show_logs
from backend.embedded.plan import API_PORT, EXTERNAL_API_PORT, platform_plan
from backend.embedded.status import platform_status
from backend.embedded.stopping import remove_data, stop_platform

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where the data lives; default: OPENREG_DATA_DIR, else .openreg in the project."),
]
PORTS = (1, 65_535)


def up(
    port: Annotated[
        int, typer.Option(envvar="OPENREG_PORT", min=PORTS[0], max=PORTS[1], help="Port of the API.")
    ] = API_PORT,
    external_port: Annotated[
        int,
        typer.Option(
            envvar="OPENREG_EXTERNAL_PORT", min=PORTS[0], max=PORTS[1], help="Port of the customers' external API."
        ),
    ] = EXTERNAL_API_PORT,
    data_dir: DataDir = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="Keep the processes' lines out of the terminal.")] = False,
) -> None:
    """Start everything and stay in the foreground; Ctrl-C stops everything."""
    from backend.embedded.supervisor import Supervisor  # noqa: PLC0415 - `openreg status` does not wait for drivers

    folder = data_folder(data_dir)
    plan = platform_plan(folder, api_port=port, external_api_port=external_port)
    Supervisor(folder, plan, _console(is_quiet=quiet)).run()


def status(
    data_dir: DataDir = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Show what runs. Exit code 1 when the platform is not running."""
    report = platform_status(data_folder(data_dir))
    if as_json:
        typer.echo(json.dumps(report.as_document(), indent=2))
    else:
        _console().show_table(report.headline, report.rows())
    raise typer.Exit(0 if report.is_running else 1)


def logs(
    process: Annotated[
        str | None, typer.Argument(help="One process, such as backend or postgresql; default: all.")
    ] = None,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many lines of each.")] = 50,
    data_dir: DataDir = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines until Ctrl-C.")] = False,
) -> None:
    """Show what the processes printed, from the log files."""
    console = _console()
    show_logs(data_folder(data_dir), console, process=process, lines=lines, follow=follow)


def down(data_dir: DataDir = None) -> None:
    """Stop the platform that runs on the data folder and wait until it is gone."""
    folder = data_folder(data_dir)
    typer.echo("OpenReg has been stopped." if stop_platform(folder) else f"OpenReg does not run on {folder.path}.")


def clean_data(
    data_dir: DataDir = None, *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
) -> None:
    """Remove databases, files, keys and logs of this installation for good."""
    folder = data_folder(data_dir)
    if not yes:
        typer.confirm(f"Remove all data in {folder.path}?", abort=True)
    remove_data(folder)
    typer.echo(f"All data in {folder.path} has been removed.")


def _console(*, is_quiet: bool = False) -> PlatformConsole:
    # Without a terminal there is no width to keep to, and paths are there to be copied.
    return PlatformConsole(Console(highlight=False, width=None if sys.stdout.isatty() else 160), is_quiet=is_quiet)
