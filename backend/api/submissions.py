"""Submissions: what is told to regulators, who lets it out, and what came of it."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from backend.api.dependencies import Idempotency, Paging, Requires, Runtime
from backend.api.etags import IfMatch, tag
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.submissions import (
    CompletenessAnswer,
    RejectionAnswer,
    RejectionsAnswer,
    SubmissionAnswer,
    SubmissionApprove,
    SubmissionDetailAnswer,
    SubmissionOverride,
    SubmissionStateCount,
    SubmissionStateCounts,
    SubmissionWithdraw,
)
from backend.core.clock import utc_now
from backend.core.etags import PreconditionFailed, etag_of
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.submissions import (
    SubmissionEnvironment,
    SubmissionHold,
    SubmissionKind,
    SubmissionState,
    SubmissionTransitionRefused,
)
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.submission_lists import MAX_COUNT, SubmissionFilter
from backend.services.scope import TenantScope
from backend.services.submission_decisions import (
    StarterMayNotApprove,
    SubmissionDecisions,
    SubmissionHandedOver,
    SubmissionNotHeld,
    SubmissionReferenceMismatch,
)
from backend.services.submission_lists import SubmissionListService
from backend.services.submission_rejections import SubmissionRejections
from backend.services.submissions import SubmissionNotFound

router = ResourceRouter(prefix="/submissions", tags=["submissions"])
_HELD = (SubmissionNotFound, PreconditionFailed, SubmissionNotHeld, SubmissionReferenceMismatch)


def _decisions(permission: Permission) -> Callable[..., Awaitable[SubmissionDecisions]]:
    async def provide(
        scope: Annotated[TenantScope, Depends(Requires(permission))], runtime: Runtime
    ) -> SubmissionDecisions:
        return SubmissionDecisions(scope, runtime.wakeups)

    return provide


async def _lists(
    scope: Annotated[TenantScope, Depends(Requires(Permission.SUBMISSIONS_READ))],
) -> SubmissionListService:
    return SubmissionListService(scope)


async def _rejections(
    scope: Annotated[TenantScope, Depends(Requires(Permission.SUBMISSIONS_READ))],
) -> SubmissionRejections:
    return SubmissionRejections(scope)


async def submission_filter(  # noqa: PLR0913 - one parameter per filter
    *,
    q: Annotated[str | None, Query(min_length=1, max_length=120, description="A part of the reference.")] = None,
    state: Annotated[tuple[SubmissionState, ...], Query(description="One or several.")] = (),
    hold: Annotated[tuple[SubmissionHold, ...], Query(description="One or several.")] = (),
    kind: SubmissionKind | None = None,
    report_id: UUID | None = None,
    run_id: UUID | None = None,
    reporting_from: Annotated[date | None, Query(description="The first reporting date.")] = None,
    reporting_to: Annotated[date | None, Query(description="The last reporting date.")] = None,
    is_late: Annotated[bool | None, Query(description="Sent after it was due, or due and not sent.")] = None,
) -> SubmissionFilter:
    """Which submissions are wanted."""
    return SubmissionFilter(utc_now(), q, state, hold, kind, report_id, run_id, reporting_from, reporting_to, is_late)


RejectionsRead = Annotated[SubmissionRejections, Depends(_rejections)]
SubmissionsRead = Annotated[SubmissionListService, Depends(_lists)]
SubmissionsApprove = Annotated[SubmissionDecisions, Depends(_decisions(Permission.SUBMISSIONS_APPROVE))]
SubmissionsOverride = Annotated[SubmissionDecisions, Depends(_decisions(Permission.SUBMISSIONS_OVERRIDE))]
Wanted = Annotated[SubmissionFilter, Depends(submission_filter)]


@router.get("")
async def list_submissions(submissions: SubmissionsRead, wanted: Wanted, page: Paging) -> ListAnswer[SubmissionAnswer]:
    """Submissions, newest first."""
    found = await submissions.page(wanted, page)
    return ListAnswer[SubmissionAnswer].of(found, lambda one: SubmissionAnswer.of(one, wanted.now))


@router.get("/counts")
async def count_submissions(submissions: SubmissionsRead, wanted: Wanted) -> SubmissionStateCounts:
    """Submissions by state among those the other filters leave; each is counted up to 1000."""
    counts = await submissions.counts(wanted)
    return SubmissionStateCounts(
        items=[
            SubmissionStateCount(state=state, count=min(counts[state], MAX_COUNT), is_more=counts[state] > MAX_COUNT)
            for state in SubmissionState
        ]
    )


@router.get("/completeness")
async def get_completeness(
    submissions: SubmissionsRead,
    report_id: UUID,
    reporting_date: date,
    environment: SubmissionEnvironment | None = None,
) -> CompletenessAnswer:
    """What of a report's day had to be told, was told, and is accepted.

    Without an environment, in that of its newest submission.
    """
    found = await submissions.completeness(report_id, reporting_date, environment)
    return CompletenessAnswer.model_validate(found)


@router.get("/{submission_id}", responses=problems(SubmissionNotFound))
async def get_submission(
    submission_id: UUID, submissions: SubmissionsRead, response: Response
) -> SubmissionDetailAnswer:
    """One submission with its files, deliveries, day and history."""
    view = await submissions.view(submission_id)
    answer = SubmissionDetailAnswer.of_view(view, utc_now())
    tag(response, etag_of(answer.id, answer.revision))
    return answer


@router.get("/{submission_id}/rejections", responses=problems(SubmissionNotFound))
async def list_rejections(submission_id: UUID, rejections: RejectionsRead) -> RejectionsAnswer:
    """By which rules the regulator rejects records, by its newest word about each."""
    return RejectionsAnswer(items=[RejectionAnswer.of(one) for one in await rejections.find(submission_id)])


@router.post("/{submission_id}/approve", responses=problems(*_HELD, StarterMayNotApprove))
async def approve_submission(
    submission_id: UUID, body: SubmissionApprove, decisions: SubmissionsApprove, seen: IfMatch, idempotency: Idempotency
) -> SubmissionDetailAnswer:
    """Let a submission out that somebody else has started; its files are delivered and cannot be taken back."""
    return await _once(
        decisions,
        idempotency,
        f"submissions/{submission_id}/approve",
        body.model_dump(mode="json"),
        lambda: decisions.approve(submission_id, body.reference, seen),
    )


@router.post("/{submission_id}/override", responses=problems(*_HELD))
async def override_submission(
    submission_id: UUID,
    body: SubmissionOverride,
    decisions: SubmissionsOverride,
    seen: IfMatch,
    idempotency: Idempotency,
) -> SubmissionDetailAnswer:
    """Let a second original of a day go on, and say why."""
    return await _once(
        decisions,
        idempotency,
        f"submissions/{submission_id}/override",
        body.model_dump(mode="json"),
        lambda: decisions.override(submission_id, body.reference, body.reason, seen),
    )


@router.post(
    "/{submission_id}/withdraw",
    responses=problems(SubmissionNotFound, PreconditionFailed, SubmissionTransitionRefused, SubmissionHandedOver),
)
async def withdraw_submission(
    submission_id: UUID,
    body: SubmissionWithdraw,
    decisions: SubmissionsApprove,
    seen: IfMatch,
    idempotency: Idempotency,
) -> SubmissionDetailAnswer:
    """Say that a submission which has not gone out is never sent, and why."""
    return await _once(
        decisions,
        idempotency,
        f"submissions/{submission_id}/withdraw",
        body.model_dump(mode="json"),
        lambda: decisions.withdraw(submission_id, body.reason, seen),
    )


async def _once(
    decisions: SubmissionDecisions,
    idempotency: Idempotency,
    route: str,
    body: dict[str, object],
    decide: Callable[[], Awaitable[Submission]],
) -> SubmissionDetailAnswer:
    async def act() -> dict[str, object]:
        decided = await decide()
        view = await SubmissionListService(decisions.scope).view(decided.id)
        return SubmissionDetailAnswer.of_view(view, utc_now()).model_dump(mode="json")

    answer = await idempotency.once(decisions.scope, {"route": route, **body}, act)
    return SubmissionDetailAnswer.model_validate(answer)
