"""Lists of exceptions as people read them: filtered, sorted, counted, in groups; a million cost what ten thousand do.

A page is read through an index of the states that are wanted, one branch for each of them: the planner would else
choose between sorting all open exceptions and walking past all closed ones. Counts end at a limit, and the groups of a
list are found by jumping from one value of an index to the next.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.exceptions import ExceptionOrigin, ExceptionState
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.models.tenant import User
from backend.persistence.repositories.run_lists import id_bounds
from backend.persistence.repositories.tenant_scope import (
    LIMIT,
    TENANT,
    SortOrder,
    TenantRepository,
    place_of,
    seek,
)

#: Exceptions of one kind are counted up to here: a number that is read as "more than" anyway.
MAX_COUNT: Final = 1000
#: Groups that are shown.
MAX_GROUPS: Final = 100
_LAST_CHARACTER: Final = "\U0010ffff"


class ExceptionSort(StrEnum):
    """What a list of exceptions can be sorted by."""

    CREATED_AT = "created_at"
    DUE_AT = "due_at"


class GroupedBy(StrEnum):
    """What exceptions can be gathered by."""

    RULE = "rule"
    REPORT = "report"
    ENTITY = "entity"


@dataclass(frozen=True, slots=True)
class ExceptionFilter:
    """Which exceptions are wanted. ``text`` is the beginning of an id, of a record's key or of its last part."""

    text: str | None = None
    states: tuple[ExceptionState, ...] = ()
    report_id: UUID | None = None
    run_id: UUID | None = None
    rule_id: str | None = None
    entity: str | None = None
    assignee_id: UUID | None = None
    is_assigned: bool | None = None
    is_proposed: bool | None = None
    is_repeat: bool | None = None
    origin: ExceptionOrigin | None = None
    since: datetime | None = None
    until: datetime | None = None
    due_before: datetime | None = None

    def values(self) -> dict[str, object]:
        """What is asked besides states, by the names of ``_CONDITIONS`` and of their parameters."""
        found: dict[str, object] = {
            "report_id": self.report_id,
            "run_id": self.run_id,
            "rule_id": self.rule_id,
            "entity": self.entity,
            "assignee_id": self.assignee_id,
            "assigned": self.is_assigned or None,
            "unassigned": self.is_assigned is False or None,
            "proposed": self.is_proposed or None,
            "not_proposed": self.is_proposed is False or None,
            "repeated": self.is_repeat or None,
            "not_repeated": self.is_repeat is False or None,
            "origin": self.origin,
            "since": self.since,
            "until": self.until,
            "due_before": self.due_before,
        }
        if self.text:
            bounds = id_bounds(self.text)
            found["text" if bounds is None else "text_or_id"] = self.text
            found["first_id"], found["last_id"] = bounds or (None, None)
        return {name: value for name, value in found.items() if value is not None}


class ListedException(NamedTuple):  # a frozen dataclass takes eight times as long to make
    """An exception as it stands in a list."""

    id: UUID
    run_id: UUID
    report_id: UUID
    row_number: int
    record_key: str | None
    entity: str | None
    rule_id: str | None
    rule_ids: list[str]
    origin: str
    state: str
    is_repeat: bool
    assignee_id: UUID | None
    due_at: datetime
    amendments: int
    proposed_by: UUID | None
    supplemental_run_id: UUID | None
    revision: int
    created_at: datetime
    updated_at: datetime
    report_name: str
    reporting_date: date
    sequence: int
    assignee_name: str | None


class GroupCount(NamedTuple):
    """A group of exceptions: its value, its name where the value is an id, and how many up to ``MAX_COUNT + 1``."""

    value: str
    name: str | None
    total: int


_OWN: Final[Sequence[Any]] = (
    RunException.id,
    RunException.run_id,
    RunException.report_id,
    RunException.row_number,
    RunException.record_key,
    RunException.entity,
    RunException.rule_id,
    RunException.rule_ids,
    RunException.origin,
    RunException.state,
    RunException.is_repeat,
    RunException.assignee_id,
    RunException.due_at,
    RunException.amendments,
    RunException.proposed_by,
    RunException.supplemental_run_id,
    RunException.revision,
    RunException.created_at,
    RunException.updated_at,
)


