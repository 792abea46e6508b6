"""Answers of a regulator: applied once, as they are, or set aside with a reason; rejections become exceptions."""

from __future__ import annotations

import asyncio
import io
from datetime import timedelta

import pytest

from backend.core.clock import utc_now
from backend.domain.exceptions import ExceptionOrigin, ExceptionState
from backend.domain.feedback import AdviceState, FeedbackSource, FeedbackState
from backend.domain.runs import RunKind
from backend.domain.submissions import SubmissionState
from backend.persistence.models.exception import RunException, SupplementalRecord
from backend.persistence.models.feedback import FeedbackFile, RecordAdvice
from backend.persistence.models.notice import Notice
from backend.persistence.models.webhook import Event
from backend.persistence.repositories.feedback import AdviceFilter
from backend.services.feedback import Arrival, FeedbackSettled
from backend.services.scope import TenantScope
from tests.factories.answered import LEI, OTHER_LEI, Answered, advice_of, reported_submission
from tests.factories.feedback_desk import Desk, counts
from tests.factories.installation import Installation
from tests.factories.rows import Rows


@pytest.fixture
def desk(installation: Installation, scope: TenantScope) -> Desk:
    return Desk(installation, scope)


@pytest.fixture
async def answered(rows: Rows, installation: Installation) -> Answered:
    return await reported_submission(rows, installation.adapters.storage, 10)


async def test_a_rejected_record_becomes_an_exception_and_the_rest_is_accepted(desk: Desk, answered: Answered) -> None:
    content = advice_of(
        answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT"), (f"{LEI}TRN5", "PDNG")], {"ACPT": 8, "RJCT": 1, "PDNG": 1}
    )
    file = await desk.bring(content)
    assert (file.state, file.reason, file.format) == (FeedbackState.APPLIED, None, "auth.031")
    assert file.submission_id == answered.submission.id
    assert counts(await desk.submission(answered)) == (SubmissionState.ACKNOWLEDGED, 8, 1, 1, 0)
    (one,) = await desk.exceptions(answered)
    assert (one.row_number, one.origin, one.rule_id) == (3, ExceptionOrigin.FEEDBACK, "CON-412")
    assert (one.record_key, one.entity, one.reference) == (f"{LEI}/TRN3", LEI, "TRN3")
    # What was pending is rejected later: the last word counts, and what went before is kept.
    later = advice_of(answered.message_id, "PART", [(f"{LEI}TRN5", "RJCT")], {"RJCT": 1})
    assert (await desk.bring(later)).state == FeedbackState.APPLIED
    assert counts(await desk.submission(answered)) == (SubmissionState.PARTIALLY_ACCEPTED, 8, 0, 2, 0)
    assert [one.row_number for one in await desk.exceptions(answered)] == [3, 5]


async def test_the_same_file_again_changes_nothing(desk: Desk, answered: Answered) -> None:
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1})
    first = await desk.bring(content)
    before = await desk.count(RecordAdvice), await desk.count(Event), await desk.count(Notice)
    content.seek(0)
    again = await desk.bring(content, name="the same under another name.xml")
    assert (again.id, again.name) == (first.id, "answer.xml")
    assert (await desk.count(RecordAdvice), await desk.count(Event), await desk.count(Notice)) == before
    with pytest.raises(FeedbackSettled):
        await desk.service.retry(first.id)


async def test_accepted_is_not_inferred_without_counts(desk: Desk, answered: Answered) -> None:
    file = await desk.bring(advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")]))
    assert file.state == FeedbackState.APPLIED
    assert counts(await desk.submission(answered)) == (SubmissionState.ACKNOWLEDGED, 0, 0, 1, 9)


@pytest.mark.parametrize(
    ("stated", "total"),
    [({"ACPT": 9, "RJCT": 2}, None), ({"ACPT": 9, "RJCT": 1}, 11), ({"ACPT": 10, "RJCT": 1}, None)],
)
async def test_totals_that_contradict_are_set_aside(
    desk: Desk, answered: Answered, stated: dict[str, int], total: int | None
) -> None:
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], stated, total=total)
    file = await desk.bring(content)
    assert (file.state, file.reason_code) == (FeedbackState.CONTRADICTORY, "totals_contradictory")
    assert file.reason
    assert counts(await desk.submission(answered))[1:] == (0, 0, 0, 10)
    assert await desk.exceptions(answered) == []
    assert await desk.count(Notice) == 1


