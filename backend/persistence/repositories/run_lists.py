"""Lists of runs as people read them: filtered, sorted, counted by state."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, String, any_, bindparam, func, literal, or_, select, union_all

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.schedule import Schedule
from backend.persistence.models.trigger import Trigger
from backend.persistence.repositories.tenant_scope import (
    TENANT,
    SortOrder,
    TenantRepository,
    as_part,
    contains,
    place_of,
    seek,
)

#: Runs of one state are counted up to here: a number that is read as "more than" anyway.
MAX_COUNT: Final = 1000
_ID_DIGITS: Final = 32
_MIN_PREFIX: Final = 4


class RunSort(StrEnum):
    """What a list of runs can be sorted by."""

    CREATED_AT = "created_at"
    REPORTING_DATE = "reporting_date"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted. ``text`` is the beginning of an id or a part of a report's name; ends are included."""

    text: str | None = None
    states: tuple[RunState, ...] = ()
    report_id: UUID | None = None
    reporting_from: date | None = None
    reporting_to: date | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_held: bool | None = None
    delivery_state: DeliveryState | None = None

    def values(self) -> dict[str, object]:
        """What is asked, by the names of ``_CONDITIONS`` and of their parameters."""
        found: dict[str, object] = {
            "states": list(self.states) or None,
            "report_id": self.report_id,
            "reporting_from": self.reporting_from,
            "reporting_to": self.reporting_to,
            "since": self.since,
            "until": self.until,
            "held": self.is_held or None,
            "not_held": self.is_held is False or None,
            "delivery_state": self.delivery_state,
        }
        if self.text:
            bounds = id_bounds(self.text)
            found["text" if bounds is None else "text_or_id"] = as_part(self.text)
            found["first_id"], found["last_id"] = bounds or (None, None)
        return {name: value for name, value in found.items() if value is not None}


class ListedRun(NamedTuple):  # a frozen dataclass takes eight times as long to make
    """A run as it stands in a list; parameters, reasons and leases are read with the run itself."""

    id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    sequence: int
    kind: str
    parent_run_id: UUID | None
    state: str
    is_held: bool
    attempt: int
    rows_in: int
    rows_out: int
    set_aside: int
    excluded: int
    held: int
    trigger: str
    schedule_id: UUID | None
    fire_at: datetime | None
    trigger_id: UUID | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    report_name: str
    version: str

    @property
    def seconds(self) -> float | None:
        """From its start to its end, or None while it runs."""
        if self.started_at is None or self.finished_at is None:
            return None
        return round((self.finished_at - self.started_at).total_seconds(), 3)


_VERSION: Final = func.concat(ReportVersion.major, ".", ReportVersion.minor, type_=String)
_NAMED: Final[Sequence[Any]] = (Run, Report.name, _VERSION)
#: In the order of ``ListedRun``.
_SHOWN: Final[Sequence[Any]] = (
    Run.id,
    Run.report_id,
    Run.report_version_id,
    Run.reporting_date,
    Run.sequence,
    Run.kind,
    Run.parent_run_id,
    Run.state,
    Run.is_held,
    Run.attempt,
    Run.rows_in,
    Run.rows_out,
    Run.set_aside,
    Run.excluded,
    Run.held,
    Run.trigger,
    Run.schedule_id,
    Run.fire_at,
    Run.trigger_id,
    Run.created_at,
    Run.started_at,
    Run.finished_at,
    Report.name,
    _VERSION,
)


def _joined(columns: Sequence[Any]) -> Select[Any]:
    return (
        select(*columns)
        .join(Report, Report.id == Run.report_id)
        .join(ReportVersion, ReportVersion.id == Run.report_version_id)
    )


def _named(name: str) -> ColumnElement[bool]:
    """Whether the name of a run's report holds a text."""
    holds = or_(contains(Report.name, bindparam(name)), contains(Report.slug, bindparam(name)))
    return Run.report_id.in_(select(Report.id).where(Report.tenant_id == TENANT, holds))


