"""Submissions: prepared once, one original a day, sent with the last file, settled by what the regulator says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from backend.core.ids import new_id
from backend.domain.deliveries import DeliveryState
from backend.domain.reports.document import ReportDocument
from backend.domain.submissions import (
    RecordCounts,
    RecordCountsContradictory,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
)
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.notice import Notice
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.models.submission import Submission, SubmissionEvent, SubmissionFile
from backend.persistence.models.webhook import Event
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.services.submission_history import is_unbroken
from backend.services.submissions import mark_sent, prepare_submission, settle, submission_of_message
from tests.factories.documents import plain_document
from tests.factories.rows import AT, Rows

LATER = AT + timedelta(hours=1)


def document(**changes: Any) -> ReportDocument:
    outputs = [{"format": "xml"}, {"format": "csv"}]
    told = {"pack": "mifir_rts22", "outputs": outputs, "envelope": {"sender": "A", "receiver": "B"}}
    return ReportDocument.model_validate(plain_document(new_id()) | told | changes)


async def reporting_run(rows: Rows, report: Report | None = None, sequence: int = 1, **changes: Any) -> Run:
    """A run that has ended with two files: the message, and a table for people."""
    version = await rows.version(report or await rows.report(), state="archived", minor=sequence)
    run = await rows.run(
        version, state="succeeded", finished_at=AT, rows_in=12, rows_out=10, sequence=sequence, **changes
    )
    await rows.artifact(run, output_number=0, name=f"{run.id}.xml", records=10)
    await rows.artifact(run, output_number=1, name=f"{run.id}.csv", records=10)
    return run


async def prepare(rows: Rows, run: Run, chosen: ReportDocument | None = None) -> Submission:
    async with rows.database.transaction(rows.person.tenant) as session:
        made = await prepare_submission(session, rows.person.tenant, run, chosen or document(), AT)
    assert made is not None
    return made


async def all_of(rows: Rows, model: type[Any], *where: Any) -> list[Any]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(model).where(*where))).all())


async def events_of(rows: Rows, submission: Submission) -> list[str]:
    async with rows.database.transaction(rows.person.tenant) as session:
        query = select(Event).where(Event.subject_id == submission.id).order_by(Event.sequence)
        return [one.type for one in await session.scalars(query)]


async def history_of(rows: Rows, submission: Submission) -> Sequence[SubmissionEvent]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return await SubmissionRepository(session, rows.person.tenant).events(submission.id)


async def answer(rows: Rows, submission: Submission, status: str, **counts: int) -> Submission:
    async with rows.database.transaction(rows.person.tenant) as session:
        return await settle(
            session, rows.person.tenant, submission.id, RecordCounts(**counts), LATER, file_status=status
        )


async def send(rows: Rows, run: Run, artifact_id: Any) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        await mark_sent(session, rows.person.tenant, run.id, artifact_id, LATER)


async def test_a_run_of_a_pack_claims_its_records_by_the_identifier_that_its_message_carries(rows: Rows) -> None:
    run = await reporting_run(rows)
    made = await prepare(rows, run)
    assert (made.kind, made.state, made.hold) == ("original", "prepared", "none")
    assert (made.record_count, made.unconfirmed_count, made.parent_submission_id) == (10, 10, None)
    files = await all_of(rows, SubmissionFile)
    assert {one.file_name: one.message_id for one in files} == {
        f"{run.id}.xml": f"OR{run.id.hex[:28].upper()}",
        f"{run.id}.csv": f"{run.id}.csv",
    }
    async with rows.database.transaction(rows.person.tenant) as session:
        for name in (f"OR{run.id.hex[:28].upper()}", f"{run.id}.csv", f"{run.id}.xml"):
            found = await submission_of_message(session, rows.person.tenant, name)
            assert found is not None
            assert found.id == made.id
        assert await submission_of_message(session, rows.person.tenant, "OR") is None
    assert await events_of(rows, made) == ["submission.prepared"]


async def test_preparing_again_makes_no_second_submission(rows: Rows) -> None:
    run = await reporting_run(rows)
    first = await prepare(rows, run)
    assert (await prepare(rows, run)).id == first.id
    assert await events_of(rows, first) == ["submission.prepared"]


async def test_without_a_pack_or_a_file_no_regulator_is_told(rows: Rows) -> None:
    run, empty = await reporting_run(rows), await rows.run(state="succeeded", finished_at=AT)
    plain = ReportDocument.model_validate(plain_document(new_id()))
    async with rows.database.transaction(rows.person.tenant) as session:
        assert await prepare_submission(session, rows.person.tenant, run, plain, AT) is None
        assert await prepare_submission(session, rows.person.tenant, empty, document(), AT) is None


async def test_a_second_original_of_a_day_is_held_until_the_first_is_void(rows: Rows) -> None:
    report = await rows.report()
    first = await prepare(rows, await reporting_run(rows, report, 1))
    second = await prepare(rows, await reporting_run(rows, report, 2))
    other_report = await prepare(rows, await reporting_run(rows))
    assert (first.hold, second.hold, other_report.hold) == ("none", "duplicate", "none")
    held = (await history_of(rows, second))[-1]
    assert held.details["reference"] == first.reference
    assert "submission.sent" not in await events_of(rows, second)
    await answer(rows, first, "RJCT", rejected=10)
    async with rows.database.transaction(rows.person.tenant) as session:
        await session.execute(
            update(Submission).where(Submission.id == second.id).values(state=SubmissionState.WITHDRAWN)
        )
    assert (await prepare(rows, await reporting_run(rows, report, 3))).hold == SubmissionHold.NONE


async def test_of_releases_at_once_one_is_the_original(rows: Rows) -> None:
    report = await rows.report()
    runs = [await reporting_run(rows, report, number) for number in range(1, 5)]
    made = await asyncio.gather(*(prepare(rows, run) for run in runs))
    assert sorted(one.hold for one in made) == ["duplicate", "duplicate", "duplicate", "none"]


async def test_four_eyes_hold_a_submission_and_tell_others_than_who_started_it(rows: Rows) -> None:
    made = await prepare(rows, await reporting_run(rows), document(submission={"approval": "four_eyes"}))
    assert (made.hold, made.needs_approval) == ("approval", True)
    notices = await all_of(rows, Notice, Notice.subject_id == made.id)
    assert rows.person.user_id not in {one.user_id for one in notices}


async def test_it_is_sent_with_the_last_file_and_told_once(rows: Rows) -> None:
    run = await reporting_run(rows)
    made = await prepare(rows, run)
    destination, files = await rows.destination(), await all_of(rows, SubmissionFile)
    sent = []
    async with rows.database.transaction(rows.person.tenant) as session:
        for file in files:
            one = Delivery(
                id=new_id(),
                tenant_id=rows.person.tenant,
                run_id=run.id,
                artifact_id=file.artifact_id,
                destination_id=destination.id,
                state=DeliveryState.PENDING,
                next_attempt_at=AT,
                created_at=AT,
            )
            session.add(one)
            sent.append(one)
    for number, one in enumerate(sent, 1):
        async with rows.database.transaction(rows.person.tenant) as session:
            (await session.get_one(Delivery, one.id)).state = DeliveryState.DELIVERED
            await mark_sent(session, rows.person.tenant, run.id, one.artifact_id, LATER)
        state = (await rows.fresh(Submission, made.id)).state
        assert state == (SubmissionState.SENT if number == len(sent) else SubmissionState.PREPARED)
    await send(rows, run, sent[0].artifact_id)
    assert await events_of(rows, made) == ["submission.prepared", "submission.sent"]
    steps = await history_of(rows, made)
    assert [one.action for one in steps] == ["prepared", "file_sent", "file_sent", "sent"]
    assert is_unbroken(steps)


async def test_what_comes_late_is_late(rows: Rows) -> None:
    run = await reporting_run(rows)
    made = await prepare(rows, run)
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Submission, made.id)).due_at = LATER - timedelta(seconds=1)
    await send(rows, run, new_id())
    assert (await rows.fresh(Submission, made.id)).is_late


async def test_answers_move_a_submission_and_the_same_answer_changes_nothing(rows: Rows) -> None:
    made = await prepare(rows, await reporting_run(rows))
    await answer(rows, made, "RCVD", unconfirmed=10)
    await answer(rows, made, "PART", accepted=7, pending=2, rejected=1)
    await answer(rows, made, "PART", accepted=7, pending=2, rejected=1)
    settled = await answer(rows, made, "PART", accepted=9, rejected=1)
    assert (settled.state, settled.counts) == ("partially_accepted", RecordCounts(accepted=9, rejected=1))
    steps = [(one.action, one.to_state) for one in await history_of(rows, made)]
    assert steps == [
        ("prepared", "prepared"),
        ("sent", "sent"),
        ("settled", "acknowledged"),
        ("settled", "acknowledged"),
        ("settled", "partially_accepted"),
    ]
    assert await events_of(rows, made) == [
        f"submission.{state}" for state in ("prepared", "sent", "acknowledged", "partially_accepted")
    ]
    notices = await all_of(rows, Notice, Notice.subject_id == made.id)
    assert {one.kind for one in notices} == {"rejection_received"}


async def test_counts_that_contradict_leave_everything_as_it_is(rows: Rows) -> None:
    made = await prepare(rows, await reporting_run(rows))
    with pytest.raises(RecordCountsContradictory):
        await answer(rows, made, "ACPT", accepted=11)
    assert (await rows.fresh(Submission, made.id)).state == SubmissionState.PREPARED


async def test_a_file_that_was_not_processed_is_rejected_and_can_be_sent_again(rows: Rows) -> None:
    run = await reporting_run(rows)
    made = await prepare(rows, run)
    assert (await answer(rows, made, "CRPT", unconfirmed=10)).state == SubmissionState.REJECTED
    await send(rows, run, new_id())
    assert (await rows.fresh(Submission, made.id)).state == SubmissionState.SENT
    assert (await answer(rows, made, "ACPT", accepted=10)).state == SubmissionState.ACCEPTED
    assert is_unbroken(await history_of(rows, made))


async def test_the_history_cannot_be_changed_and_a_change_would_show(rows: Rows) -> None:
    made = await prepare(rows, await reporting_run(rows))
    await answer(rows, made, "ACPT", accepted=10)
    with pytest.raises(DBAPIError):
        async with rows.database.transaction(rows.person.tenant) as session:
            await session.execute(update(SubmissionEvent).values(note="It was another way."))
    steps = list(await history_of(rows, made))
    assert is_unbroken(steps)
    steps[1].note = "It was another way."
    assert not is_unbroken(steps)
    assert not is_unbroken(steps[1:])


async def correction_of(rows: Rows, parent: Run, records: Sequence[tuple[int, bool]], sequence: int = 51) -> Run:
    """A supplemental run of rows of its parent, each a cancellation or not."""
    version = await rows.version(await rows.report(), state="archived")
    run = await rows.run(
        version,
        report_id=parent.report_id,
        state="succeeded",
        finished_at=AT,
        kind="supplemental",
        parent_run_id=parent.id,
        rows_out=len(records),
        sequence=sequence,
    )
    await rows.artifact(run, output_number=0, name=f"{run.id}.xml")
    async with rows.database.transaction(rows.person.tenant) as session:
        for number, (row, is_cancellation) in enumerate(records, 1):
            session.add(
                SupplementalRecord(
                    run_id=run.id,
                    tenant_id=rows.person.tenant,
                    row_number=number,
                    parent_run_id=parent.id,
                    parent_row_number=row,
                    is_cancellation=is_cancellation,
                    is_reported=True,
                )
            )
    return run


async def test_a_supplemental_run_corrects_or_cancels_what_its_parent_told(rows: Rows) -> None:
    run = await reporting_run(rows)
    original = await prepare(rows, run)
    correction = await prepare(rows, await correction_of(rows, run, [(3, True), (3, False)]))
    assert (correction.kind, correction.parent_submission_id, correction.hold) == (
        SubmissionKind.CORRECTION,
        original.id,
        SubmissionHold.NONE,
    )
    assert (correction.record_count, correction.cancellation_count) == (2, 1)


async def test_only_cancellations_make_a_cancellation(rows: Rows) -> None:
    run = await reporting_run(rows)
    await prepare(rows, run)
    made = await prepare(rows, await correction_of(rows, run, [(3, True), (4, True)]))
    assert made.kind == SubmissionKind.CANCELLATION
