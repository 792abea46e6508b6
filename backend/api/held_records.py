"""Held records: records that wait for data, until they are released or excluded."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, status
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Idempotency, Paging, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.held_records import (
    HeldRecordAnswer,
    HeldRecordCount,
    HeldRecordCounts,
    HeldRecordDecide,
    HeldRecordReport,
    HeldRecordReview,
    HeldRecordReviewAsked,
    HeldRecordsDecided,
    HeldRecordsReported,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.ids import RunId
from backend.core.problems import problems
from backend.domain.eligibility import HeldRecordState, HeldRecordTransitionRefused
from backend.domain.permissions import Permission
from backend.persistence.repositories.held_records import MAX_COUNT, HeldRecordFilter, ListedHeldRecord
from backend.services.held_records import HeldRecordNotFound, HeldRecordService
from backend.services.held_reporting import HeldReporting, NothingReleased
from backend.services.reports import ReportNotFound
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.supplemental_runs import RunNotSupplementable

router = ResourceRouter(prefix="/held-records", tags=["held records"])
_COLUMNS: Final = tuple(name for name in HeldRecordAnswer.model_fields if name != "report_id")


def _service(permission: Permission) -> Callable[..., Awaitable[HeldRecordService]]:
    async def provide(scope: Annotated[TenantScope, Depends(Requires(permission))]) -> HeldRecordService:
        return HeldRecordService(scope)

    return provide


async def held_record_filter(
    *,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the record's key.")] = None,
    state: Annotated[tuple[HeldRecordState, ...], Query(description="One or several.")] = (),
    report_id: UUID | None = None,
    run_id: UUID | None = None,
    code: Annotated[str | None, Query(max_length=40)] = None,
    held_before: Annotated[datetime | None, Query(description="Waiting since before.")] = None,
) -> HeldRecordFilter:
    """Which held records are wanted."""
    return HeldRecordFilter(state, report_id, run_id, code, q, held_before)


async def _reporting(
    scope: Annotated[TenantScope, Depends(Requires(Permission.EXCEPTIONS_WORK))], runtime: Runtime
) -> HeldReporting:
    return HeldReporting(scope, runtime.wakeups)


HeldReports = Annotated[HeldReporting, Depends(_reporting)]
HeldRecordsRead = Annotated[HeldRecordService, Depends(_service(Permission.EXCEPTIONS_READ))]
HeldRecordsWork = Annotated[HeldRecordService, Depends(_service(Permission.EXCEPTIONS_WORK))]
Wanted = Annotated[HeldRecordFilter, Depends(held_record_filter)]


@router.get("")
async def list_held_records(records: HeldRecordsRead, wanted: Wanted, page: Paging) -> ListAnswer[HeldRecordAnswer]:
    """Records that runs held, newest first."""
    return ListAnswer[HeldRecordAnswer].of_attributes(await records.page(wanted, page))


@router.get("/counts")
async def count_held_records(records: HeldRecordsRead, wanted: Wanted) -> HeldRecordCounts:
    """Held records by state among those the other filters leave; each is counted up to 10,000."""
    counts = await records.counts(wanted)
    return HeldRecordCounts(
        items=[
            HeldRecordCount(state=state, count=min(counts[state], MAX_COUNT), is_more=counts[state] > MAX_COUNT)
            for state in HeldRecordState
        ]
    )


@router.get("/export", response_class=StreamingResponse)
async def export_held_records(records: HeldRecordsRead, wanted: Wanted) -> StreamingResponse:
    """The records the filters leave as a CSV file, newest first; at most 100,000."""
    headers = {"Content-Disposition": 'attachment; filename="held-records.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(records.every(wanted)), media_type=MEDIA_TYPE, headers=headers)


@router.post("/decide", responses=problems(HeldRecordNotFound, HeldRecordTransitionRefused))
async def decide_held_records(body: HeldRecordDecide, records: HeldRecordsWork) -> HeldRecordsDecided:
    """Release or exclude records by hand, all of them or none."""
    return HeldRecordsDecided(count=await records.decide(body.ids, body.decision, body.reason))


@router.post("/review", status_code=status.HTTP_202_ACCEPTED, responses=problems(ReportNotFound))
async def review_held_records(body: HeldRecordReview, records: HeldRecordsWork) -> HeldRecordReviewAsked:
    """Have what waits looked at again with today's reference data, within a minute."""
    return HeldRecordReviewAsked(runs=await records.ask_for_review(body.report_id))


@router.post(
    "/report",
    status_code=status.HTTP_202_ACCEPTED,
    responses=problems(RunNotFound, NothingReleased, RunNotSupplementable),
)
async def report_held_records(
    body: HeldRecordReport, reporting: HeldReports, idempotency: Idempotency
) -> HeldRecordsReported:
    """Report what is released of a run, by a supplemental run."""

    async def act() -> dict[str, object]:
        run, records = await reporting.report(RunId(body.run_id))
        return HeldRecordsReported(run_id=run.id, records=records).model_dump(mode="json")

    request: dict[str, object] = {"route": "held-records/report", "run_id": str(body.run_id)}
    return HeldRecordsReported.model_validate(await idempotency.once(reporting.scope, request, act))


async def _lines(records: AsyncIterator[ListedHeldRecord]) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for one in records:
        answer = HeldRecordAnswer.model_validate(one).model_dump(mode="json")
        yield csv_line(answer[name] for name in _COLUMNS)
