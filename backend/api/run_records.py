"""Single records of a run: the way they went, and the correction of one that was reported."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response, status

from backend.api.dependencies import Idempotency
from backend.api.exception_services import ExceptionResubmissions, RecordLineages
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.exception_actions import ExceptionChangedAnswer, ReportedRecordCorrection
from backend.api.schemas.record_lineage import RecordLineageAnswer
from backend.core.problems import problems
from backend.services.exception_records import RecordJudgementTooSlow, RecordsUnavailable
from backend.services.exception_resubmission import RecordInQueue, RecordNotReported
from backend.services.exceptions import ExceptionRunUnfinished
from backend.services.runs import RunNotFound
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/runs/{run_id}/records/{row_number}", tags=["runs"])
RowNumber = Annotated[int, Path(ge=1, le=2**53, description="The position of the row in the run's input, from 1.")]
_READ = (RunNotFound, RecordsUnavailable, RecordJudgementTooSlow, StorageUnavailable)


@router.get("/lineage", responses=problems(*_READ))
async def trace_record(
    run_id: UUID, row_number: RowNumber, lineages: RecordLineages, response: Response
) -> RecordLineageAnswer:
    """One record from its row, through what was found and changed, to every file it stands in."""
    found = await lineages.trace(run_id, row_number)
    response.headers["Cache-Control"] = "private, no-store"
    return RecordLineageAnswer.of(found)


@router.post(
    "/exception",
    status_code=status.HTTP_201_CREATED,
    responses=problems(*_READ, ExceptionRunUnfinished, RecordNotReported, RecordInQueue),
)
async def correct_reported_record(
    run_id: UUID,
    row_number: RowNumber,
    body: ReportedRecordCorrection,
    resubmission: ExceptionResubmissions,
    idempotency: Idempotency,
) -> ExceptionChangedAnswer:
    """Open an exception for a record that went out; resubmitted, it is cancelled and reported anew."""

    async def act() -> dict[str, object]:
        opened = await resubmission.open_reported(run_id, row_number, body.reason)
        return ExceptionChangedAnswer.model_validate(opened).model_dump(mode="json")

    request: dict[str, object] = {"route": f"runs/{run_id}/records/{row_number}/exception", **body.model_dump()}
    return ExceptionChangedAnswer.model_validate(await idempotency.once(resubmission.scope, request, act))