_DELIVERED: Final = select(Delivery.run_id).where(
    Delivery.tenant_id == TENANT, Delivery.state == bindparam("delivery_state")
)
_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "text": _named("text"),
    "text_or_id": or_(Run.id.between(bindparam("first_id"), bindparam("last_id")), _named("text_or_id")),
    "states": Run.state == any_(bindparam("states", type_=ARRAY(String))),
    "held": Run.is_held.is_(True),
    "not_held": Run.is_held.is_(False),
    "delivery_state": Run.id.in_(_DELIVERED),
    "report_id": Run.report_id == bindparam("report_id"),
    "reporting_from": Run.reporting_date >= bindparam("reporting_from"),
    "reporting_to": Run.reporting_date <= bindparam("reporting_to"),
    "since": Run.created_at >= bindparam("since"),
    "until": Run.created_at <= bindparam("until"),
}


def _conditions(asked: Collection[str]) -> list[ColumnElement[bool]]:
    return [Run.tenant_id == TENANT, *(one for name, one in _CONDITIONS.items() if name in asked)]


@lru_cache(SHAPES_HELD)
def _page(key: RunSort, asked: frozenset[str], *, is_descending: bool) -> FixedQuery:
    query = _joined(_SHOWN).where(*_conditions(asked))
    return FixedQuery(seek(query, ORDERS[key], Run.id, asked, is_descending=is_descending))


@lru_cache(SHAPES_HELD)
def _counts(asked: frozenset[str]) -> FixedQuery:
    parts = []
    for state in RunState:
        some = select(literal(1)).where(*_conditions(asked), Run.state == state).limit(MAX_COUNT + 1)
        parts.append(select(literal(state.value), func.count()).select_from(some.subquery()))
    return FixedQuery(union_all(*parts))


class RunListRepository(TenantRepository):
    """Runs of one tenant: one statement for a page of any size."""

    async def page(self, request: SortedPageRequest, wanted: RunFilter) -> Page[ListedRun]:
        """One page in the order asked for."""
        key = RunSort(request.key)
        order = ORDERS[key]
        values = wanted.values() | place_of(request, order)
        rows = await self._columns(_page(key, frozenset(values), is_descending=request.is_descending), values)
        listed = [ListedRun._make(row) for row in rows]
        by_date = key is RunSort.REPORTING_DATE
        return request.page_of(
            listed,
            lambda one: order.show(one.reporting_date if by_date else one.id),
            lambda one: one.id,
        )

    async def find(self, run_id: UUID) -> tuple[Run, str, str] | None:
        """One run as a whole, with the name of its report and the number of its version, or None."""
        query = _joined(_NAMED).where(Run.tenant_id == self.tenant, Run.id == run_id)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row[0], row[1], row[2])

    async def started_by(self, run: Run) -> str | None:
        """The name of the schedule or trigger that started a run, None for one that a person or a program started."""
        query = select(func.coalesce(Schedule.name, Trigger.name)).select_from(Run)
        query = query.outerjoin(Schedule, Schedule.id == Run.schedule_id).outerjoin(
            Trigger, Trigger.id == Run.trigger_id
        )
        found: str | None = await self._session.scalar(query.where(Run.tenant_id == self.tenant, Run.id == run.id))
        return found

    async def counts(self, wanted: RunFilter) -> Mapping[RunState, int]:
        """Runs per state among those wanted, whatever states the filter names; at most ``MAX_COUNT + 1`` each."""
        values = replace(wanted, states=()).values()
        rows = await self._columns(_counts(frozenset(values)), values)
        return {RunState(row[0]): int(row[1]) for row in rows}


def id_bounds(text: str) -> tuple[UUID, UUID] | None:
    """The first and last identifier that begins so; None for what is no beginning of one."""
    digits = text.strip().replace("-", "").lower()
    if not _MIN_PREFIX <= len(digits) <= _ID_DIGITS or set(digits) - set("0123456789abcdef"):
        return None
    return UUID(digits.ljust(_ID_DIGITS, "0")), UUID(digits.ljust(_ID_DIGITS, "f"))


ORDERS: Final[Mapping[RunSort, SortOrder]] = {
    # Identifiers are time-ordered: the order of creation is theirs.
    RunSort.CREATED_AT: SortOrder(Run.id, UUID),
    RunSort.REPORTING_DATE: SortOrder(Run.reporting_date, date.fromisoformat),
}