async def test_a_file_that_was_not_processed_leaves_its_records_unsent(desk: Desk, answered: Answered) -> None:
    await desk.bring(advice_of(answered.message_id, "CRPT", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 10}))
    assert counts(await desk.submission(answered)) == (SubmissionState.REJECTED, 0, 0, 0, 10)
    assert await desk.exceptions(answered) == []


async def test_an_unknown_record_is_an_orphan(desk: Desk, answered: Answered) -> None:
    listed = [(f"{LEI}NEVER", "RJCT"), (f"{LEI}TRN1", "ACPT"), (f"{OTHER_LEI}TRN1", "ACPT")]
    file = await desk.bring(advice_of(answered.message_id, "PART", listed))
    assert file.state == FeedbackState.APPLIED
    orphans = await desk.service.advices(file.id, AdviceFilter(is_orphan=True), 0, 50)
    assert [one.record_id for one in orphans] == [f"{LEI}NEVER", f"{OTHER_LEI}TRN1"]
    rejected = await desk.service.advices(file.id, AdviceFilter((AdviceState.REJECTED,)), 0, 50)
    assert [one.rules for one in rejected] == [[{"id": "CON-412", "text": "Instrument is not valid"}]]
    assert counts(await desk.submission(answered))[1:] == (1, 0, 0, 9)


async def test_feedback_for_another_firm_is_refused(desk: Desk, answered: Answered) -> None:
    file = await desk.bring(advice_of(answered.message_id, "PART", [(f"{OTHER_LEI}TRN1", "RJCT")]))
    assert (file.state, file.reason_code) == (FeedbackState.REFUSED, "another_firm")
    assert counts(await desk.submission(answered))[1:] == (0, 0, 0, 10)


async def test_an_unmatched_file_is_given_to_a_submission_by_hand(desk: Desk, answered: Answered) -> None:
    file = await desk.bring(advice_of("NOBODY", "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1}))
    assert (file.state, file.reason_code) == (FeedbackState.UNMATCHED, "message_unknown")
    assert counts(await desk.submission(answered))[1:] == (0, 0, 0, 10)
    await desk.service.assign(file.id, answered.submission.id, "The regulator cut the identifier.")
    await desk.reader.read(desk.rows_scope.tenant, file.id)
    assert (await desk.service.get(file.id)).file.state == FeedbackState.APPLIED
    assert counts(await desk.submission(answered)) == (SubmissionState.PARTIALLY_ACCEPTED, 9, 0, 1, 0)
    assert len(await desk.exceptions(answered)) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no xml", "not_well_formed"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "document_type"),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:DRAFT5auth.031.001.01"/>',
            "unsupported_dialect",
        ),
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_reason(desk: Desk, content: bytes, reason: str) -> None:
    file = await desk.bring(io.BytesIO(content))
    assert (file.state, file.reason_code) == (FeedbackState.REFUSED, reason)
    assert await desk.count(RecordAdvice) == 0


async def test_two_workers_apply_a_file_once(desk: Desk, answered: Answered) -> None:
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1})
    file, _ = await desk.service.receive(content, 1, Arrival("a.xml", FeedbackSource.API))
    tenant = desk.rows_scope.tenant
    await asyncio.gather(*(desk.reader.read(tenant, file.id) for _ in range(4)))
    assert await desk.count(RecordAdvice) == 1
    assert len(await desk.exceptions(answered)) == 1


async def test_a_later_file_waits_until_the_one_before_it_is_read(desk: Desk, answered: Answered) -> None:
    pending = advice_of(answered.message_id, "PART", [(f"{LEI}TRN5", "PDNG")], {"ACPT": 9, "PDNG": 1})
    accepted = advice_of(answered.message_id, "PART", [(f"{LEI}TRN5", "ACPT")], {"ACPT": 1})
    files = [
        (await desk.service.receive(content, 1, Arrival(name, FeedbackSource.POLL)))[0]
        for name, content in (("1.xml", pending), ("2.xml", accepted))
    ]
    first, second = (file.id for file in files)
    tenant = desk.rows_scope.tenant
    await desk.reader.read(tenant, second)
    assert (await desk.service.get(second)).file.state == FeedbackState.RECEIVED
    await desk.reader.read(tenant, first)
    await desk.reader.read(tenant, second)
    assert counts(await desk.submission(answered)) == (SubmissionState.ACCEPTED, 10, 0, 0, 0)


