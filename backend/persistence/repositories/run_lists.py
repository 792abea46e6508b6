"""Lists of runs as people read them: filtered, sorted, counted by state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, func, literal, or_, select, union_all

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import SortOrder, TenantRepository, contains, seek

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


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run as it stands in a list; parameters, reasons and leases are read with the run itself."""

    id: UUID
    report_id: UUID
    report_version_id: UUID
    reporting_date: date
    sequence: int
    state: str
    is_held: bool
    attempt: int
    rows_in: int
    rows_out: int
    set_aside: int
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
    Run.state,
    Run.is_held,
    Run.attempt,
    Run.rows_in,
    Run.rows_out,
    Run.set_aside,
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


_LISTED: Final = _joined(_SHOWN)


class RunListRepository(TenantRepository):
    """Runs of one tenant: one statement for a page of any size."""

    async def page(self, request: SortedPageRequest, wanted: RunFilter) -> Page[ListedRun]:
        """One page in the order asked for."""
        order = ORDERS[RunSort(request.key)]
        rows = await self._columns(seek(self._listed(wanted), request, order, Run.id))
        listed = [ListedRun(*row) for row in rows]
        by_date = request.key == RunSort.REPORTING_DATE
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

    async def counts(self, wanted: RunFilter) -> Mapping[RunState, int]:
        """Runs per state among those wanted, whatever states the filter names; at most ``MAX_COUNT + 1`` each."""
        filtered = replace(wanted, states=())
        parts = []
        for state in RunState:
            some = select(literal(1)).where(*self._conditions(filtered), Run.state == state).limit(MAX_COUNT + 1)
            parts.append(select(literal(state.value), func.count()).select_from(some.subquery()))
        rows = (await self._session.execute(union_all(*parts))).all()
        return {RunState(row[0]): int(row[1]) for row in rows}

    def _listed(self, wanted: RunFilter) -> Select[Any]:
        return _LISTED.where(*self._conditions(wanted))

    def _conditions(self, wanted: RunFilter) -> Sequence[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Run.tenant_id == self.tenant]
        if wanted.text:
            found.append(self._matches(wanted.text))
        if wanted.states:
            found.append(Run.state.in_(wanted.states))
        if wanted.is_held is not None:
            found.append(Run.is_held.is_(wanted.is_held))
        if wanted.delivery_state is not None:
            delivered = select(Delivery.run_id).where(
                Delivery.tenant_id == self.tenant, Delivery.state == wanted.delivery_state
            )
            found.append(Run.id.in_(delivered))
        if wanted.report_id is not None:
            found.append(Run.report_id == wanted.report_id)
        if wanted.reporting_from is not None:
            found.append(Run.reporting_date >= wanted.reporting_from)
        if wanted.reporting_to is not None:
            found.append(Run.reporting_date <= wanted.reporting_to)
        if wanted.since is not None:
            found.append(Run.created_at >= wanted.since)
        if wanted.until is not None:
            found.append(Run.created_at <= wanted.until)
        return found

    def _matches(self, text: str) -> ColumnElement[bool]:
        names = select(Report.id).where(
            Report.tenant_id == self.tenant, or_(contains(Report.name, text), contains(Report.slug, text))
        )
        of_report = Run.report_id.in_(names)
        bounds = id_bounds(text)
        return of_report if bounds is None else or_(Run.id.between(*bounds), of_report)


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
