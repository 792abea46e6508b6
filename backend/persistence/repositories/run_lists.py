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
from backend.domain.runs import RunState
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


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run with the name of its report and the number of its version."""

    run: Run
    report_name: str
    version: str


class RunListRepository(TenantRepository):
    """Runs of one tenant: one statement for a page of any size."""

    async def page(self, request: SortedPageRequest, wanted: RunFilter) -> Page[ListedRun]:
        """One page in the order asked for."""
        order = ORDERS[RunSort(request.key)]
        rows = (await self._session.execute(seek(self._listed(wanted), request, order, Run.id))).all()
        listed = [ListedRun(*row) for row in rows]
        by_date = request.key == RunSort.REPORTING_DATE
        return request.page_of(
            listed,
            lambda one: order.show(one.run.reporting_date if by_date else one.run.id),
            lambda one: one.run.id,
        )

    async def find(self, run_id: UUID) -> ListedRun | None:
        """One run, or None."""
        row = (await self._session.execute(self._listed(RunFilter()).where(Run.id == run_id))).one_or_none()
        return None if row is None else ListedRun(*row)

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
        query: Select[Any] = select(Run)
        number = func.concat(ReportVersion.major, ".", ReportVersion.minor, type_=String)
        query = query.add_columns(Report.name, number).join(Report, Report.id == Run.report_id)
        query = query.join(ReportVersion, ReportVersion.id == Run.report_version_id)
        return query.where(*self._conditions(wanted))

    def _conditions(self, wanted: RunFilter) -> Sequence[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [Run.tenant_id == self.tenant]
        if wanted.text:
            found.append(self._matches(wanted.text))
        if wanted.states:
            found.append(Run.state.in_(wanted.states))
        if wanted.is_held is not None:
            found.append(Run.is_held.is_(wanted.is_held))
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
