"""Exceptions: lists, counts, groups, a file for a spreadsheet, and each with its record and its history."""

# Annotations are evaluated, not kept as text: FastAPI reads the types of query parameters from them.

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import StreamingResponse

from backend.api.etags import tag
from backend.api.exception_services import (
    ExceptionFaults,
    ExceptionLists,
    ExceptionRecords,
    ExceptionsRead,
    ExceptionStatisticsRead,
)
from backend.api.report_services import Limit, SortedCursor
from backend.api.resource_router import ResourceRouter
from backend.api.schemas.exception_statistics import ExceptionStatisticsAnswer
from backend.api.schemas.exceptions import (
    AssigneeAnswer,
    AssigneesAnswer,
    ExceptionCountsAnswer,
    ExceptionDetailAnswer,
    ExceptionGroupAnswer,
    ExceptionGroupsAnswer,
    ExceptionHistoryAnswer,
    ExceptionStateCount,
    ListedExceptionAnswer,
    RecordFaultAnswer,
    RecordFaultsAnswer,
)
from backend.api.schemas.pages import ListAnswer
from backend.core.csv_text import MEDIA_TYPE, csv_line
from backend.core.pagination import DEFAULT_LIMIT, SortedPageRequest
from backend.core.problems import problems
from backend.domain.exceptions import WORKABLE, ExceptionOrigin, ExceptionState
from backend.persistence.repositories.exception_lists import (
    MAX_COUNT,
    ExceptionFilter,
    ExceptionSort,
    GroupedBy,
    ListedException,
)
from backend.services.exception_records import RecordJudgementTooSlow, RecordsUnavailable
from backend.services.exceptions import ExceptionNotFound, exception_etag
from backend.services.storage import StorageUnavailable

router = ResourceRouter(prefix="/exceptions", tags=["exceptions"])
MAX_FAULTS = 50
_COLUMNS: Final = (
    "id",
    "report_name",
    "reporting_date",
    "sequence",
    "row_number",
    "record_key",
    "entity",
    "rule_id",
    "rule_ids",
    "official_codes",
    "state",
    "is_repeat",
    "assignee_name",
    "due_at",
    "amendments",
    "created_at",
    "updated_at",
)


class ExceptionOrder(StrEnum):
    """Orders of the list of exceptions; a minus means the latest first."""

    OLDEST = "created_at"
    NEWEST = "-created_at"
    DUE_FIRST = "due_at"
    DUE_LAST = "-due_at"

    @property
    def key(self) -> ExceptionSort:
        """What is sorted by."""
        return ExceptionSort(self.value.removeprefix("-"))

    @property
    def is_descending(self) -> bool:
        """Whether the latest comes first."""
        return self.value.startswith("-")


async def exception_filter(  # noqa: PLR0913 - one parameter per filter
    *,
    q: Annotated[
        str | None,
        Query(max_length=200, description="The beginning of an id, of a record's key, or of the last part of the key."),
    ] = None,
    state: Annotated[tuple[ExceptionState, ...], Query(description="One or several.")] = (),
    report_id: UUID | None = None,
    run_id: UUID | None = None,
    rule_id: Annotated[
        str | None, Query(max_length=60, description="The rule that set the record aside first.")
    ] = None,
    entity: Annotated[str | None, Query(max_length=100)] = None,
    assignee_id: UUID | None = None,
    is_assigned: bool | None = None,
    is_proposed: Annotated[bool | None, Query(description="Whether an acceptance waits for a second person.")] = None,
    is_repeat: bool | None = None,
    origin: ExceptionOrigin | None = None,
    since: Annotated[datetime | None, Query(description="Opened at or after.")] = None,
    until: Annotated[datetime | None, Query(description="Opened at or before.")] = None,
    due_before: datetime | None = None,
) -> ExceptionFilter:
    """Which exceptions are wanted."""
    return ExceptionFilter(
        text=q,
        states=state,
        report_id=report_id,
        run_id=run_id,
        rule_id=rule_id,
        entity=entity,
        assignee_id=assignee_id,
        is_assigned=is_assigned,
        is_proposed=is_proposed,
        is_repeat=is_repeat,
        origin=origin,
        since=since,
        until=until,
        due_before=due_before,
    )


Wanted = Annotated[ExceptionFilter, Depends(exception_filter)]


@router.get("")
async def list_exceptions(
    exceptions: ExceptionLists,
    wanted: Wanted,
    sort: ExceptionOrder = ExceptionOrder.NEWEST,
    limit: Limit = DEFAULT_LIMIT,
    cursor: SortedCursor = None,
) -> ListAnswer[ListedExceptionAnswer]:
    """Records that were set aside, newest first unless another order is asked for."""
    request = SortedPageRequest(sort.key, sort.is_descending, limit, cursor)
    return ListAnswer[ListedExceptionAnswer].of_attributes(await exceptions.page(request, wanted))