def _begins(name: str) -> ColumnElement[bool]:
    """Between the beginning and what comes after all its continuations.

    Written out in the order of the indexes: PostgreSQL sees the bounds of a LIKE only in a constant.
    """
    first = bindparam(name, type_=String)
    after = first.op("||")(_LAST_CHARACTER)
    return or_(
        *(
            and_(column.op("~>=~", is_comparison=True)(first), column.op("~<~", is_comparison=True)(after))
            for column in (RunException.record_key, RunException.reference)
        )
    )


_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "text": _begins("text"),
    "text_or_id": or_(RunException.id.between(bindparam("first_id"), bindparam("last_id")), _begins("text_or_id")),
    "report_id": RunException.report_id == bindparam("report_id"),
    "run_id": RunException.run_id == bindparam("run_id"),
    "rule_id": RunException.rule_id == bindparam("rule_id"),
    "entity": RunException.entity == bindparam("entity"),
    "assignee_id": RunException.assignee_id == bindparam("assignee_id"),
    "assigned": RunException.assignee_id.is_not(None),
    "unassigned": RunException.assignee_id.is_(None),
    "proposed": RunException.proposed_by.is_not(None),
    "not_proposed": RunException.proposed_by.is_(None),
    "repeated": RunException.is_repeat.is_(True),
    "not_repeated": RunException.is_repeat.is_(False),
    "origin": RunException.origin == bindparam("origin"),
    "since": RunException.created_at >= bindparam("since"),
    "until": RunException.created_at <= bindparam("until"),
    "due_before": RunException.due_at < bindparam("due_before"),
}
_GROUPED: Final[Mapping[GroupedBy, Any]] = {
    GroupedBy.RULE: RunException.rule_id,
    GroupedBy.ENTITY: RunException.entity,
}


def _conditions(asked: Collection[str]) -> list[ColumnElement[bool]]:
    return [RunException.tenant_id == TENANT, *(one for name, one in _CONDITIONS.items() if name in asked)]


@lru_cache(SHAPES_HELD)
def _page(
    key: ExceptionSort, states: tuple[ExceptionState, ...], asked: frozenset[str], *, is_descending: bool
) -> FixedQuery:
    """The branches are bounded each, then put in order; names come last, for the rows of the page only."""
    order = ORDERS[key]
    branches = [
        seek(
            select(*_OWN).where(*_conditions(asked), RunException.state == literal_column(f"'{state.value}'")),
            order,
            RunException.id,
            asked,
            is_descending=is_descending,
        ).subquery()
        for state in states or tuple(ExceptionState)
    ]
    found = union_all(*(select(branch) for branch in branches)).subquery()
    places = [found.c.id] if key is ExceptionSort.CREATED_AT else [found.c.due_at, found.c.id]
    query = _named(found).order_by(*(place.desc() if is_descending else place for place in places))
    return FixedQuery(query.limit(bindparam(LIMIT, type_=Integer)))


def _named(found: Any) -> Select[Any]:
    query: Select[Any] = select(*found.c, Report.name, Run.reporting_date, Run.sequence, User.full_name)
    return (
        query.join(Run, Run.id == found.c.run_id)
        .join(Report, Report.id == found.c.report_id)
        .outerjoin(User, User.id == found.c.assignee_id)
    )


_ONE: Final = FixedQuery(
    _named(select(*_OWN).where(RunException.tenant_id == TENANT, RunException.id == bindparam("id")).subquery())
)


@lru_cache(SHAPES_HELD)
def _counts(asked: frozenset[str]) -> FixedQuery:
    return FixedQuery(union_all(*(_counted(state, _conditions(asked)) for state in ExceptionState)))


def _counted(state: ExceptionState, conditions: Sequence[ColumnElement[bool]]) -> Select[Any]:
    mine = RunException.state == literal_column(f"'{state.value}'")
    some = select(literal(1)).where(*conditions, mine).limit(MAX_COUNT + 1).subquery()
    columns: Sequence[Any] = (literal(state.value), func.count())
    return select(*columns).select_from(some)


