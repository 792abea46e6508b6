"""``openreg quality``: measure days of data quality again, for operators."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from backend.cli.platform import DataDir
from backend.cli.target import opened_databases, target_settings
from backend.core.clock import utc_now
from backend.persistence.repositories.quality import DayRange
from backend.services.quality import QualitySweep, check_range

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Data quality of reports.")
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"])]


@app.callback()
def quality() -> None:
    """Data quality of reports."""


@app.command()
def measure(first: Day, last: Day, data_dir: DataDir = None) -> None:
    """Measure the reporting dates from FIRST to LAST again, for every organisation."""
    days = DayRange(first.date(), last.date())
    check_range(days)
    urls = target_settings(data_dir).database

    async def run() -> int:
        async with opened_databases(urls) as (database, system):
            return await QualitySweep(database, system, utc_now).measure(days)

    typer.echo(f"Measured: {asyncio.run(run())}, each a day of a report.")
