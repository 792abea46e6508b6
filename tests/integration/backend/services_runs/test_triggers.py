"""Triggers on sources, runs and calls: each occasion is decided once, and what would never end is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import psycopg
import pytest

from backend.core.clock import utc_now
from backend.core.etags import Precondition
from backend.domain.runs import RunState
from backend.domain.triggers import TriggerCycle, TriggerDefinition
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.services.runs import RunAlreadyUnderWay
from backend.services.trigger_firing import TriggerDebounced, TriggerPaused
from backend.services.trigger_trials import Prospect, TriggerTrialService
from backend.services.triggers import Called
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades, source_of_trades
from tests.factories.trigger_desk import Desk, active_version
from tests.factories.wakeups import NotedWakeups
from tests.services.servers import PostgresServer


@pytest.fixture
def source(postgres_server: PostgresServer) -> Iterator[SourceOfTrades]:
    with source_of_trades(postgres_server) as made:
        yield made


@pytest.fixture
def in_source(postgres_server: PostgresServer, source: SourceOfTrades) -> Callable[[str], None]:
    """Runs a statement in the source database."""

    def execute(statement: str) -> None:
        with psycopg.connect(postgres_server.superuser_url, dbname=source.database, autocommit=True) as connection:
            connection.execute(statement.encode())

    return execute


async def test_a_watermark_that_moves_starts_one_run_for_each_look(
    desk: Desk, rows: Rows, reported_version: ReportVersion, source: SourceOfTrades, in_source: Callable[[str], None]
) -> None:
    in_source("CREATE TABLE batches (id bigint); GRANT SELECT ON batches TO PUBLIC; INSERT INTO batches VALUES (7)")
    connector = await rows.connector(source.settings, credentials=rows.box.seal(source.credentials))
    on = {"kind": "watermark", "connector_id": str(connector.id), "query": "SELECT max(id) AS top FROM batches"}
    trigger = await desk.create(reported_version, on, parameters={"book": "{previous_watermark}-{watermark}"})
    assert await desk.look(trigger) == 0, "what is there already starts nothing"
    in_source("INSERT INTO batches VALUES (8), (9)")
    assert await desk.look(trigger, workers=3) == 1
    assert await desk.look(trigger) == 0
    in_source("INSERT INTO batches VALUES (10)")
    assert await desk.look(trigger) == 1
    assert [run.parameters["book"] for run in await desk.all_of(Run)] == ["7-9", "9-10"]
    in_source("DELETE FROM batches WHERE id > 8")
    assert await desk.look(trigger) == 0
    back = await desk.stored(trigger)
    assert back.last_error is not None
    assert back.last_error["code"] == "watermark_went_back"
    assert back.next_look_at is not None
    assert back.next_look_at > utc_now() + timedelta(minutes=4), "not before the least interval has passed"
    trial = await TriggerTrialService(desk.scope, desk.sources).test(trigger.id)
    assert [one.prospect for one in trial.seen] == [Prospect.WENT_BACK]
    seen = Precondition(None)
    for query in ("DROP TABLE batches", "SELECT id, id FROM batches", "SELECT id FROM batches"):
        definition = TriggerDefinition.model_validate({"on": {**on, "query": query}})
        await desk.service.change(trigger.id, None, definition, seen)
        assert await desk.look(trigger) == 0
        told = await desk.stored(trigger)
        assert told.last_error is not None, query
    assert len(await desk.all_of(Run)) == 2


async def test_the_end_of_a_run_starts_another_for_the_same_date(
    desk: Desk, rows: Rows, reported_version: ReportVersion, wakeups: NotedWakeups
) -> None:
    first = await active_version(rows)
    on = {"kind": "run_event", "report_id": str(first.report_id), "states": ["succeeded", "failed"]}
    trigger = await desk.create(reported_version, on, parameters={"book": "{run_state}"})
    other = await desk.create(first, {"kind": "api"}, parameters={"book": "{trigger}"})
    day = date(2026, 11, 3)
    await desk.service.call(other.id, Called({"book": "X"}, day))
    assert await desk.looks.follow_runs() == 0
    await desk.end_runs()
    assert sum(await asyncio.gather(*(desk.looks.follow_runs() for _ in range(3)))) == 1
    assert await desk.looks.follow_runs() == 0
    (started,) = [run for run in await desk.all_of(Run) if run.trigger == "run"]
    assert (started.reporting_date, started.parameters) == (day, {"book": "succeeded"})
    assert started.trigger_id == trigger.id
    await desk.service.pause(trigger.id)
    await desk.end_runs()
    await desk.service.call(other.id, Called({}, day))
    await desk.end_runs(RunState.FAILED)
    assert await desk.looks.follow_runs() == 0
    await desk.service.resume(trigger.id)
    assert await desk.looks.follow_runs() == 0
    assert [one[1:] for one in await desk.firings() if "no." in one[0]] == [("started", None), ("skipped", "paused")]


async def test_reports_that_start_each_other_are_refused_with_their_path(
    desk: Desk, rows: Rows, reported_version: ReportVersion
) -> None:
    second, third = await active_version(rows, name="Second"), await active_version(rows, name="Third")
    await desk.create(second, {"kind": "run_event", "report_id": str(reported_version.report_id)})
    link = await desk.create(third, {"kind": "run_event", "report_id": str(second.report_id)})
    with pytest.raises(TriggerCycle, match=r"Third → .* → Second → Third"):
        await desk.create(reported_version, {"kind": "run_event", "report_id": str(third.report_id)})
    with pytest.raises(TriggerCycle):
        await desk.create(reported_version, {"kind": "run_event", "report_id": str(reported_version.report_id)})
    await desk.service.remove(link.id)
    await desk.create(reported_version, {"kind": "run_event", "report_id": str(third.report_id)})


async def test_two_who_close_a_cycle_at_once_do_not_both_succeed(
    desk: Desk, rows: Rows, reported_version: ReportVersion
) -> None:
    other = await active_version(rows)
    both = await asyncio.gather(
        desk.create(reported_version, {"kind": "run_event", "report_id": str(other.report_id)}),
        desk.create(other, {"kind": "run_event", "report_id": str(reported_version.report_id)}),
        return_exceptions=True,
    )
    assert sorted(isinstance(one, TriggerCycle) for one in both) == [False, True]


async def test_a_call_starts_a_run_in_the_name_of_who_calls(desk: Desk, reported_version: ReportVersion) -> None:
    trigger = await desk.create(reported_version, {"kind": "api"}, min_interval_minutes=5, parameters={"book": "B"})
    firing = await desk.service.call(trigger.id, Called({}, subject="batch 7"))
    again = await desk.service.call(trigger.id, Called({}, subject="batch 7"))
    assert (again.id, firing.outcome) == (firing.id, "started")
    (run,) = await desk.all_of(Run)
    assert (run.id, run.trigger, run.trigger_id, run.parameters) == (firing.run_id, "api", trigger.id, {"book": "B"})
    with pytest.raises(TriggerDebounced):
        await desk.service.call(trigger.id, Called({}))
    later = TriggerDefinition.model_validate({"on": {"kind": "api"}, "parameters": {"book": "B"}})
    await desk.service.change(trigger.id, None, later, Precondition(None))
    with pytest.raises(RunAlreadyUnderWay):
        await desk.service.call(trigger.id, Called({}))
    await desk.service.pause(trigger.id)
    with pytest.raises(TriggerPaused):
        await desk.service.call(trigger.id, Called({}, subject="batch 8"))
    await desk.service.resume(trigger.id)
    await desk.end_runs()
    assert (await desk.service.call(trigger.id, Called({}, subject="batch 8"))).outcome == "started"
    assert [one[2] for one in await desk.firings()] == [None, "debounced", "still_running", "paused", None]
