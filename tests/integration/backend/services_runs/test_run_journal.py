"""The journal of a run: every entry is one transaction under the fencing token, and completing is all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.config import Settings
from backend.core.clock import utc_now
from backend.core.ids import RunId, new_id
from backend.domain.reports.document import ReportDocument
from backend.domain.runs import RunCounts, RunStep, StepState
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import (
    Finding,
    Run,
    RunEvent,
    RunFinding,
    RunOutput,
    RunRowGroup,
    RunStepProgress,
)
from backend.persistence.models.webhook import Event
from backend.persistence.session import Database
from backend.pipeline.errors import LeaseLost
from backend.pipeline.findings import DETAIL_SCHEMA, EXCEPTION_SCHEMA, BatchFindings
from backend.pipeline.ports import Checkpoint, OutputProgress, ProducedFile, StepProgress, StoredInput, StoredLedger
from backend.services.run_journal import RunJournal
from backend.services.run_lease import Claim, RunLease
from tests.factories.documents import plain_document
from tests.factories.rows import AT, Rows

Act = Callable[[RunJournal], object]
Write = Callable[[Claim, Act], Awaitable[None]]
INPUT = StoredInput("key/input.parquet", "a" * 64, 1234, 10, 2)


def findings() -> BatchFindings:
    """Rows 1 and 2 fail rule A, row 2 also rule B, row 3 warns; rows 1 and 2 are set aside under A."""
    failed = [(1, "A", "correctable"), (2, "A", "correctable"), (2, "B", "correctable"), (3, "W", "warning")]
    details = pl.DataFrame(
        [
            (row, rule, severity, "x, y", f"{rule} failed", "cast_overflow" if row == 1 else None)
            for row, rule, severity in failed
        ],
        schema=DETAIL_SCHEMA,
        orient="row",
    )
    aside = pl.DataFrame([(1, "T-1", "E", ["A"]), (2, "T-2", "E", ["A", "B"])], schema=EXCEPTION_SCHEMA, orient="row")
    return replace(BatchFindings.of_details(details), exceptions=aside)


def checkpoint(number: int = 0, **changes: Any) -> Checkpoint:
    output = OutputProgress(0, 1, "key/out.csv", "upload-1", ((1, "etag", 5),), None, {"crc": 7}, 3, is_closed=False)
    values: dict[str, Any] = {
        "counts": RunCounts(5, 2, 2, 1),
        "findings": findings(),
        "findings_key": f"key/findings_{number}.parquet",
        "ledger": StoredLedger(f"key/ledger_{number}.parquet", 100 + number),
        "outputs": (output,),
        "steps": (StepProgress(RunStep.RENDER, 2, 0.5),),
        **changes,
    }
    return Checkpoint(number, **values)


def produced(number: int = 0) -> ProducedFile:
    return ProducedFile(
        number, 1, f"f{number}.csv", "csv", "text/csv", f"key/{number}", 10, "b" * 64, 20, "c" * 64, 2, "not_applicable"
    )


@pytest.fixture
def write(settings: Settings) -> Write:
    """Write into a run's journal the way its own process does: from a thread, on an event loop of its own."""

    def in_thread(claim: Claim, document: ReportDocument, act: Act) -> None:
        with asyncio.Runner() as runner:
            database = Database(settings.database.url.get_secret_value(), pool_size=1, name="openreg-run")
            try:
                act(RunJournal(runner, database, claim, document, utc_now))
            finally:
                runner.run(database.dispose())

    async def write(claim: Claim, act: Act, document: dict[str, Any] | None = None) -> None:
        chosen = ReportDocument.model_validate(document or plain_document(new_id()))
        await asyncio.to_thread(in_thread, claim, chosen, act)

    return write  # type: ignore[return-value]


@pytest.fixture
async def claim(rows: Rows, lease: RunLease) -> Claim:
    """A run at work."""
    found = await lease.claim(rows.person.tenant, RunId((await rows.run()).id))
    assert found is not None
    return found


