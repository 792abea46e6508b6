"""Requesting a run: once at a time, numbered without gaps in meaning, told to everyone in the same transaction."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.core.ids import ReportId, RunId, new_id
from backend.domain.reports.versions import ReportVersionState
from backend.domain.runs import RunState
from backend.domain.validation.rule_sets import RuleSetState
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run, RunEvent
from backend.persistence.models.webhook import Event, WebhookDelivery
from backend.services.reports import ReportNotFound
from backend.services.rule_set_pins import RuleSetNotActive, pinned_rule_sets
from backend.services.run_parameters import RunParameterInvalid
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay, RunService
from backend.services.scope import TenantScope
from tests.factories.documents import QUERY, own_rule, plain_document
from tests.factories.rows import REPORTING_DATE, Rows
from tests.factories.wakeups import NotedWakeups


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


async def all_of(scope: TenantScope, model: type[Any]) -> list[Any]:
    async with scope.transaction() as session:
        return list((await session.scalars(select(model))).all())


async def request(runs: RunService, report: UUID, day: date = REPORTING_DATE, **parameters: object) -> Run:
    return await runs.request(ReportId(report), day, parameters)


async def test_a_request_is_a_pending_run_an_event_and_two_wakeups(
    runs: RunService, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups, rows: Rows
) -> None:
    endpoint = await rows.webhook(event_types=["run.requested"])
    await rows.webhook(event_types=["delivery.*"])
    run = await request(runs, version.report_id)
    (stored,) = await all_of(scope, Run)
    assert (stored.id, stored.state, stored.stage, stored.sequence) == (run.id, "pending", "extract", 1)
    assert (stored.report_version_id, stored.created_by) == (version.id, scope.user_id)
    (event,) = await all_of(scope, Event)
    assert (event.type, event.subject_id, event.payload["run_id"]) == ("run.requested", run.id, str(run.id))
    (delivery,) = await all_of(scope, WebhookDelivery)
    assert (delivery.endpoint_id, delivery.event_id, delivery.state) == (endpoint.id, event.id, "pending")
    (told,) = await all_of(scope, RunEvent)
    assert (told.kind, told.payload["state"]) == ("state", "pending")
    assert wakeups.noted == [("run", str(scope.tenant), str(run.id)), ("webhooks", str(scope.tenant))]


async def test_of_twenty_equal_requests_at_once_exactly_one_is_a_run(
    runs: RunService, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    outcomes = await asyncio.gather(*(request(runs, version.report_id) for _ in range(20)), return_exceptions=True)
    started = [one for one in outcomes if isinstance(one, Run)]
    refused = [one for one in outcomes if isinstance(one, RunAlreadyUnderWay)]
    assert (len(started), len(refused)) == (1, 19), outcomes
    assert [run.id for run in await all_of(scope, Run)] == [started[0].id]
    assert len(await all_of(scope, Event)) == 1, "a refused request must not be announced"
    assert len([one for one in wakeups.noted if one[0] == "run"]) == 1


async def test_other_parameters_or_another_date_are_another_run_and_numbers_are_unique(
    runs: RunService, version: ReportVersion, scope: TenantScope
) -> None:
    wanted = [request(runs, version.report_id, book=f"B{number}") for number in range(10)]
    wanted += [request(runs, version.report_id, date(2026, 11, day)) for day in range(1, 6)]
    started = await asyncio.gather(*wanted)
    assert sorted(run.sequence for run in started[:10]) == list(range(1, 11))
    assert [run.sequence for run in started[10:]] == [1] * 5
    assert len({run.id for run in await all_of(scope, Run)}) == 15


async def test_a_value_that_equals_the_default_is_the_same_request(runs: RunService, version: ReportVersion) -> None:
    await request(runs, version.report_id)
    with pytest.raises(RunAlreadyUnderWay):
        await request(runs, version.report_id, book="A")


@pytest.mark.parametrize("state", [RunState.PENDING, RunState.RUNNING, RunState.CANCELLING])
async def test_a_run_that_has_not_ended_blocks_an_equal_one(
    runs: RunService, version: ReportVersion, rows: Rows, state: RunState
) -> None:
    first = await request(runs, version.report_id)
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, first.id)).state = state
    with pytest.raises(RunAlreadyUnderWay):
        await request(runs, version.report_id)


@pytest.mark.parametrize("state", [RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED, RunState.CANCELLED])
async def test_a_run_that_has_ended_lets_the_next_one_in_with_the_next_number(
    runs: RunService, version: ReportVersion, rows: Rows, state: RunState
) -> None:
    first = await request(runs, version.report_id)
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, first.id)).state = state
    assert (await request(runs, version.report_id)).sequence == 2


async def test_a_report_that_is_not_there_or_has_no_active_version_is_refused(
    runs: RunService, rows: Rows, strangers_rows: Rows
) -> None:
    with pytest.raises(ReportNotFound):
        await request(runs, new_id())
    foreign = await strangers_rows.version(await strangers_rows.report())
    with pytest.raises(ReportNotFound):
        await request(runs, foreign.report_id)
    draft = await rows.version(await rows.report(), state=ReportVersionState.DRAFT)
    with pytest.raises(NoActiveVersion):
        await request(runs, draft.report_id)


async def test_a_wrong_parameter_starts_nothing(
    runs: RunService, version: ReportVersion, scope: TenantScope, wakeups: NotedWakeups
) -> None:
    with pytest.raises(RunParameterInvalid):
        await request(runs, version.report_id, book=7)
    assert await all_of(scope, Run) == []
    assert wakeups.noted == []


async def test_another_tenant_neither_sees_nor_blocks_the_run(
    runs: RunService, version: ReportVersion, strangers_rows: Rows, wakeups: NotedWakeups
) -> None:
    run = await request(runs, version.report_id)
    person = strangers_rows.person
    theirs = RunService(person.scope(strangers_rows.database, runs.scope.now), wakeups)
    own = await strangers_rows.version(await strangers_rows.report())
    started = await request(theirs, own.report_id)
    assert (await theirs.get(RunId(started.id))).sequence == 1
    async with theirs.scope.transaction() as session:
        assert await session.get(Run, run.id) is None


async def test_a_run_is_pinned_to_the_versions_of_rule_sets_that_are_active_when_it_is_requested(
    runs: RunService, rows: Rows, scope: TenantScope
) -> None:
    connector = await rows.connector()
    first, second = await rows.rule_set(name="first"), await rows.rule_set(name="second")
    ones = [await rows.rule_set_version(first, [own_rule(id="A-1")], number=7), await rows.rule_set_version(second, [])]
    document = plain_document(connector.id, rule_sets=["second", "first"])
    version = await rows.version(await rows.report(), document, rule_sets=["second", "first"])
    run = await request(runs, version.report_id)
    assert run.rule_sets == [
        {"name": "second", "version_id": str(ones[1].id), "number": 1, "sha256": ones[1].sha256},
        {"name": "first", "version_id": str(ones[0].id), "number": 7, "sha256": ones[0].sha256},
    ]
    async with scope.transaction() as session:
        said = await pinned_rule_sets(session, scope.tenant, run.rule_sets)
    assert {name: one.number for name, one in said.items() if one is not None} == {"first": 7, "second": 1}


async def test_a_report_whose_rule_set_does_not_judge_is_not_run(runs: RunService, rows: Rows) -> None:
    connector = await rows.connector()
    retired = await rows.rule_set(name="retired")
    await rows.rule_set_version(retired, state=RuleSetState.RETIRED)
    document = plain_document(connector.id, rule_sets=["retired"])
    version = await rows.version(await rows.report(), document, rule_sets=["retired"])
    with pytest.raises(RuleSetNotActive, match="retired"):
        await request(runs, version.report_id)


async def test_a_retry_keeps_its_rule_sets_when_others_are_active(runs: RunService, rows: Rows) -> None:
    connector = await rows.connector()
    house = await rows.rule_set(name="house")
    old = await rows.rule_set_version(house, state=RuleSetState.RETIRED)
    await rows.rule_set_version(house, number=2)
    version = await rows.version(await rows.report(), plain_document(connector.id, rule_sets=["house"]))
    pin = {"name": "house", "version_id": str(old.id), "number": 1, "sha256": old.sha256}
    failed = await rows.run(version, state=RunState.FAILED, rule_sets=[pin])
    assert (await runs.retry(RunId(failed.id))).rule_sets == [pin]