@router.get("/counts")
async def count_exceptions(exceptions: ExceptionLists, wanted: Wanted) -> ExceptionCountsAnswer:
    """Exceptions by state among those the other filters leave; each is counted up to 1000."""
    counts = await exceptions.counts(wanted)
    return ExceptionCountsAnswer(
        items=[
            ExceptionStateCount(state=state, count=min(counts[state], MAX_COUNT), is_more=counts[state] > MAX_COUNT)
            for state in ExceptionState
        ]
    )


@router.get("/groups")
async def group_exceptions(
    exceptions: ExceptionLists,
    by: GroupedBy,
    state: Annotated[tuple[ExceptionState, ...], Query(description="Open and amended unless others are named.")] = (),
) -> ExceptionGroupsAnswer:
    """Exceptions by rule, report or executing entity, the largest group first; each is counted up to 1000."""
    found = await exceptions.groups(by, state or WORKABLE)
    return ExceptionGroupsAnswer(
        items=[
            ExceptionGroupAnswer(
                value=one.value, name=one.name, count=min(one.total, MAX_COUNT), is_more=one.total > MAX_COUNT
            )
            for one in found
        ]
    )


@router.get("/assignees")
async def list_assignees(exceptions: ExceptionLists) -> AssigneesAnswer:
    """Whom exceptions can be given to: members who may work on them."""
    return AssigneesAnswer(items=[AssigneeAnswer(id=one, name=name) for one, name in await exceptions.assignees()])


@router.get("/faults", responses=problems(RecordJudgementTooSlow, StorageUnavailable))
async def list_faults(
    faults: ExceptionFaults,
    response: Response,
    ids: Annotated[tuple[UUID, ...], Query(alias="id", max_length=MAX_FAULTS, description="The exceptions of a page.")],
) -> RecordFaultsAnswer:
    """What is wrong with the records of a page, with the values it rests on; personal data for those who may see it."""
    response.headers["Cache-Control"] = "private, no-store"
    return RecordFaultsAnswer(items=[RecordFaultAnswer.of(one) for one in await faults.find(ids)])


@router.get("/statistics")
async def read_exception_statistics(
    statistics: ExceptionStatisticsRead,
    report_id: UUID | None = None,
    since: Annotated[date | None, Query(description="The first reporting date; 30 days before the last.")] = None,
    until: Annotated[date | None, Query(description="The last reporting date; today.")] = None,
) -> ExceptionStatisticsAnswer:
    """Causes, days, ages and records that come back, of one report or of all."""
    return ExceptionStatisticsAnswer.of(await statistics.read(report_id, since, until))


@router.get("/export", response_class=StreamingResponse)
async def export_exceptions(exceptions: ExceptionLists, wanted: Wanted) -> StreamingResponse:
    """The exceptions the filters leave as a CSV file, newest first; at most 100,000."""
    headers = {"Content-Disposition": 'attachment; filename="exceptions.csv"', "Cache-Control": "no-store"}
    lines = _lines(exceptions.every(wanted), await exceptions.official_codes())
    return StreamingResponse(lines, media_type=MEDIA_TYPE, headers=headers)


@router.get(
    "/{exception_id}",
    responses=problems(ExceptionNotFound, RecordsUnavailable, RecordJudgementTooSlow, StorageUnavailable),
)
async def get_exception(exception_id: UUID, records: ExceptionRecords, response: Response) -> ExceptionDetailAnswer:
    """One exception with its record, judged as it is now; personal data only for those who may see it."""
    view = await records.view(exception_id)
    tag(response, exception_etag(view.exception))
    response.headers["Cache-Control"] = "private, no-store"
    return ExceptionDetailAnswer.of(view)


@router.get("/{exception_id}/history", responses=problems(ExceptionNotFound))
async def get_exception_history(exception_id: UUID, exceptions: ExceptionsRead) -> ExceptionHistoryAnswer:
    """What happened to an exception: who, when, what."""
    return ExceptionHistoryAnswer.of(await exceptions.history(exception_id))


async def _lines(
    exceptions: AsyncIterator[ListedException], official: Mapping[tuple[UUID, str], Sequence[str]]
) -> AsyncIterator[str]:
    yield csv_line(_COLUMNS)
    async for one in exceptions:
        answer = ListedExceptionAnswer.model_validate(one).model_dump(mode="json")
        codes = [code for rule_id in one.rule_ids for code in official.get((one.report_id, rule_id), ())]
        texts = {"rule_ids": " ".join(answer["rule_ids"]), "official_codes": " ".join(codes)}
        yield csv_line({**answer, **texts}[name] for name in _COLUMNS)