async def all_of(rows: Rows, model: type[Any]) -> list[Any]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(model))).all())


EVERY_WRITE: dict[str, Act] = {
    "log": lambda journal: journal.log("info", "something_happened"),
    "warn": lambda journal: journal.warn("REFERENCE_STALE", "It is old."),
    "step": lambda journal: journal.step(RunStep.EXTRACT, StepState.RUNNING),
    "progress": lambda journal: journal.progress(RunStep.EXTRACT, 5),
    "input_stored": lambda journal: journal.input_stored(INPUT, {}),
    "checkpoint": lambda journal: journal.checkpoint(checkpoint()),
    "blocked": lambda journal: journal.blocked(findings()),
    "complete": lambda journal: journal.complete([produced()]),
    "restart_produce": lambda journal: journal.restart_produce(),
}
RESULTS = (Run, RunStepProgress, RunRowGroup, RunOutput, RunEvent, RunFinding, Finding, RunException, Artifact, Event)


def test_every_entry_of_the_journal_is_tried_here() -> None:
    assert {name for name in vars(RunJournal) if not name.startswith("_")} == set(EVERY_WRITE)


@pytest.mark.parametrize("name", sorted(EVERY_WRITE))
@pytest.mark.parametrize("how", ["taken by another", "ended"])
async def test_a_zombie_writes_nothing(
    rows: Rows, claim: Claim, write: Write, lease: RunLease, name: str, how: str
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        run = await session.get_one(Run, claim.run_id)
        if how == "ended":
            run.state, run.finished_at = "failed", AT
        run.lease_expires_at = AT
    if how != "ended":
        assert await lease.claim(rows.person.tenant, claim.run_id) is not None

    async def everything() -> dict[str, list[dict[str, Any]]]:
        return {
            model.__tablename__: [
                {column.key: getattr(row, column.key) for column in model.__table__.columns}
                for row in await all_of(rows, model)
            ]
            for model in RESULTS
        }

    before = await everything()
    with pytest.raises(LeaseLost):
        await write(claim, EVERY_WRITE[name])
    assert await everything() == before


@pytest.mark.parametrize("name", sorted(EVERY_WRITE))
async def test_the_holder_of_the_lease_writes(rows: Rows, claim: Claim, write: Write, name: str) -> None:
    before = {model: len(await all_of(rows, model)) for model in RESULTS}
    await write(claim, EVERY_WRITE[name])
    assert {model: len(await all_of(rows, model)) for model in RESULTS} != before


async def test_the_stored_input_moves_the_run_to_its_second_stage(rows: Rows, claim: Claim, write: Write) -> None:
    await write(claim, EVERY_WRITE["input_stored"])
    run = await rows.fresh(Run, claim.run_id)
    assert (run.stage, run.input_key, run.input_sha256, run.input_size_bytes) == (
        "produce",
        INPUT.key,
        INPUT.sha256,
        1234,
    )
    assert (run.rows_in, run.row_groups_total) == (10, 2)


async def test_checkpoints_add_up_and_keep_what_a_killed_run_needs(rows: Rows, claim: Claim, write: Write) -> None:
    def act(journal: RunJournal) -> None:
        journal.input_stored(INPUT, {})
        journal.checkpoint(checkpoint(0))
        later = OutputProgress(
            0, 1, "key/out.csv", "upload-1", ((1, "etag", 5), (2, "etag2", 6)), "tail", {"crc": 9}, 6, is_closed=True
        )
        moved = findings()
        moved = replace(
            moved,
            details=moved.details.with_columns(pl.col("row_number") + 5),
            exceptions=moved.exceptions.with_columns(pl.col("row_number") + 5),
        )
        journal.checkpoint(checkpoint(1, outputs=(later,), findings=moved))

    await write(claim, act)
    run = await rows.fresh(Run, claim.run_id)
    assert (run.rows_out, run.set_aside, run.filtered, run.row_groups_done) == (4, 4, 2, 2)
    assert run.counts.is_reconciled
    (output,) = await all_of(rows, RunOutput)
    assert output.progress == {
        "parts": [[1, "etag", 5], [2, "etag2", 6]],
        "tail_key": "tail",
        "packaging": {"crc": 9},
        "records": 6,
        "is_closed": True,
        "front_key": None,
    }
    counted = {(one.rule_id, one.severity): (one.count, one.primary_count) for one in await all_of(rows, RunFinding)}
    assert counted == {("A", "correctable"): (4, 4), ("B", "correctable"): (2, 0), ("W", "warning"): (2, 0)}
    assert sum(primary for _, primary in counted.values()) == run.set_aside
    details = await all_of(rows, Finding)
    assert len(details) == 8
    assert {one.message for one in details if one.row_number == 1} == {"A failed (cast_overflow)"}
    assert {tuple(one.columns) for one in details} == {("x", "y")}
    assert {(one.row_number, one.record_key, tuple(one.rule_ids)) for one in await all_of(rows, RunException)} == {
        (1, "T-1", ("A",)),
        (2, "T-2", ("A", "B")),
        (6, "T-1", ("A",)),
        (7, "T-2", ("A", "B")),
    }
    (step,) = await all_of(rows, RunStepProgress)
    assert (step.name, step.rows, step.seconds) == ("render", 4, 1.0)
    groups = await all_of(rows, RunRowGroup)
    assert {(one.number, one.findings_key, one.ledger_key, one.ledger_size_bytes) for one in groups} == {
        (number, f"key/findings_{number}.parquet", f"key/ledger_{number}.parquet", 100 + number) for number in (0, 1)
    }


async def test_a_row_group_cannot_be_counted_twice(rows: Rows, claim: Claim, write: Write) -> None:
    await write(claim, EVERY_WRITE["checkpoint"])
    with pytest.raises(IntegrityError):
        await write(claim, EVERY_WRITE["checkpoint"])
    run = await rows.fresh(Run, claim.run_id)
    assert (run.rows_out, run.row_groups_done) == (2, 1)


async def test_single_findings_are_kept_up_to_a_limit_and_counted_beyond_it(
    rows: Rows, claim: Claim, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.persistence.repositories.run_progress.MAX_DETAILS", 3)
    await write(claim, EVERY_WRITE["checkpoint"])
    assert len(await all_of(rows, Finding)) == 3
    assert sum(one.count for one in await all_of(rows, RunFinding)) == 4


async def test_starting_the_produce_stage_again_forgets_it_and_keeps_the_input(
    rows: Rows, claim: Claim, write: Write
) -> None:
    await write(claim, EVERY_WRITE["input_stored"])
    await write(claim, EVERY_WRITE["checkpoint"])
    await write(claim, EVERY_WRITE["restart_produce"])
    run = await rows.fresh(Run, claim.run_id)
    assert (run.stage, run.input_key, run.rows_in) == ("produce", INPUT.key, 10)
    assert (run.rows_out, run.set_aside, run.filtered, run.row_groups_done) == (0, 0, 0, 0)
    for model in (RunRowGroup, RunOutput, RunFinding, Finding, RunException):
        assert await all_of(rows, model) == [], model


async def complete(
    rows: Rows, claim: Claim, write: Any, *, set_aside: int = 0, files: int = 2, **changes: Any
) -> dict[str, Any]:
    """Complete the run under a document that delivers to one destination."""
    outputs = [{"format": "csv", "file_name": f"f{number}"} for number in range(files or 1)]
    goes_to = [str((await rows.destination()).id)]
    document = plain_document(new_id(), outputs=outputs, deliver_to=goes_to, **changes)
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, claim.run_id)).set_aside = set_aside
    await write(claim, lambda journal: journal.complete([produced(number) for number in range(files)]), document)
    return document


