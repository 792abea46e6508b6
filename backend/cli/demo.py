"""``openreg demo``: shows the main job on invented trades and proves the result."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.demo.source_kinds import SourceKind

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
    source: Annotated[
        SourceKind, typer.Option(help="Where the invented bank keeps its trades.")
    ] = SourceKind.POSTGRESQL,
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
    full: Annotated[
        bool,
        typer.Option("--full", help="A simulated regulator answers; what it rejects is corrected until it accepts."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Watch 100,000 transactions become a delivered MiFIR file. Exit code 1 when anything disagrees."""
    from backend.cli.demonstration import DemoAsked, demonstrate  # noqa: PLC0415 - `openreg demo --help` stays fast

    day = reporting_date.date() if reporting_date else None
    asked = DemoAsked(rows, seed, day, out, source, data_dir, api_url, source_url, partner_address, full)
    raise typer.Exit(0 if demonstrate(asked, as_json=as_json) else 1)
