"""What a demonstration is asked to do, and the platform it is shown on."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from backend.core.clock import utc_now
from backend.demo.child_process import LOOPBACK
from backend.demo.source_kinds import SourceKind
from backend.demo.trades import Day

_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """``rows`` trades of ``reporting_date`` drawn from ``seed``; files land in ``out``. Full: a regulator answers."""

    rows: int
    seed: int
    reporting_date: date
    out: Path
    source: SourceKind = SourceKind.POSTGRESQL
    is_full: bool = False

    @property
    def day(self) -> Day:
        """The day of trading the options describe."""
        return Day(self.seed, self.reporting_date, self.rows)


@dataclass(frozen=True, slots=True, repr=False)
class SignIn:
    """How one person signs in."""

    email: str
    password: str


@dataclass(frozen=True, slots=True, repr=False)
class DemoPlatform:
    """A running platform: its API, three people who use it, a PostgreSQL server for the demo's source.

    ``builder_dsn``: a role that may create databases there. ``partner_address``: where the demo's partners listen, and
    the platform's workers reach them.
    """

    api_url: str
    administrator: SignIn
    author: SignIn
    approver: SignIn
    builder_dsn: str
    partner_address: str = LOOPBACK


def last_working_day(now: datetime | None = None) -> date:
    """The last Monday to Friday before today (UTC): reports are due on the following working day."""
    day = (now or utc_now()).date() - timedelta(days=1)
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


def schema_folder() -> Path | None:
    """The folder with the regulator's MiFIR schemas, where this machine has them: ``OPENREG_SCHEMAS``/mifir."""
    base = os.environ.get("OPENREG_SCHEMAS")
    folder = (Path(base) if base else _REPOSITORY.parent / "shared" / "schemas") / "mifir"
    return folder if folder.is_dir() and any(folder.glob("*.xsd")) else None
