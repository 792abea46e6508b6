"""``openreg doctor``: is an installation as it should be, and what to do where it is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Final

import typer
from redis.asyncio import Redis
from rich.console import Console
from rich.text import Text

from backend.cli.platform import DataDir
from backend.cli.target import opened_databases, target_settings
from backend.config import Settings
from backend.core.clock import utc_now
from backend.services.adapters import create_adapters
from backend.services.doctor import LOOK_SECONDS, Doctor
from backend.services.system_health import Check, HealthState, SystemHealth, worst

console = Console(highlight=False, soft_wrap=True)
EXIT_STATUS: Final = {HealthState.OK: 0, HealthState.DOWN: 1, HealthState.DEGRADED: 2}
_STYLES: Final = {HealthState.OK: "green", HealthState.DEGRADED: "yellow", HealthState.DOWN: "red"}


def doctor(
    data_dir: DataDir = None, *, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False
) -> None:
    """Check roles, row-level security, bucket, Redis, clocks, keys, migrations, disk, workers and mail.

    Looks at the platform of --data-dir, else at what the environment names, else at the platform on the usual folder.
    Exit status: 0 all is well, 1 something is down, 2 something needs attention.
    """
    checks = asyncio.run(_examine(target_settings(data_dir)))
    if as_json:
        typer.echo(
            json.dumps({"state": worst(checks).value, "checks": [_as_document(one) for one in checks]}, indent=2)
        )
    else:
        _show(checks)
    raise typer.Exit(EXIT_STATUS[worst(checks)])


async def _examine(settings: Settings) -> list[Check]:
    adapters = create_adapters(settings)
    redis = Redis.from_url(settings.redis.url.get_secret_value(), socket_timeout=5, socket_connect_timeout=5)
    async with opened_databases(settings.database) as (database, system), aclosing(redis):
        health = SystemHealth(database, system, redis, adapters.storage, utc_now, patience_seconds=LOOK_SECONDS)
        return await Doctor(settings, health, adapters.box, utc_now).examine()


def _show(checks: Sequence[Check]) -> None:
    for one in checks:
        style = _STYLES[one.state]
        console.print(Text.assemble((f"{one.state.value:9}", style), one.name, (f"  {_measured(one)}", "dim")))
        if one.cause is not None:
            console.print(Text(f"          {one.cause}"))
            console.print(Text.assemble("          ", ("Fix: ", "bold"), one.fix or "Look into the log."))
    bad = sum(one.state is not HealthState.OK for one in checks)
    summary = f"All {len(checks)} checks are well." if not bad else f"{bad} of {len(checks)} checks need attention."
    console.print(summary)


def _measured(check: Check) -> str:
    return ", ".join(f"{name} {value}" for name, value in check.measured.items() if value is not None)


def _as_document(check: Check) -> dict[str, object]:
    return {**asdict(check), "state": check.state.value, "measured": dict(check.measured)}
