"""Lists of runs: filtered, sorted, counted, and as a file for a spreadsheet."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from collections.abc import AsyncIterator
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from backend.api.report_services import Limit, RunListsRead, SortedCursor
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.runs import ListedRunAnswer, RunCountsAnswer, StateCountAnswer
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.pagination import DEFAULT_LIMIT, SortedPageRequest
from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.repositories.run_lists import MAX_COUNT, ListedRun, RunFilter, RunSort

router = ResourceRouter(prefix="/runs", tags=["runs"])
_COLUMNS: Final = (
    "id",
    "report_name",
    "version",
    "reporting_date",
    "sequence",
    "state",
    "is_held",
    "rows_in",
    "rows_out",
    "set_aside",
    "excluded",
    "held",
    "created_at",
    "started_at",
    "finished_at",
    "seconds",
)


class RunOrder(StrEnum):
    """Orders of the list of runs; a minus means the largest first."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    EARLIEST_REPORTING_DATE = "reporting_date"
    LATEST_REPORTING_DATE = "-reporting_date"

    @property
    def key(self) -> RunSort:
        """What is sorted by."""
        return RunSort(self.value.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        """Whether the largest comes first."""
        return self.value.startswith("-")


async def run_filter(  # noqa: PLR0913 - one parameter per filter
    *,
    q: Annotated[
        str | None, Query(max_length=200, description="The beginning of a run's id, or a part of its report's name.")
    ] = None,
    state: Annotated[tuple[RunState, ...], Query(description="One or several.")] = (),
    report_id: UUID | None = None,
    reporting_from: Annotated[date | None, Query(description="The first reporting date.")] = None,
    reporting_to: Annotated[date | None, Query(description="The last reporting date.")] = None,
    since: Annotated[datetime | None, Query(description="Started at or after.")] = None,
    until: Annotated[datetime | None, Query(description="Started at or before.")] = None,
    is_held: bool | None = None,
    delivery_state: Annotated[
        DeliveryState | None, Query(description="With at least one delivery in this state.")
    ] = None,
) -> RunFilter:
    """Which runs are wanted."""
    return RunFilter(q, state, report_id, reporting_from, reporting_to, since, until, is_held, delivery_state)


Wanted = Annotated[RunFilter, Depends(run_filter)]


@router.get("")
async def list_runs(
    runs: RunListsRead,
    wanted: Wanted,
    sort: RunOrder = RunOrder.NEWEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: SortedCursor = None,
) -> ListAnswer[ListedRunAnswer]:
    """Runs, newest first unless another order is asked for."""
    request = SortedPageRequest(sort.key, sort.is_descending, limit, cursor)
    return ListAnswer[ListedRunAnswer].of_attributes(await runs.page(request, wanted))


@router.get("/counts")
async def count_runs(runs: RunListsRead, wanted: Wanted) -> RunCountsAnswer:
    """Runs by state among those the other filters leave; each is counted up to 1000."""
    counts = await runs.counts(wanted)
    return RunCountsAnswer(
        items=[
            StateCountAnswer(state=state, count=min(counts.get(state, 0), MAX_COUNT), is_more=counts[state] > MAX_COUNT)
            for state in RunState
        ]
    )


@router.get("/export", response_class=StreamingResponse)
async def export_runs(runs: RunListsRead, wanted: Wanted) -> StreamingResponse:
    """The runs the filters leave as a CSV file, newest first; at most 100,000."""
    headers = {"Content-Disposition": 'attachment; filename="runs.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(_lines(runs.every(wanted)), media_type=MEDIA_TYPE, headers=headers)


async def _lines(runs: AsyncIterator[ListedRun]) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for one in runs:
        answer = ListedRunAnswer.model_validate(one).model_dump(mode="json")
        yield csv_line(answer[name] for name in _COLUMNS)