async def test_what_a_dead_worker_left_is_read_by_another(desk: Desk, answered: Answered) -> None:
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1})
    file, _ = await desk.service.receive(content, 1, Arrival("a.xml", FeedbackSource.API))
    async with desk.rows_scope.transaction() as session:
        left = await session.get(FeedbackFile, file.id)
        assert left is not None
        left.state, left.fencing_token = FeedbackState.PARSING, 1
        left.lease_expires_at = utc_now() - timedelta(seconds=1)
    await desk.reader.read(desk.rows_scope.tenant, file.id)
    assert (await desk.service.get(file.id)).file.state == FeedbackState.APPLIED


async def test_a_cancelled_file_is_not_read(desk: Desk, answered: Answered) -> None:
    content = advice_of(answered.message_id, "ACPT", [], {"ACPT": 10})
    file, _ = await desk.service.receive(content, 1, Arrival("a.xml", FeedbackSource.API))
    await desk.service.cancel(file.id)
    await desk.reader.read(desk.rows_scope.tenant, file.id)
    assert (await desk.service.get(file.id)).file.reason_code == "cancelled"
    await desk.service.retry(file.id)
    await desk.reader.read(desk.rows_scope.tenant, file.id)
    assert counts(await desk.submission(answered)) == (SubmissionState.ACCEPTED, 10, 0, 0, 0)


@pytest.mark.parametrize(("state", "after"), [("ACPT", ExceptionState.RESOLVED), ("RJCT", ExceptionState.OPEN)])
async def test_a_correction_closes_what_it_corrects_when_it_is_accepted(
    desk: Desk, answered: Answered, rows: Rows, installation: Installation, state: str, after: ExceptionState
) -> None:
    await desk.bring(advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1}))
    (exception,) = await desk.exceptions(answered)
    correction = await reported_submission(
        rows,
        installation.adapters.storage,
        2,
        kind=RunKind.SUPPLEMENTAL,
        parent_run_id=answered.run.id,
    )
    async with desk.rows_scope.transaction() as session:
        waiting = await session.get(RunException, exception.id)
        assert waiting is not None
        waiting.state, waiting.supplemental_run_id = ExceptionState.RESUBMITTED, correction.run.id
        for number in (1, 2):
            session.add(
                SupplementalRecord(
                    run_id=correction.run.id,
                    row_number=number,
                    tenant_id=desk.rows_scope.tenant,
                    parent_run_id=answered.run.id,
                    parent_row_number=3,
                    exception_id=exception.id,
                    pair=1,
                    is_cancellation=number == 1,
                    overrides=[],
                    is_reported=True,
                    rule_ids=[],
                )
            )
    listed = [] if state == "ACPT" else [(f"{LEI}TRN2", "RJCT")]
    stated = {"ACPT": 2 - len(listed), **({"RJCT": 1} if listed else {})}
    file = await desk.bring(advice_of(correction.message_id, "PART", listed, stated))
    assert file.state == FeedbackState.APPLIED, file.reason
    (settled,) = await desk.exceptions(answered)
    assert settled.state == after
    assert await desk.exceptions(correction) == []


async def test_a_mapped_text_file_is_applied(desk: Desk, answered: Answered) -> None:
    mapping = {"record_id": "Ref", "state": "Status", "message_id": "File", "rule_id": "Rule"}
    lines = f"File;Ref;Status;Rule\n{answered.message_id};{LEI}TRN3;NOK;R1\n{answered.message_id};{LEI}TRN4;OK;\n"
    words = {"delimiter": ";", "states": {"OK": "accepted", "NOK": "rejected"}}
    file = await desk.bring(io.BytesIO(lines.encode()), name="a.csv", mapping={**mapping, **words})
    assert (file.state, file.format) == (FeedbackState.APPLIED, "csv")
    assert counts(await desk.submission(answered))[1:] == (1, 0, 1, 8)
    assert [one.rule_id for one in await desk.exceptions(answered)] == ["R1"]
