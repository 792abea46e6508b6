"""One look at 10,000 schedules of which 1,000 are due, against the bare insert of the rows that it writes.

The floor is what the application role needs to insert the very same rows into the same tables, with their indexes,
constraints and policies, in one transaction: one INSERT of arrays per table, which is the fastest there is under
row-level security, where COPY is refused. Each round is another day, so that nothing that is known of a fire time
helps at the next one. ``OPENREG_BENCH_SCHEDULES`` and ``OPENREG_BENCH_ROUNDS`` set the size.
"""

from __future__ import annotations

import gc
import json
import os
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from backend import GARBAGE_THRESHOLDS
from backend.core.ids import new_id
from backend.services.schedule_tick import ScheduleTick
from backend.services.wakeups import NoWakeups
from tests.factories.documents import QUERY, plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.harness.figures import show
from tests.services.servers import TestDatabase
from tests.services.statements import statements_sent

SCHEDULES = int(os.environ.get("OPENREG_BENCH_SCHEDULES", "10000"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "9"))
DUE: Final = SCHEDULES // 10
MAX_STATEMENTS: Final = 5
MAX_RATIO: Final = 2.0
#: A Monday.
FIRST_DAY: Final = datetime(2026, 3, 2, 12, 15, 3, tzinfo=UTC)
ZONES: Final = (
    *("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "Australia/Sydney", "America/Sao_Paulo"),
    *("Asia/Kolkata", "Pacific/Auckland", "UTC", "Europe/Athens"),
)
CALENDARS: Final = (None, "DE", "GB", "US", "TARGET")
#: In the order in which rows are inserted: what others point to comes first.
TABLES: Final = ("runs", "run_events", "schedule_fires", "events", "audit_entries")


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows of one table that a tick has made: names and types of its columns, and their values."""

    table: str
    columns: Sequence[tuple[str, str]]
    values: Sequence[list[Any]]

    def insert(self) -> tuple[str, list[Any]]:
        """One statement for all rows: arrays of what differs, single values of what does not."""
        names, shown, arrays, given = [], [], [], []
        for (name, kind), values in zip(self.columns, self.values, strict=True):
            if values.count(values[0]) < len(values):
                given.append(values)
                arrays.append((name, f"${len(given)}::{_unnested(kind)}[]"))
                shown.append(name if _unnested(kind) == kind else f"{name}::{kind}")
            elif values[0] is not None:
                given.append(values[0])
                shown.append(f"${len(given)}::{_unnested(kind)}::{kind}")
            else:
                continue
            names.append(name)
        listed, described = (", ".join(one[part] for one in arrays) for part in (0, 1))
        return (
            f"INSERT INTO {self.table} ({', '.join(names)}) "
            f"SELECT {', '.join(shown)} FROM unnest({described}) AS x ({listed})"
        ), given


def _unnested(kind: str) -> str:
    """What a column's values are sent as: arrays of arrays would be taken apart."""
    return "text" if kind.endswith("[]") else kind


@pytest.fixture(autouse=True)
def _garbage_as_in_services() -> Iterator[None]:
    """Tests look for garbage far more often than services do."""
    before = gc.get_threshold()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    yield
    gc.set_threshold(*before)


@pytest.fixture
async def superuser(migrated: TestDatabase) -> AsyncIterator[asyncpg.Connection]:
    """A connection past row-level security and past what only adds, to put things back."""
    connection = await asyncpg.connect(migrated.superuser_url)
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


@pytest.fixture
async def application(migrated: TestDatabase, owner: Person) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the application's own role."""
    connection = await asyncpg.connect(migrated.app_url)
    yield connection
    await connection.close()


async def test_a_tick_takes_twice_the_bare_insert(
    installation: Installation, rows: Rows, superuser: asyncpg.Connection, application: asyncpg.Connection
) -> None:
    await made(rows, superuser)
    wakeups = NoWakeups()
    ticks, floors = [], []
    for number in range(ROUNDS + 1):
        at = FIRST_DAY + timedelta(days=number + 2 * (number // 5))
        await make_due(superuser, at)
        tick = ScheduleTick(installation.database, installation.system, wakeups, lambda at=at: at)
        with statements_sent() as sent:
            began = time.perf_counter()
            started = await tick.tick()
            ticks.append(time.perf_counter() - began)
        assert started == DUE
        assert await superuser.fetchval("SELECT count(*) FROM schedules WHERE due_at > $1", at) == SCHEDULES
        asked = [one.text for one in sent if not one.is_control]
        assert number == 0 or len(asked) <= MAX_STATEMENTS, asked
        written = [await stored(superuser, table) for table in TABLES]
        assert [len(one.values[0]) for one in written] == [DUE] * len(TABLES)
        await put_back(superuser)
        floors.append(await inserted(application, rows.person, written))
        assert [one.values for one in written] == [(await stored(superuser, table)).values for table in TABLES]
        await put_back(superuser)
    took, floor = statistics.median(ticks[1:]), statistics.median(floors[1:])
    show(
        f"{DUE:,} of {SCHEDULES:,} schedules are due: {len(asked)} statements, {took * 1000:.0f} ms; "
        f"bare insert {floor * 1000:.0f} ms: {took / floor:.2f} of it"
    )
    assert took <= MAX_RATIO * floor


async def made(rows: Rows, superuser: asyncpg.Connection) -> None:
    """Ten schedules of each report; none is due, and all reports run by versions of their own."""
    connector = await rows.connector()
    source = {
        "connector_id": str(connector.id),
        "query": QUERY,
        "parameters": {"book": {"type": "text", "default": "A"}},
    }
    version = await rows.version(await rows.report(), plain_document(connector.id, source=source))
    schedule = await rows.schedule(await rows.report())
    reports, versions = [new_id() for _ in range(DUE)], [new_id() for _ in range(DUE)]
    await superuser.execute(
        "INSERT INTO reports SELECT copied.* FROM (SELECT * FROM reports LIMIT 1) AS original, "
        "unnest($1::uuid[]) AS new (id), jsonb_populate_record(original::reports, jsonb_build_object("
        "'id', new.id, 'slug', 'copy-' || new.id)) AS copied",
        reports,
    )
    await superuser.execute(
        "INSERT INTO report_versions SELECT copied.* FROM (SELECT * FROM report_versions WHERE id = $3) AS original, "
        "unnest($1::uuid[], $2::uuid[]) AS new (id, report_id), jsonb_populate_record(original::report_versions, "
        "jsonb_build_object('id', new.id, 'report_id', new.report_id)) AS copied",
        versions,
        reports,
        version.id,
    )
    schedules = [new_id() for _ in range(SCHEDULES)]
    await superuser.execute(
        "INSERT INTO schedules SELECT copied.* FROM (SELECT * FROM schedules WHERE id = $3) AS original, "
        "unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS new (id, report_id, number), "
        "jsonb_populate_record(original::schedules, jsonb_build_object('id', new.id, 'report_id', new.report_id, "
        "'name', 'schedule ' || new.number, 'due_at', timestamptz '2030-01-01')) AS copied",
        schedules,
        [reports[number % DUE] for number in range(SCHEDULES)],
        schedule.id,
    )
    await superuser.execute("VACUUM ANALYZE")


async def make_due(superuser: asyncpg.Connection, at: datetime) -> None:
    """Make one schedule of each report due that fires in the minute of a moment."""
    names = [f"schedule {number}" for number in range(1, DUE + 1)]
    definitions = [definition_of(number, at) for number in range(DUE)]
    await superuser.execute(
        "UPDATE schedules s SET definition = x.definition, calendar = x.calendar, due_at = $4::timestamptz, "
        "evaluated_until = $4::timestamptz - interval '10 minutes' "
        "FROM unnest($1::text[], $2::jsonb[], $3::text[]) AS x (name, definition, calendar) WHERE s.name = x.name",
        names,
        [json.dumps(one) for one in definitions],
        [one.get("calendar") for one in definitions],
        at,
    )
    await superuser.execute("VACUUM schedules")


def definition_of(number: int, at: datetime) -> dict[str, Any]:
    """A schedule that fires in the minute of a moment: cadences, zones, calendars, parameters of many kinds."""
    zone = ZONES[number % len(ZONES)]
    local = at.replace(second=0).astimezone(ZoneInfo(zone))
    clock = local.strftime("%H:%M:00")
    cadence: dict[str, Any] = [
        {"kind": "cron", "expression": f"{local.minute} {local.hour} * * *"},
        {"kind": "daily", "times": [clock]},
        {"kind": "cron", "expression": f"{local.minute} {local.hour} * * 1-6"},
        {"kind": "weekly", "times": [clock], "days_of_week": [0, 1, 2, 3, 4, 5]},
        {"kind": "cron", "expression": f"{local.minute} * * * *"},
        {"kind": "monthly", "times": [clock], "day": local.day},
        {"kind": "quarterly", "times": [clock], "month_of_quarter": (local.month - 1) % 3 + 1, "day": local.day},
    ][number % 7]
    definition: dict[str, Any] = {"cadence": cadence, "zone": zone}
    if number % 3:
        definition["calendar"] = CALENDARS[number % len(CALENDARS)]
    if number % 2:
        definition["parameters"] = {"book": f"B{number}-{{reporting_date:%m%d}}"}
    return definition


async def stored(superuser: asyncpg.Connection, table: str) -> Stored:
    """The rows of a table as they are."""
    columns = await superuser.fetch(
        "SELECT attname, format_type(atttypid, NULL) AS kind FROM pg_attribute WHERE attrelid = $1::text::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attidentity = '' ORDER BY attnum",
        table,
    )
    names = [(one["attname"], one["kind"]) for one in columns]
    asked = ", ".join(f"{name}::text" if kind.endswith("[]") else name for name, kind in names)
    found = await superuser.fetch(f"SELECT {asked} FROM {table} ORDER BY 1, 2")
    return Stored(table, names, [list(column) for column in zip(*found, strict=True)])


async def inserted(application: asyncpg.Connection, owner: Person, written: Sequence[Stored]) -> float:
    """Seconds for nothing but the rows: one transaction of the tenant."""
    inserts = [one.insert() for one in written]
    began = time.perf_counter()
    async with application.transaction():
        await application.execute("SELECT set_config('openreg.tenant_id', $1, true)", str(owner.tenant))
        for statement, values in inserts:
            await application.execute(statement, *values)
    return time.perf_counter() - began


async def put_back(superuser: asyncpg.Connection) -> None:
    """Remove what was written, and its traces."""
    for table in TABLES:
        await superuser.execute(f"DELETE FROM {table}")
        await superuser.execute(f"VACUUM {table}")
    await superuser.execute("UPDATE audit_chains SET last_number = 0, last_hash = repeat('0', 64)")
