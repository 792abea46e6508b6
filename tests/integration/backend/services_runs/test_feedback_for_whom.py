"""Whom an answer is for, which of several records it means, and which of several files."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from backend.domain.feedback import FeedbackState
from backend.domain.message_identifiers import identifier_of_file
from backend.domain.submissions import SubmissionState
from backend.persistence.models.notice import Notice
from backend.persistence.repositories.feedback import AdviceFilter
from backend.services.scope import TenantScope
from tests.factories.answered import LEI, OTHER_LEI, Answered, advice_of, reported_submission
from tests.factories.feedback_desk import Desk, counts
from tests.factories.installation import Installation
from tests.factories.rows import Rows

HEAD = "urn:iso:std:iso:20022:tech:xsd:head.001.001.01"
STRANGER = "2138005Y1OVLSFFW0436"


@pytest.fixture
def desk(installation: Installation, scope: TenantScope) -> Desk:
    return Desk(installation, scope)


async def reported(rows: Rows, installation: Installation, records: int = 10, **more: object) -> Answered:
    return await reported_submission(rows, installation.adapters.storage, records, **more)


def addressed(to: str, content: io.BytesIO, related: str | None = None) -> io.BytesIO:
    """The answer in a wrapper whose header names somebody."""

    def party(name: str) -> str:
        return f"<OrgId><Id><OrgId><Othr><Id>{name}</Id></Othr></OrgId></Id></OrgId>"

    named = f"<Rltd><BizMsgIdr>{related}</BizMsgIdr></Rltd>" if related else ""
    header = (
        f'<AppHdr xmlns="{HEAD}"><Fr>{party("NCA")}</Fr><To>{party(to)}</To><BizMsgIdr>F1</BizMsgIdr>{named}</AppHdr>'
    )
    body = content.getvalue().decode()
    return io.BytesIO(f"<BizData><Hdr>{header}</Hdr><Pyld>{body}</Pyld></BizData>".encode())


async def test_an_answer_addressed_to_another_firm_is_refused_although_its_records_are_known(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    answered = await reported(rows, installation, sender=OTHER_LEI)
    content = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 9, "RJCT": 1})
    file = await desk.bring(addressed(STRANGER, content))
    assert (file.state, file.reason_code) == (FeedbackState.REFUSED, "another_firm")
    assert file.reason is not None
    assert STRANGER in file.reason
    assert counts(await desk.submission(answered))[1:] == (0, 0, 0, 10)
    assert await desk.exceptions(answered) == []
    assert (await desk.service.advices(file.id, AdviceFilter(), 0, 5))[0].submission_id is None
    # A person who knows better says so, and it is applied.
    await desk.service.assign(file.id, answered.submission.id, "The regulator wrote the parent's LEI.")
    await desk.reader.read(desk.rows_scope.tenant, file.id)
    assert counts(await desk.submission(answered)) == (SubmissionState.PARTIALLY_ACCEPTED, 9, 0, 1, 0)


@pytest.mark.parametrize("to", [OTHER_LEI, LEI, "NOT-A-LEI"])
async def test_an_answer_to_the_sender_or_to_an_entity_of_the_file_is_ours(
    desk: Desk, rows: Rows, installation: Installation, to: str
) -> None:
    answered = await reported(rows, installation, sender=OTHER_LEI)
    file = await desk.bring(addressed(to, advice_of(answered.message_id, "ACPT", [], {"ACPT": 10})))
    assert file.state == FeedbackState.APPLIED
    assert (await desk.submission(answered)).state == SubmissionState.ACCEPTED


async def test_an_answer_about_nothing_that_was_sent_is_of_another_firm_or_unmatched(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    await reported(rows, installation, sender=OTHER_LEI)
    found = [
        await desk.bring(addressed(to, advice_of("NOBODY", "ACPT", [], {"ACPT": 10}))) for to in (STRANGER, OTHER_LEI)
    ]
    assert [(one.state, one.reason_code) for one in found] == [
        (FeedbackState.REFUSED, "another_firm"),
        (FeedbackState.UNMATCHED, "message_unknown"),
    ]


async def test_a_cancellation_and_the_record_after_it_have_states_of_their_own(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    """Two records of one name: listed both in their order, or one of them alone."""
    answered = await reported(rows, installation, 4, names=["A", "A", "B", "B"], statuses=["CANC", "NEWT"] * 2)
    listed = [(f"{LEI}A", "ACPT"), (f"{LEI}B", "ACPT"), (f"{LEI}A", "RJCT"), (f"{LEI}B", "PDNG")]
    file = await desk.bring(advice_of(answered.message_id, "PART", listed))
    said = {one.row_number: one.state for one in await desk.service.advices(file.id, AdviceFilter(), 0, 9)}
    assert said == {1: "accepted", 2: "rejected", 3: "accepted", 4: "pending"}
    assert counts(await desk.submission(answered))[1:] == (2, 1, 1, 0)
    assert [one.row_number for one in await desk.exceptions(answered)] == [2]


@pytest.mark.parametrize(("rule", "row"), [("CON-024", 1), ("CON-412", 2)])
async def test_of_two_records_of_one_name_a_rule_says_which_is_rejected(
    desk: Desk, rows: Rows, installation: Installation, rule: str, row: int
) -> None:
    answered = await reported(rows, installation, 2, names=["A", "A"], statuses=["CANC", "NEWT"])
    content = advice_of(answered.message_id, "PART", [(f"{LEI}A", "RJCT")], {"ACPT": 1, "RJCT": 1}).getvalue()
    file = await desk.bring(io.BytesIO(content.replace(b"CON-412", rule.encode())))
    (advice,) = await desk.service.advices(file.id, AdviceFilter(), 0, 9)
    assert advice.row_number == row
    assert counts(await desk.submission(answered)) == (SubmissionState.PARTIALLY_ACCEPTED, 1, 0, 1, 0)


async def test_an_answer_to_one_of_several_files_of_one_name_contradicts_nothing(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    answered = await reported(rows, installation, 10, parts=[6, 4], shares_name=True)
    first = advice_of(answered.message_id, "PART", [(f"{LEI}TRN3", "RJCT")], {"ACPT": 5, "RJCT": 1})
    second = advice_of(answered.message_id, "ACPT", [], {"ACPT": 4})
    for content in (first, second):
        file = await desk.bring(content)
        assert (file.state, file.reason) == (FeedbackState.APPLIED, None)
    assert counts(await desk.submission(answered))[2:4] == (0, 1)
    wrong = await desk.bring(advice_of(answered.message_id, "ACPT", [], {"ACPT": 5}))
    assert wrong.state == FeedbackState.CONTRADICTORY


async def test_each_file_of_a_split_run_is_settled_by_its_own_counts(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    answered = await reported(rows, installation, 10, parts=[5, 3, 2])
    first, second, third = (identifier_of_file(answered.message_id, number) for number in (1, 2, 3))
    assert len({first, second, third}) == 3
    await desk.bring(advice_of(second, "PART", [(f"{LEI}TRN7", "RJCT")], {"ACPT": 2, "RJCT": 1}))
    assert counts(await desk.submission(answered)) == (SubmissionState.ACKNOWLEDGED, 2, 0, 1, 7)
    await desk.bring(advice_of(third, "ACPT", [], {"ACPT": 2}))
    assert counts(await desk.submission(answered)) == (SubmissionState.ACKNOWLEDGED, 4, 0, 1, 5)
    wrong = await desk.bring(advice_of(first, "ACPT", [], {"ACPT": 3}))
    assert wrong.state == FeedbackState.CONTRADICTORY, "as many as another file has are not those of this one"
    await desk.bring(advice_of(first, "ACPT", [], {"ACPT": 5}))
    assert counts(await desk.submission(answered)) == (SubmissionState.PARTIALLY_ACCEPTED, 9, 0, 1, 0)


async def test_one_of_several_files_that_was_not_processed_rejects_nothing_else(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    answered = await reported(rows, installation, 10, parts=[6, 4])
    first, second = (identifier_of_file(answered.message_id, number) for number in (1, 2))
    await desk.bring(advice_of(first, "CRPT", []))
    assert counts(await desk.submission(answered)) == (SubmissionState.ACKNOWLEDGED, 0, 0, 0, 10)
    await desk.bring(advice_of(second, "ACPT", [], {"ACPT": 4}))
    submission = await desk.submission(answered)
    assert counts(submission) == (SubmissionState.ACKNOWLEDGED, 4, 0, 0, 6)
    assert submission.file_status == "ACPT"
    async with rows.database.transaction(rows.person.tenant) as session:
        titles = list(await session.scalars(select(Notice.title).where(Notice.subject_id == submission.id)))
    assert titles == [f"The regulator could not process a file of {submission.reference}"]
    # Sent once more it is processed, and all is settled.
    await desk.bring(advice_of(first, "ACPT", [], {"ACPT": 6}))
    assert counts(await desk.submission(answered)) == (SubmissionState.ACCEPTED, 10, 0, 0, 0)


async def test_files_of_which_none_was_processed_reject_the_submission(
    desk: Desk, rows: Rows, installation: Installation
) -> None:
    answered = await reported(rows, installation, 10, parts=[6, 4])
    for number in (1, 2):
        await desk.bring(advice_of(identifier_of_file(answered.message_id, number), "CRPT", []))
    assert (await desk.submission(answered)).state == SubmissionState.REJECTED
