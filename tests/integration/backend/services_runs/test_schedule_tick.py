"""The tick: each fire time is decided once, by whichever scheduler comes, and its run is told of like any other."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.core.ids import RunId
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunState
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run, RunEvent
from backend.persistence.models.schedule import Schedule, ScheduleFire
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.services.audit_verification import verify_chain
from backend.services.run_lease import RunLease
from backend.services.runs import RunService
from backend.services.schedule_tick import ScheduleTick
from backend.services.scope import TenantScope
from tests.factories.documents import QUERY, plain_document
from tests.factories.event_schemas import check_event
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def version(rows: Rows) -> ReportVersion:
    """An active version with one parameter."""
    connector = await rows.connector()
    source = {
        "connector_id": str(connector.id),
        "query": QUERY,
        "parameters": {"book": {"type": "text", "default": "A"}},
    }
    return await rows.version(await rows.report(), plain_document(connector.id, source=source))


class Clock:
    """A clock that is set."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def ticker(installation: Installation, wakeups: NotedWakeups, at: datetime) -> ScheduleTick:
    return ScheduleTick(installation.database, installation.system, wakeups, Clock(at))


async def schedule(rows: Rows, version: ReportVersion, cron: str, at: datetime = MIDNIGHT, **more: object) -> Schedule:
    definition = {"cadence": {"kind": "cron", "expression": cron}, **more}
    async with rows.database.transaction(rows.person.tenant) as session:
        report = await session.get_one(Report, version.report_id)
    return await rows.schedule(report, definition=definition, evaluated_until=at, due_at=at)


async def all_of(scope: TenantScope, model: type[Any]) -> list[Any]:
    async with scope.transaction() as session:
        found = list((await session.scalars(select(model))).all())
    for one in found:
        if isinstance(one, Event):  # written without the model of the table
            check_event(one, one.sequence)
    return found


async def end_runs(scope: TenantScope, at: datetime) -> None:
    async with scope.transaction() as session:
        await session.execute(
            update(Run).where(Run.state == RunState.PENDING).values(state=RunState.SUCCEEDED, finished_at=at)
        )


async def test_a_fire_is_a_run_like_any_other(
    installation: Installation, rows: Rows, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    endpoint = await rows.webhook(event_types=["run.requested"])
    await rows.webhook(event_types=["delivery.*"])
    of_report = await rows.webhook(report_ids=[version.report_id])
    await rows.webhook(report_ids=[(await rows.report()).id])
    made = await schedule(rows, version, "0 7 * * *", parameters={"book": "B{reporting_date:%m%d}"})
    at = MIDNIGHT + timedelta(hours=7, seconds=3)
    assert await ticker(installation, wakeups, at).tick() == 1
    (run,) = await all_of(scope, Run)
    assert (run.trigger, run.schedule_id, run.fire_at) == ("schedule", made.id, MIDNIGHT + timedelta(hours=7))
    assert (run.state, run.sequence, run.created_by, run.report_version_id) == (
        "pending",
        1,
        made.updated_by,
        version.id,
    )
    assert run.parameters == {"book": "B1120"}
    by_hand = await RunService(scope, wakeups).request(run.report_id, run.reporting_date, {"book": "B"})
    assert (by_hand.sequence, by_hand.is_pinned) == (2, True)
    events = [one for one in await all_of(scope, Event) if one.subject_id == run.id]
    assert [one.type for one in events] == ["run.requested"]
    assert events[0].payload["run_id"] == str(run.id)
    deliveries = [one for one in await all_of(scope, WebhookDelivery) if one.event_id == events[0].id]
    assert {one.endpoint_id for one in deliveries} == {endpoint.id, of_report.id}
    assert len(deliveries) == 2
    states = [one.payload for one in await all_of(scope, RunEvent) if one.run_id == run.id]
    assert states == [{"state": "pending", "is_held": False, "reason": None}]
    entries = [one for one in await all_of(scope, AuditEntry) if one.subject_id == run.id]
    assert [(one.action, one.actor_kind, one.actor_id) for one in entries] == [("run.requested", "system", None)]
    assert (await verify_chain(scope.database, scope.tenant)).is_intact
    assert ("run", str(scope.tenant), str(run.id)) in wakeups.noted
    (stored,) = await all_of(scope, Schedule)
    assert stored.next_fire_at == stored.due_at == MIDNIGHT + timedelta(days=1, hours=7)


async def test_who_names_regimes_hears_of_fires_of_their_reports(
    installation: Installation, rows: Rows, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    chosen, other = await rows.webhook(regimes=["mifir-rts22"]), await rows.webhook(regimes=["other-pack"])
    runs = await rows.version(await rows.report(), pack_id="mifir-rts22")
    never_active = await rows.version(await rows.report(), pack_id="mifir-rts22", state="draft")
    without = await rows.version(await rows.report())
    for version in (runs, never_active, without):
        await schedule(rows, version, "0 7 * * *")
    await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=7)).tick()
    events = {one.id: one for one in await all_of(scope, Event)}
    assert len(events) == 3
    told = [
        (one.endpoint_id, events[one.event_id].payload["report_id"]) for one in await all_of(scope, WebhookDelivery)
    ]
    assert sorted(told) == sorted((chosen.id, str(one.report_id)) for one in (runs, never_active))
    assert other.id not in {endpoint for endpoint, _ in told}


