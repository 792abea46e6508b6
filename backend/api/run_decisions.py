"""Decisions about the eligibility of a run's records: which one did a record get, and why."""

# Annotations are evaluated, not kept as text, as in ``api.dependencies``.

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from backend.api.dependencies import Paging, Requires, Runtime
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.run_decisions import DecisionCountAnswer, DecisionCountList, RecordDecisionAnswer
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.ids import RunId
from backend.core.problems import problems
from backend.domain.permissions import Permission
from backend.domain.reports.document import DecisionKind
from backend.pipeline.decisions import DecisionSearch, RecordDecision
from backend.services.run_decisions import RunDecisionService
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/runs", tags=["runs"])
_COLUMNS: Final = ("row_number", "record_key", "decision", "code")


async def run_decisions(
    scope: Annotated[TenantScope, Depends(Requires(Permission.RUNS_READ))], runtime: Runtime
) -> RunDecisionService:
    """For whoever may see runs."""
    return RunDecisionService(scope, runtime.adapters.storage)


async def decision_search(
    decision: DecisionKind | None = None,
    code: Annotated[str | None, Query(max_length=40)] = None,
    key: Annotated[str | None, Query(min_length=1, max_length=200, description="A part of the record's key.")] = None,
) -> DecisionSearch:
    """Which decisions are wanted."""
    return DecisionSearch(decision, code, key)


Decisions = Annotated[RunDecisionService, Depends(run_decisions)]
Search = Annotated[DecisionSearch, Depends(decision_search)]


@router.get("/{run_id}/decisions", responses=problems(RunNotFound, StorageUnavailable))
async def list_decisions(
    run_id: UUID, decisions: Decisions, search: Search, page: Paging
) -> ListAnswer[RecordDecisionAnswer]:
    """What was decided about each record, in the order of the input.

    The search is bounded: a page with few items or none may still have a cursor, which goes on where it stopped.
    """
    return ListAnswer[RecordDecisionAnswer].of_attributes(await decisions.page(RunId(run_id), search, page))


@router.get("/{run_id}/decisions/counts", responses=problems(RunNotFound))
async def count_decisions(run_id: UUID, decisions: Decisions) -> DecisionCountList:
    """The report's decisions with the number of records for which each holds."""
    found = await decisions.counts(RunId(run_id))
    return DecisionCountList(items=[DecisionCountAnswer.model_validate(one) for one in found])


@router.get(
    "/{run_id}/decisions/export",
    response_class=StreamingResponse,
    responses=problems(RunNotFound, StorageUnavailable),
)
async def export_decisions(run_id: UUID, decisions: Decisions, search: Search) -> StreamingResponse:
    """All decisions that are wanted as a CSV file."""
    headers = {
        "Content-Disposition": f"attachment; filename=decisions-{run_id}.csv",
        "Cache-Control": "private, no-store",
    }
    parts = await decisions.every(RunId(run_id), search)
    return StreamingResponse(_lines(parts), media_type=MEDIA_TYPE, headers=headers)


async def _lines(parts: AsyncIterator[Sequence[RecordDecision]]) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for part in parts:
        yield "".join(csv_line(getattr(one, name) for name in _COLUMNS) for one in part)