async def events_of(rows: Rows) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(Event.type).order_by(Event.sequence))).all())


async def test_a_completed_run_has_its_files_their_deliveries_and_its_events(
    rows: Rows, claim: Claim, write: Write
) -> None:
    await complete(rows, claim, write)
    run = await rows.fresh(Run, claim.run_id)
    assert (run.state, run.stage, run.lease_owner, run.lease_expires_at) == ("succeeded", "complete", None, None)
    assert run.finished_at is not None
    artifacts = await all_of(rows, Artifact)
    assert {(one.name, one.sha256, one.content_sha256, one.records) for one in artifacts} == {
        ("f0.csv", "b" * 64, "c" * 64, 2),
        ("f1.csv", "b" * 64, "c" * 64, 2),
    }
    assert {one.artifact_id for one in await all_of(rows, Delivery)} == {one.id for one in artifacts}
    assert await events_of(rows) == ["run.started", "artifact.created", "artifact.created", "run.completed"]


async def test_a_partial_run_is_held_unless_the_report_says_deliver(rows: Rows, claim: Claim, write: Write) -> None:
    await complete(rows, claim, write, set_aside=3)
    run = await rows.fresh(Run, claim.run_id)
    assert (run.state, run.is_held) == ("partial", True)
    assert await all_of(rows, Delivery) == []
    assert (await events_of(rows))[-1] == "run.held"