async def test_a_scheduled_run_is_bound_before_it_is_begun(
    installation: Installation,
    rows: Rows,
    version: ReportVersion,
    scope: TenantScope,
    lease: RunLease,
    wakeups: NotedWakeups,
) -> None:
    await schedule(rows, version, "0 7 * * *")
    await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=7)).tick()
    (run,) = await all_of(scope, Run)
    assert not run.is_pinned
    claim = await lease.claim(scope.tenant, RunId(run.id))
    assert claim is not None
    await lease.pin(claim)
    (run,) = await all_of(scope, Run)
    assert run.is_pinned


async def test_what_cannot_run_is_told_with_its_reason(
    installation: Installation, rows: Rows, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    await schedule(rows, version, "0 7 * * *", parameters={"unknown": "x"})
    await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=7)).tick()
    async with scope.transaction() as session:
        await session.execute(
            update(Schedule).values(definition={"cadence": {"kind": "cron", "expression": "0 8 * * *"}})
        )
        await session.execute(update(ReportVersion).values(state=ReportVersionState.ARCHIVED))
        await session.execute(update(Schedule).values(due_at=MIDNIGHT))
    await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=8)).tick()
    fires = await all_of(scope, ScheduleFire)
    assert [(one.state, one.reason_code) for one in sorted(fires, key=lambda one: one.fire_at)] == [
        ("failed", "run_parameter_invalid"),
        ("failed", "no_active_version"),
    ]
    assert [one.type for one in await all_of(scope, Event)] == ["schedule.missed"] * 2
    assert await all_of(scope, Run) == []


async def test_the_same_date_is_not_run_twice_at_once(
    installation: Installation, rows: Rows, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    await schedule(rows, version, "0 7 * * *")
    await schedule(rows, version, "0 7 * * *")
    assert await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=7)).tick() == 1
    fires = await all_of(scope, ScheduleFire)
    assert sorted((one.state, one.reason_code) for one in fires if one.state == "failed") == [
        ("failed", "run_already_under_way")
    ]
    assert Counter(one.state for one in fires) == {"started": 1, "failed": 1}


@pytest.mark.parametrize(("rule", "runs"), [("skip", 0), ("run_last", 1), ("run_all", 3)])
async def test_a_scheduler_that_was_away_makes_up_for_what_the_policy_says(
    installation: Installation,
    rows: Rows,
    version: ReportVersion,
    scope: TenantScope,
    rule: str,
    runs: int,
) -> None:
    await schedule(rows, version, "0 7 * * *", missed={"rule": rule})
    assert await ticker(installation, NotedWakeups(), MIDNIGHT + timedelta(days=2, hours=12)).tick() == runs
    states = Counter(one.state for one in await all_of(scope, ScheduleFire))
    assert states == +Counter({"started": runs, "missed": 3 - runs})
    assert [one.type for one in await all_of(scope, Event)].count("schedule.missed") == 3 - runs


