"""``openreg demo``: shows the main job on invented trades and proves the result."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from backend.demo.deployed import DeployedPlatform
    from backend.demo.options import DemoPlatform
    from backend.embedded.platform import PlatformState

demo_app = typer.Typer(add_completion=False)


@demo_app.command()
def demo(  # noqa: PLR0913 - one parameter per option
    rows: Annotated[int, typer.Option(min=1, max=50_000_000, help="How many trades.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="The same seed gives the same trades.")] = 7,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the produced files; default: demo in the platform's data folder.")
    ] = None,
    reporting_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Trading day; default: the last working day.")
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Where the platform's data lives; default: OPENREG_DATA_DIR, else .openreg."),
    ] = None,
    *,
    api_url: Annotated[
        str, typer.Option(envvar="OPENREG_DEMO_API_URL", help="API of a platform that was not started by `make up`.")
    ] = "http://127.0.0.1:8000",
    source_url: Annotated[
        str | None,
        typer.Option(
            envvar="OPENREG_DEMO_SOURCE_URL",
            help="Of such a platform: a PostgreSQL role that may create databases for the demo.",
        ),
    ] = None,
    partner_address: Annotated[
        str,
        typer.Option(
            envvar="OPENREG_DEMO_PARTNER_ADDRESS",
            help="Of such a platform: address of this machine at which its workers reach the demo's partners.",
        ),
    ] = "127.0.0.1",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Watch 100,000 transactions become a delivered MiFIR file. Exit code 1 when anything disagrees."""
    from backend.core.errors import OpenRegError  # noqa: PLC0415 - `--help` stays fast
    from backend.demo.deployed import DeployedPlatform  # noqa: PLC0415 - `--help` stays fast
    from backend.demo.drive import run_demo  # noqa: PLC0415 - `--help` stays fast
    from backend.demo.options import DemoOptions, last_working_day  # noqa: PLC0415 - `--help` stays fast
    from backend.demo.outcome import failure_document  # noqa: PLC0415 - `--help` stays fast
    from backend.demo.screen import DemoScreen, show_outcome  # noqa: PLC0415 - `--help` stays fast

    day = reporting_date.date() if reporting_date else last_working_day()
    options = DemoOptions(rows=rows, seed=seed, reporting_date=day, out=out or _own_folder(data_dir))
    deployed = DeployedPlatform(api_url, source_url, partner_address) if source_url else None
    # With --json standard output belongs to the one object; people can still watch on standard error.
    console = Console(stderr=as_json, highlight=False)
    try:
        with DemoScreen(console) as screen, _platform(data_dir, deployed, screen.stage) as platform:
            outcome = run_demo(platform, options, screen)
    except OpenRegError as error:
        if as_json:
            typer.echo(json.dumps(failure_document(error.message, error.fix)))
        raise
    if as_json:
        typer.echo(json.dumps(outcome.document(), ensure_ascii=False))
    else:
        show_outcome(console, outcome)
    raise typer.Exit(0 if outcome.is_success else 1)


def _own_folder(data_dir: Path | None) -> Path:
    """The demo's folder among the platform's data, without the files of an earlier demo."""
    from backend.embedded.folder import data_folder  # noqa: PLC0415 - `--help` stays fast

    folder = data_folder(data_dir).path / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@contextmanager
def _platform(
    data_dir: Path | None, deployed: DeployedPlatform | None, tell: Callable[[str], None]
) -> Iterator[DemoPlatform]:
    """The platform of `make up` that runs, the deployed one, else one started for the demo and stopped after it."""
    from backend.demo.options import DemoPlatform, SignIn  # noqa: PLC0415 - `--help` stays fast
    from backend.embedded.platform import running_platform, started_platform  # noqa: PLC0415 - `--help` stays fast

    def shown(state: PlatformState) -> DemoPlatform:
        return DemoPlatform(
            state.api_url,
            SignIn(state.admin_email, state.admin_password),
            SignIn(state.author_email, state.author_password),
            SignIn(state.approver_email, state.approver_password),
            state.postgres_superuser_dsn,
        )

    running = running_platform(data_dir)
    if running is not None:
        tell(f"Using the platform at {running.api_url}")
        yield shown(running)
        return
    if deployed is not None:
        tell(f"Using the platform at {deployed.api_url}")
        yield deployed.prepared()
        return
    tell("No platform runs here: starting one for the demo")
    with started_platform(data_dir) as started:
        yield shown(started)