@lru_cache(SHAPES_HELD)
def _groups(by: GroupedBy, state: ExceptionState) -> FixedQuery:
    mine = (RunException.tenant_id == TENANT) & (RunException.state == literal_column(f"'{state.value}'"))
    if by is GroupedBy.REPORT:
        counted = _number(mine & (RunException.report_id == Report.id))
        query = select(func.cast(Report.id, String), Report.name, counted).where(Report.tenant_id == TENANT)
        return FixedQuery(query.order_by(Report.name))
    return FixedQuery(_jumping(by, mine))


def _jumping(by: GroupedBy, mine: ColumnElement[bool]) -> Select[Any] | CompoundSelect[Any]:
    """Each value of a column once, by looking for the first one after the last: an index has them in order."""
    column = _GROUPED[by]
    first = select(func.min(column).label("value")).where(mine).cte("values_found", recursive=True)
    following = select(func.min(column)).where(mine, column > first.c.value).scalar_subquery()
    found = first.union_all(select(following).where(first.c.value.is_not(None)))
    counted = _number(mine & (column == found.c.value))
    named = _said(mine & (column == found.c.value)) if by is GroupedBy.RULE else null().cast(String)
    return select(found.c.value, named, counted).where(found.c.value.is_not(None)).limit(MAX_GROUPS)


def _said(mine: ColumnElement[bool]) -> Any:
    """What a rule said in the run of its newest exception."""
    newest = select(RunException.run_id, RunException.rule_id).where(mine).order_by(RunException.id.desc()).limit(1)
    some = newest.correlate_except(RunException).subquery()
    said = select(func.min(RunFinding.message)).join(some, RunFinding.run_id == some.c.run_id)
    return said.where(RunFinding.rule_id == some.c.rule_id).scalar_subquery()


def _number(condition: ColumnElement[bool]) -> Any:
    some = select(literal(1)).select_from(RunException).where(condition).limit(MAX_COUNT + 1)
    return select(func.count()).select_from(some.correlate_except(RunException).subquery()).scalar_subquery()


class ExceptionListRepository(TenantRepository):
    """Exceptions of one tenant: one statement for a page of any size."""

    async def page(self, request: SortedPageRequest, wanted: ExceptionFilter) -> Page[ListedException]:
        """One page in the order asked for."""
        key = ExceptionSort(request.key)
        order = ORDERS[key]
        values = wanted.values() | place_of(request, order)
        states = tuple(sorted(set(wanted.states)))
        query = _page(key, states, frozenset(values), is_descending=request.is_descending)
        listed = [ListedException(*row) for row in await self._columns(query, values)]
        by_due = key is ExceptionSort.DUE_AT
        return request.page_of(listed, lambda one: order.show(one.due_at if by_due else one.id), lambda one: one.id)

    async def find(self, exception_id: UUID) -> ListedException | None:
        """One exception as lists show it, or None."""
        rows = await self._columns(_ONE, {"id": exception_id})
        return ListedException(*rows[0]) if rows else None

    async def counts(self, wanted: ExceptionFilter) -> Mapping[ExceptionState, int]:
        """Exceptions per state among those wanted, whatever states the filter names; at most ``MAX_COUNT + 1``."""
        values = replace(wanted, states=()).values()
        rows = await self._columns(_counts(frozenset(values)), values)
        return {ExceptionState(row[0]): int(row[1]) for row in rows}

    async def groups(self, by: GroupedBy, states: Sequence[ExceptionState]) -> Sequence[GroupCount]:
        """Exceptions in these states by what they have in common, the most first."""
        found: dict[str, GroupCount] = {}
        for state in states:
            for value, name, counted in await self._columns(_groups(by, state), {}):
                known = found.get(value)
                total = min(int(counted) + (known.total if known else 0), MAX_COUNT + 1)
                if total:
                    found[str(value)] = GroupCount(str(value), name, total)
        return sorted(found.values(), key=lambda one: (-one.total, one.value))[:MAX_GROUPS]


ORDERS: Final[Mapping[ExceptionSort, SortOrder]] = {
    # Identifiers are time-ordered: the order of creation is theirs.
    ExceptionSort.CREATED_AT: SortOrder(RunException.id, UUID),
    ExceptionSort.DUE_AT: SortOrder(RunException.due_at, datetime.fromisoformat),
}
