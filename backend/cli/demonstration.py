"""The demonstration on the platform that is there, and what is shown of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import typer
from rich.console import Console

from backend.core.errors import OpenRegError
from backend.demo.deployed import DeployedPlatform
from backend.demo.drive import run_demo
from backend.demo.options import DemoOptions, DemoPlatform, SignIn, last_working_day
from backend.demo.outcome import failure_document
from backend.demo.screen import DemoScreen, show_outcome
from backend.demo.source_kinds import SourceKind
from backend.embedded.folder import data_folder
from backend.embedded.platform import PlatformState, running_platform, started_platform


@dataclass(frozen=True, slots=True)
class DemoAsked:
    """The options of the command; None is left to us. The addresses are of a platform that `make up` did not start."""

    rows: int
    seed: int
    reporting_date: date | None
    out: Path | None
    source: SourceKind
    data_dir: Path | None
    api_url: str
    source_url: str | None
    partner_address: str
    is_full: bool = False


def demonstrate(asked: DemoAsked, *, as_json: bool) -> bool:
    """Run the demonstration and show its outcome; whether everything agrees. Raises OpenRegError."""
    day = asked.reporting_date or last_working_day()
    out = asked.out or _own_folder(asked.data_dir)
    options = DemoOptions(
        rows=asked.rows, seed=asked.seed, reporting_date=day, out=out, source=asked.source, is_full=asked.is_full
    )
    # With --json standard output belongs to the one object; people can still watch on standard error.
    console = Console(stderr=as_json, highlight=False)
    try:
        with DemoScreen(console) as screen, _platform(asked, screen.stage) as platform:
            outcome = run_demo(platform, options, screen)
    except OpenRegError as error:
        if as_json:
            typer.echo(json.dumps(failure_document(error.message, error.fix)))
        raise
    if as_json:
        typer.echo(json.dumps(outcome.document(), ensure_ascii=False))
    else:
        show_outcome(console, outcome)
    return outcome.is_success


def _own_folder(data_dir: Path | None) -> Path:
    """The demo's folder among the platform's data, without the files of an earlier demo."""
    folder = data_folder(data_dir).path / "demo"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@contextmanager
def _platform(asked: DemoAsked, tell: Callable[[str], None]) -> Iterator[DemoPlatform]:
    """The platform of `make up` that runs, the deployed one, else one started for the demo and stopped after it."""

    def shown(state: PlatformState) -> DemoPlatform:
        return DemoPlatform(
            state.api_url,
            SignIn(state.admin_email, state.admin_password),
            SignIn(state.author_email, state.author_password),
            SignIn(state.approver_email, state.approver_password),
            state.postgres_superuser_dsn,
        )

    running = running_platform(asked.data_dir)
    if running is not None:
        tell(f"Using the platform at {running.api_url}")
        yield shown(running)
        return
    if asked.source_url:
        deployed = DeployedPlatform(asked.api_url, asked.source_url, asked.partner_address)
        tell(f"Using the platform at {deployed.api_url}")
        yield deployed.prepared()
        return
    tell("No platform runs here: starting one for the demo")
    with started_platform(asked.data_dir) as started:
        yield shown(started)
