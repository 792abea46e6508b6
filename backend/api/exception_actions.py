"""What is done with exceptions: assign, comment, amend, accept, reject, reopen, resubmit."""

from __future__ import annotations

from uuid import UUID

from fastapi import Response, status

from backend.api.dependencies import Idempotency
from backend.api.etags import IfMatch, tag
from backend.api.exception_services import (
    ExceptionAmendments,
    ExceptionResubmissions,
    ExceptionsApprove,
    ExceptionsWork,
)
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.exception_actions import (
    AcceptanceDecision,
    AmendedRecordsAnswer,
    ExceptionAmend,
    ExceptionAssign,
    ExceptionAssignedAnswer,
    ExceptionBulkAmend,
    ExceptionBulkPreview,
    ExceptionComment,
    ExceptionDecision,
    ExceptionDue,
    ExceptionResubmit,
    ExceptionsChangedAnswer,
    ResubmissionAnswer,
    ResubmissionsAnswer,
)
from backend.api.schemas.exceptions import ExceptionDetailAnswer, ExceptionHistoryAnswer
from backend.core.etags import PreconditionFailed
from backend.core.problems import problems
from backend.domain.exceptions import ExceptionTransitionRefused
from backend.services.exception_amendments import (
    AmendmentChangesNothing,
    AmendmentColumnMasked,
    AmendmentColumnUnknown,
    AmendmentOutdated,
    AmendmentValueInvalid,
)
from backend.services.exception_records import RecordJudgementTooSlow, RecordsUnavailable
from backend.services.exceptions import (
    AcceptanceNotProposed,
    AssigneeUnknown,
    ExceptionNotFound,
    ExceptionRunUnfinished,
    ProposerMayNotApprove,
    exception_etag,
)
from backend.services.storage import StorageUnavailable
from backend.services.supplemental_runs import CancellationUnknown, RunNotSupplementable

router = ResourceRouter(prefix="/exceptions", tags=["exceptions"])
_CHOSEN = (ExceptionNotFound, PreconditionFailed)
_CLOSING = (*_CHOSEN, ExceptionRunUnfinished, ExceptionTransitionRefused)
_SUPPLEMENTED = (CancellationUnknown, RunNotSupplementable)
_JUDGED = (
    *_CLOSING,
    RecordsUnavailable,
    AmendmentOutdated,
    AmendmentColumnMasked,
    AmendmentColumnUnknown,
    AmendmentValueInvalid,
    RecordJudgementTooSlow,
    StorageUnavailable,
)


@router.post("/assign", responses=problems(*_CHOSEN, AssigneeUnknown))
async def assign_exceptions(body: ExceptionAssign, exceptions: ExceptionsWork) -> ExceptionAssignedAnswer:
    """Give exceptions to people, or to nobody; the answer undoes it."""
    return ExceptionAssignedAnswer.of(await exceptions.assign(body.assignments()))


@router.post("/due", responses=problems(*_CHOSEN))
async def change_due_time(body: ExceptionDue, exceptions: ExceptionsWork) -> ExceptionsChangedAnswer:
    """Change when exceptions are due."""
    return ExceptionsChangedAnswer.of(await exceptions.set_due(body.chosen(), body.due_at, body.comment))


@router.post("/accept", responses=problems(*_CLOSING))
async def accept_exceptions(body: ExceptionDecision, exceptions: ExceptionsWork) -> ExceptionsChangedAnswer:
    """Accept that records stay out, with a justification; where four eyes are on, a second person has to agree."""
    return ExceptionsChangedAnswer.of(await exceptions.accept(body.chosen(), body.comment))


@router.post("/acceptances", responses=problems(*_CHOSEN, AcceptanceNotProposed, ProposerMayNotApprove))
async def decide_acceptances(body: AcceptanceDecision, exceptions: ExceptionsApprove) -> ExceptionsChangedAnswer:
    """Agree to acceptances that somebody else has asked for, or decline them."""
    decided = await exceptions.decide(body.chosen(), body.comment, is_approved=body.is_approved)
    return ExceptionsChangedAnswer.of(decided)


@router.post("/reject", responses=problems(*_CLOSING))
async def reject_exceptions(body: ExceptionDecision, exceptions: ExceptionsWork) -> ExceptionsChangedAnswer:
    """Say that records are not to be reported at all, and why."""
    return ExceptionsChangedAnswer.of(await exceptions.reject(body.chosen(), body.comment))


@router.post("/reopen", responses=problems(*_CHOSEN, ExceptionTransitionRefused))
async def reopen_exceptions(body: ExceptionDecision, exceptions: ExceptionsWork) -> ExceptionsChangedAnswer:
    """Take accepted or rejected exceptions up again."""
    return ExceptionsChangedAnswer.of(await exceptions.reopen(body.chosen(), body.comment))


@router.post("/amend/preview", responses=problems(*_JUDGED))
async def preview_amendments(body: ExceptionBulkPreview, amendments: ExceptionAmendments) -> AmendedRecordsAnswer:
    """What would become of up to 500 records: each value before and after, and what is found. Nothing is kept."""
    changes = [one.change() for one in body.changes]
    return AmendedRecordsAnswer.of(await amendments.preview(body.chosen(), changes))


@router.post("/amend", responses=problems(*_JUDGED, AmendmentChangesNothing))
async def amend_exceptions(body: ExceptionBulkAmend, amendments: ExceptionAmendments) -> AmendedRecordsAnswer:
    """Change up to 500 records in the same way; the answer lists those that are different now."""
    changes = [one.change() for one in body.changes]
    return AmendedRecordsAnswer.of(await amendments.amend(body.chosen(), changes, body.reason))


@router.post("/resubmit", status_code=status.HTTP_201_CREATED, responses=problems(*_CLOSING, *_SUPPLEMENTED))
async def resubmit_exceptions(
    body: ExceptionResubmit, resubmission: ExceptionResubmissions, idempotency: Idempotency
) -> ResubmissionsAnswer:
    """Report records in supplemental runs, one for each run they come from, by the version which that run had."""

    async def act() -> dict[str, object]:
        made = await resubmission.resubmit(body.chosen(), body.action)
        return ResubmissionsAnswer(items=[ResubmissionAnswer.of(one) for one in made]).model_dump(mode="json")

    request: dict[str, object] = {"route": "exceptions/resubmit", **body.model_dump(mode="json")}
    return ResubmissionsAnswer.model_validate(await idempotency.once(resubmission.scope, request, act))


@router.post("/{exception_id}/amendments", responses=problems(*_JUDGED, AmendmentChangesNothing))
async def amend_exception(
    exception_id: UUID, body: ExceptionAmend, amendments: ExceptionAmendments, seen: IfMatch, response: Response
) -> ExceptionDetailAnswer:
    """Change values of a record; it is judged at once, and the answer has what is found about it now."""
    view = await amendments.amend_one(exception_id, [one.change() for one in body.changes], body.reason, seen)
    tag(response, exception_etag(view.exception))
    response.headers["Cache-Control"] = "private, no-store"
    return ExceptionDetailAnswer.of(view)


@router.post("/{exception_id}/comments", responses=problems(ExceptionNotFound))
async def comment_exception(
    exception_id: UUID, body: ExceptionComment, exceptions: ExceptionsWork
) -> ExceptionHistoryAnswer:
    """Say something about an exception."""
    return ExceptionHistoryAnswer.of(await exceptions.comment(exception_id, body.text))