async def test_a_partial_run_that_may_be_delivered_is(rows: Rows, claim: Claim, write: Write) -> None:
    await complete(rows, claim, write, set_aside=3, on_partial="deliver")
    run = await rows.fresh(Run, claim.run_id)
    assert (run.state, run.is_held) == ("partial", False)
    assert len(await all_of(rows, Delivery)) == 2
    assert (await events_of(rows))[-1] == "run.completed"


async def test_work_that_ends_before_the_cancellation_reaches_it_is_kept(
    rows: Rows, claim: Claim, write: Write
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Run, claim.run_id)).state = "cancelling"
    await complete(rows, claim, write)
    assert (await rows.fresh(Run, claim.run_id)).state == "succeeded"


async def test_a_completion_that_fails_half_way_leaves_nothing(rows: Rows, claim: Claim, write: Any) -> None:
    nowhere = plain_document(new_id(), deliver_to=[str(new_id())])
    with pytest.raises(IntegrityError):
        await write(claim, lambda journal: journal.complete([produced()]), nowhere)
    assert (await rows.fresh(Run, claim.run_id)).state == "running"
    assert await all_of(rows, Artifact) == []
    assert await events_of(rows) == ["run.started"]


async def test_a_run_without_a_file_is_complete_too(rows: Rows, claim: Claim, write: Write) -> None:
    await complete(rows, claim, write, files=0)
    assert (await rows.fresh(Run, claim.run_id)).state == "succeeded"
    assert await all_of(rows, Delivery) == []


async def test_events_are_numbered_in_the_order_they_were_written(rows: Rows, claim: Claim, write: Write) -> None:
    await write(claim, lambda journal: [journal.log("info", f"event_{number}") for number in range(20)])
    async with rows.database.transaction(rows.person.tenant) as session:
        told = list((await session.scalars(select(RunEvent).order_by(RunEvent.sequence))).all())
    assert [one.payload["event"] for one in told if one.kind == "log"][1:] == [
        f"event_{number}" for number in range(20)
    ]
    assert [one.at for one in told] == sorted(one.at for one in told)


async def test_progress_is_told_twice_a_second_at_most(rows: Rows, claim: Claim, write: Write) -> None:
    await write(claim, lambda journal: [journal.progress(RunStep.EXTRACT, number) for number in range(50)])
    told = [one for one in await all_of(rows, RunEvent) if one.kind == "progress"]
    assert told[0].payload["rows"] == 0
    assert len(told) <= 3


async def test_the_version_of_the_run_stays_as_it_was(rows: Rows, claim: Claim, write: Write) -> None:
    run = await rows.fresh(Run, claim.run_id)
    before = (await rows.fresh(ReportVersion, run.report_version_id)).document
    await complete(rows, claim, write)
    assert (await rows.fresh(ReportVersion, run.report_version_id)).document == before