async def test_a_fire_waits_for_the_report_it_depends_on(
    installation: Installation, rows: Rows, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    other = await rows.version(await rows.report())
    depends = {"dependencies": [{"report_id": str(other.report_id), "max_age_minutes": 60}], "wait_minutes": 120}
    await schedule(rows, version, "0 7 * * *", **depends)
    seven = MIDNIGHT + timedelta(hours=7)
    assert await ticker(installation, wakeups, seven).tick() == 0
    assert [one.state for one in await all_of(scope, ScheduleFire)] == ["waiting"]
    day = (await all_of(scope, ScheduleFire))[0].reporting_date
    finished = seven - timedelta(minutes=90)
    run = await rows.run(other, reporting_date=day, state=RunState.SUCCEEDED, finished_at=finished)
    assert await ticker(installation, wakeups, seven + timedelta(minutes=1)).tick() == 0, "it is too old"
    async with scope.transaction() as session:
        await session.execute(update(Run).where(Run.id == run.id).values(finished_at=seven + timedelta(minutes=30)))
    both = [ticker(installation, wakeups, seven + timedelta(minutes=40)) for _ in range(2)]
    assert sum(await asyncio.gather(*(one.tick() for one in both))) == 1
    (fire,) = await all_of(scope, ScheduleFire)
    assert (fire.state, fire.reason_code, fire.wait_until) == ("started", None, None)
    assert fire.run_id is not None


async def test_what_waits_too_long_is_missed(
    installation: Installation, rows: Rows, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    other = await rows.version(await rows.report())
    depends = {"dependencies": [{"report_id": str(other.report_id)}], "wait_minutes": 120}
    await schedule(rows, version, "0 7 * * *", **depends)
    for minutes in (0, 60, 121):
        await ticker(installation, wakeups, MIDNIGHT + timedelta(hours=7, minutes=minutes)).tick()
    (fire,) = await all_of(scope, ScheduleFire)
    assert (fire.state, fire.reason_code) == ("missed", "dependency_not_met")
    assert str(other.report_id) in fire.reason
    assert [one.type for one in await all_of(scope, Event)] == ["schedule.missed"]


async def test_two_schedulers_start_each_fire_of_a_day_once(
    installation: Installation, rows: Rows, scope: TenantScope
) -> None:
    """Both look at the same moments, always at once, over a day in which a calendar and a clock have their say."""
    connector = await rows.connector()
    made = []
    for number in range(12):
        version = await rows.version(await rows.report(), plain_document(connector.id))
        cron = f"{1 + number * 4} */{1 + number % 3} * * *"
        made.append((await schedule(rows, version, cron, parameters={}), 24 // (1 + number % 3)))
    noted = [NotedWakeups(), NotedWakeups()]
    for minutes in range(20, 24 * 60 + 1, 20):
        at = MIDNIGHT + timedelta(minutes=minutes) - timedelta(microseconds=1)
        await asyncio.gather(*(ticker(installation, one, at).tick() for one in noted))
        await end_runs(scope, at)
    runs = await all_of(scope, Run)
    fires = await all_of(scope, ScheduleFire)
    assert Counter(one.schedule_id for one in runs) == Counter({one.id: times for one, times in made})
    assert {one.state for one in fires} == {"started"}
    assert len({(one.schedule_id, one.fire_at) for one in runs}) == len(runs) == len(fires)
    assert {one.run_id for one in fires} == {one.id for one in runs}
    assert sum(kind == "run" for one in noted for kind, *_ in one.noted) == len(runs)
    assert (await verify_chain(scope.database, scope.tenant)).is_intact
