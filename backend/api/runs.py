"""Runs: watch, cancel, retry, release."""

# Annotations are evaluated, not kept as text: FastAPI could not see the permission that a stream asks for again.

from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query
from fastapi.responses import StreamingResponse

from backend.api.dependencies import (
    DestinationsRead,
    Idempotency,
    Paging,
    RunsCancel,
    RunsRead,
    RunsRelease,
    RunsStart,
    still_permitted,
)
from backend.api.event_stream import MEDIA_TYPE, run_event_stream
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.deliveries import DeliveryAnswer, DeliveryList
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.runs import (
    ArtifactAnswer,
    ArtifactList,
    ExceptionAnswer,
    LogAnswer,
    LogEntry,
    RunAnswer,
    RunDetailAnswer,
)
from backend.core.ids import RunId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.services.run_events import RunEventKind
from backend.services.runs import RunAlreadyFinished, RunAlreadyUnderWay, RunNotFound, RunNotHeld, RunNotRetryable

router = ResourceRouter(prefix="/runs", tags=["runs"])
#: Sequence numbers are 64-bit.
MAX_SEQUENCE = 2**63 - 1


@router.get("/{run_id}", responses=problems(RunNotFound))
async def get_run(run_id: UUID, runs: RunsRead) -> RunDetailAnswer:
    """One run with its steps and counts."""
    return RunDetailAnswer.of_view(await runs.view(RunId(run_id)))


@router.get("/{run_id}/events", response_class=StreamingResponse, responses=problems(RunNotFound))
async def stream_events(
    run_id: UUID,
    runs: RunsRead,
    may_go_on: Annotated[Callable[[], Awaitable[bool]], Depends(still_permitted(Permission.RUNS_READ))],
    last_event_id: Annotated[int, Header(ge=0, le=MAX_SEQUENCE)] = 0,
) -> StreamingResponse:
    """What happens in a run, as server-sent events; ``Last-Event-ID`` resumes.

    Ends after the last state, and when the reader's session has ended or the permission is gone.
    """
    await runs.get(RunId(run_id))
    stream = run_event_stream(runs, RunId(run_id), last_event_id, may_go_on)
    return StreamingResponse(
        stream, media_type=MEDIA_TYPE, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


@router.get("/{run_id}/log", responses=problems(RunNotFound))
async def get_log(run_id: UUID, runs: RunsRead, after: Annotated[int, Query(ge=0, le=MAX_SEQUENCE)] = 0) -> LogAnswer:
    """Log lines and state changes, at most 500 at a time."""
    events = await runs.events_after(RunId(run_id), after, (RunEventKind.LOG, RunEventKind.STATE))
    items = [LogEntry.of(event) for event in events]
    return LogAnswer(items=items, last_sequence=items[-1].sequence if items else after)


@router.get("/{run_id}/exceptions", responses=problems(RunNotFound))
async def list_exceptions(run_id: UUID, runs: RunsRead, page: Paging) -> ListAnswer[ExceptionAnswer]:
    """Records that were set aside."""
    return ListAnswer[ExceptionAnswer].of_attributes(await runs.exceptions(RunId(run_id), page))


@router.get("/{run_id}/artifacts", responses=problems(RunNotFound))
async def list_artifacts(run_id: UUID, runs: RunsRead) -> ArtifactList:
    """Files the run produced."""
    return ArtifactList(items=[ArtifactAnswer.of(one) for one in await runs.artifacts(RunId(run_id))])


@router.get("/{run_id}/deliveries", responses=problems(RunNotFound))
async def list_deliveries(run_id: UUID, runs: RunsRead, destinations: DestinationsRead) -> DeliveryList:
    """Transfers of the run's files."""
    await runs.get(RunId(run_id))
    deliveries = await destinations.deliveries_of_run(RunId(run_id))
    return DeliveryList(items=[DeliveryAnswer.of(one) for one in deliveries])


@router.post("/{run_id}/cancel", responses=problems(RunNotFound, RunAlreadyFinished))
async def cancel_run(run_id: UUID, runs: RunsCancel) -> RunAnswer:
    """Stop a run; a running one stops within two seconds."""
    return RunAnswer.of(await runs.cancel(RunId(run_id)))


@router.post("/{run_id}/retry", responses=problems(RunNotFound, RunNotRetryable, RunAlreadyUnderWay))
async def retry_run(run_id: UUID, runs: RunsStart, idempotency: Idempotency) -> RunAnswer:
    """Run a failed run again, from the source."""

    async def act() -> dict[str, object]:
        return RunAnswer.of(await runs.retry(RunId(run_id))).model_dump(mode="json")

    request: dict[str, object] = {"route": f"runs/{run_id}/retry"}
    return RunAnswer.model_validate(await idempotency.once(runs.scope, request, act))


@router.post("/{run_id}/release", responses=problems(RunNotFound, RunNotHeld))
async def release_run(run_id: UUID, runs: RunsRelease, idempotency: Idempotency) -> RunAnswer:
    """Deliver the valid part of a run that is held."""

    async def act() -> dict[str, object]:
        return RunAnswer.of(await runs.release(RunId(run_id))).model_dump(mode="json")

    request: dict[str, object] = {"route": f"runs/{run_id}/release"}
    return RunAnswer.model_validate(await idempotency.once(runs.scope, request, act))
