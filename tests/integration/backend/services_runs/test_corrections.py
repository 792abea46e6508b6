"""Corrections settle exactly the records that the regulator has accepted; what is wholly cancelled stands no longer."""

from __future__ import annotations

import pytest

from backend.core.ids import ReportId
from backend.domain.exceptions import ExceptionState
from backend.domain.feedback import FeedbackState
from backend.domain.submissions import SubmissionState
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.settled_records import SettledRecordRepository
from backend.persistence.repositories.submissions import SubmissionRepository
from backend.services.scope import TenantScope
from backend.services.submission_lists import SubmissionListService
from tests.factories.answered import LEI, Answered, advice_of, reported_submission
from tests.factories.feedback_desk import Desk, counts
from tests.factories.installation import Installation
from tests.factories.rows import Rows
from tests.integration.backend.services_runs.test_submissions import (
    answer,
    correction_of,
    prepare,
    reporting_run,
)


@pytest.fixture
def desk(installation: Installation, scope: TenantScope) -> Desk:
    return Desk(installation, scope)


@pytest.fixture
async def answered(rows: Rows, installation: Installation, desk: Desk) -> Answered:
    """Ten records, of which the regulator rejects two."""
    made = await reported_submission(rows, installation.adapters.storage, 10)
    await tell(desk, made, ["TRN3", "TRN5"], 8)
    return made


async def tell(desk: Desk, of: Answered, rejected: list[str], accepted: int) -> None:
    """The answer that rejects these records and accepts the others."""
    listed = [(f"{LEI}{one}", "RJCT") for one in rejected]
    stated = {"ACPT": accepted, **({"RJCT": len(rejected)} if rejected else {})}
    file = await desk.bring(advice_of(of.message_id, "PART" if rejected else "ACPT", listed, stated))
    assert file.state == FeedbackState.APPLIED, file.reason


async def settled(desk: Desk, of: Answered) -> int:
    async with desk.rows_scope.reading() as session:
        found = await session.get_one(Submission, of.submission.id)
        return await SettledRecordRepository(session, desk.rows_scope.tenant).count_settled(found)


async def states(desk: Desk, of: Answered) -> list[str]:
    return [str(one.state) for one in await desk.exceptions(of)]


async def test_a_correction_that_is_accepted_in_part_settles_that_part_and_the_rest_can_be_corrected_again(
    desk: Desk, answered: Answered, rows: Rows
) -> None:
    first = await desk.correction(rows, answered, [3, 5])
    await tell(desk, first, ["TRN4"], 3)
    assert await states(desk, answered) == [ExceptionState.RESOLVED, ExceptionState.OPEN]
    assert await settled(desk, answered) == 1
    assert (await desk.submission(answered)).state == SubmissionState.PARTIALLY_ACCEPTED
    assert counts(await desk.submission(first)) == (SubmissionState.PARTIALLY_ACCEPTED, 3, 0, 1, 0)
    view = await SubmissionListService(desk.rows_scope).view(answered.submission.id)
    assert view.completeness.rejected == 1

    second = await desk.correction(rows, answered, [5])
    await tell(desk, second, [], 2)
    assert await states(desk, answered) == [ExceptionState.RESOLVED] * 2
    assert await settled(desk, answered) == 2
    assert [(await desk.submission(one)).state for one in (answered, first, second)] == [
        SubmissionState.CORRECTED,
        SubmissionState.CORRECTED,
        SubmissionState.ACCEPTED,
    ]


async def test_as_many_accepted_as_before_but_others_settles_those(desk: Desk, answered: Answered, rows: Rows) -> None:
    made = await desk.correction(rows, answered, [3])
    await tell(desk, made, ["TRN2"], 1)
    assert (await settled(desk, answered), await states(desk, answered)) == (0, ["open", "open"])
    again = await desk.correction(rows, answered, [5])
    await tell(desk, again, [], 2)
    assert (await settled(desk, answered), await states(desk, answered)) == (1, ["open", "resolved"])
    assert (await desk.submission(answered)).state == SubmissionState.PARTIALLY_ACCEPTED


async def test_a_rejected_record_need_not_be_cancelled_for_the_new_one_to_settle_it(
    desk: Desk, answered: Answered, rows: Rows
) -> None:
    """The regulator may not know what it has rejected: there is nothing to cancel, and the new report counts."""
    made = await desk.correction(rows, answered, [3, 5])
    await tell(desk, made, ["TRN1", "TRN3"], 2)
    assert await states(desk, answered) == [ExceptionState.RESOLVED] * 2
    assert (await desk.submission(answered)).state == SubmissionState.CORRECTED
    assert (await desk.submission(made)).state == SubmissionState.CORRECTED


async def test_what_is_pending_settles_nothing(desk: Desk, answered: Answered, rows: Rows) -> None:
    made = await desk.correction(rows, answered, [3])
    pending = advice_of(made.message_id, "PART", [(f"{LEI}TRN2", "PDNG")], {"ACPT": 1, "PDNG": 1})
    await desk.bring(pending)
    assert (await settled(desk, answered), await states(desk, answered)) == (0, ["resubmitted", "open"])


async def test_a_wholly_cancelled_original_leaves_its_day_free(rows: Rows, scope: TenantScope) -> None:
    report = await rows.report()
    run = await reporting_run(rows, report, 1)
    original = await prepare(rows, run)
    await answer(rows, original, "ACPT", accepted=10)
    some = await prepare(rows, await correction_of(rows, run, [(row, True) for row in range(1, 10)]))
    await answer(rows, some, "ACPT", accepted=9)
    held = [await prepare(rows, await reporting_run(rows, report, 2))]
    last_run = await correction_of(rows, run, [(10, True)], sequence=60)
    last = await prepare(rows, last_run)
    held.append(await prepare(rows, await reporting_run(rows, report, 3)))
    assert {one.hold for one in held} == {"duplicate"}
    async with rows.database.transaction(rows.person.tenant) as session:
        for one in held:
            (await session.get_one(Submission, one.id)).state = SubmissionState.WITHDRAWN
    assert await original_of_the_day(scope, original) is not None, "the last cancellation is not answered yet"
    await answer(rows, last, "ACPT", accepted=1)
    assert await original_of_the_day(scope, original) is None
    view = await SubmissionListService(scope).view(original.id)
    assert (view.completeness.reported, view.completeness.accepted) == (0, 0)
    instead = await prepare(rows, await reporting_run(rows, report, 4))
    assert instead.hold == "none"
    await answer(rows, instead, "ACPT", accepted=10)
    view = await SubmissionListService(scope).view(original.id)
    told = view.completeness
    assert (told.expected, told.reported, told.accepted) == (12, 10, 10), "the day is owed once"


async def test_a_cancellation_with_a_record_in_its_place_leaves_the_day_told(rows: Rows, scope: TenantScope) -> None:
    run = await reporting_run(rows)
    original = await prepare(rows, run)
    await answer(rows, original, "ACPT", accepted=10)
    pairs = [(row, is_void) for row in range(1, 11) for is_void in (True, False)]
    correction = await prepare(rows, await correction_of(rows, run, pairs))
    await answer(rows, correction, "ACPT", accepted=20)
    standing = await original_of_the_day(scope, original)
    assert standing is not None
    assert standing.id == original.id


async def original_of_the_day(scope: TenantScope, like: Submission) -> Submission | None:
    async with scope.reading() as session:
        return await SubmissionRepository(session, scope.tenant).find_standing_original(
            ReportId(like.report_id), like.reporting_date, str(like.environment)
        )
