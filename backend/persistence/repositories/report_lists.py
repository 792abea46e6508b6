"""Lists of reports as people read them: filtered, sorted, each with its versions in use and its last run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Select,
    String,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.report import Report, ReportDraft, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import (
    TENANT,
    SortOrder,
    TenantRepository,
    as_part,
    contains,
    place_of,
    seek,
)

IN_USE: Final = (ReportVersionState.ACTIVE, ReportVersionState.APPROVED, ReportVersionState.IN_REVIEW)


class ReportSort(StrEnum):
    """What a list of reports can be sorted by."""

    NAME = "name"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports are wanted; ``state`` asks for reports with a version in that state."""

    text: str | None = None
    state: ReportVersionState | None = None
    owner_id: UUID | None = None
    tag: str | None = None
    pack_id: str | None = None
    is_archived: bool | None = False

    def values(self) -> dict[str, object]:
        """What is asked, by the names of ``_CONDITIONS`` and of their parameters."""
        found = {
            "text": as_part(self.text) if self.text else None,
            "state": self.state,
            "owner_id": self.owner_id,
            "tags": None if self.tag is None else [self.tag],
            "pack_id": self.pack_id,
            "archived": self.is_archived or None,
            "not_archived": self.is_archived is False or None,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class VersionMark:
    """A version as a list shows it."""

    id: UUID
    number: str
    state: str
    pack_id: str | None
    effective_from: object


@dataclass(frozen=True, slots=True)
class RunMark:
    """The newest run of a report."""

    id: UUID
    state: str
    reporting_date: object
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a list says of the report itself."""

    id: UUID
    name: str
    slug: str
    description: str
    owner_id: UUID | None
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None
    revision: int


_FACTS: Final = tuple(getattr(Report, one.name) for one in fields(ReportFacts))


@dataclass(frozen=True, slots=True)
class ListedReport:
    """A report with what stands beside it in lists."""

    report: ReportFacts
    owner_name: str | None
    has_draft: bool
    versions: Sequence[VersionMark]
    last_run: RunMark | None
    sort_value: object

    def version_in(self, state: ReportVersionState) -> VersionMark | None:
        """The newest version in a state, or None."""
        return next((one for one in self.versions if one.state == state), None)


_VERSIONS: Final = select(ReportVersion.report_id).where(ReportVersion.tenant_id == TENANT)
_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "text": or_(contains(Report.name, bindparam("text")), contains(Report.slug, bindparam("text"))),
    "owner_id": Report.owner_id == bindparam("owner_id"),
    "tags": Report.tags.contains(bindparam("tags")),
    "archived": Report.archived_at.is_not(None),
    "not_archived": Report.archived_at.is_(None),
    "state": Report.id.in_(_VERSIONS.where(ReportVersion.state == bindparam("state"))),
    "pack_id": Report.id.in_(_VERSIONS.where(ReportVersion.pack_id == bindparam("pack_id"))),
}


def _listed(sort_value: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    has_draft = select(ReportDraft.report_id).where(ReportDraft.report_id == Report.id).exists()
    return (
        select(*_FACTS, User.full_name, has_draft, sort_value)
        .outerjoin(User, User.id == Report.owner_id)
        .where(Report.tenant_id == TENANT)
    )


@lru_cache(SHAPES_HELD)
def _page(key: ReportSort, asked: frozenset[str], *, is_descending: bool) -> FixedQuery:
    order = ORDERS[key]
    query = _listed(order.column).where(*(one for name, one in _CONDITIONS.items() if name in asked))
    return FixedQuery(seek(query, order, Report.id, asked, is_descending=is_descending))


_ONE: Final = FixedQuery(_listed(Report.id).where(Report.id == bindparam("report_id")))
_IDS: Final = bindparam("ids", type_=ARRAY(Uuid))
_VERSION_MARKS: Final = FixedQuery(
    select(
        ReportVersion.report_id,
        ReportVersion.id,
        func.concat(ReportVersion.major, ".", ReportVersion.minor, type_=String),
        ReportVersion.state,
        ReportVersion.pack_id,
        ReportVersion.effective_from,
    )
    .where(
        ReportVersion.tenant_id == TENANT,
        ReportVersion.report_id == any_(_IDS),
        ReportVersion.state == any_(literal([*IN_USE, ReportVersionState.DRAFT], ARRAY(String))),
    )
    .order_by(ReportVersion.major.desc(), ReportVersion.minor.desc())
)
# One look into the index per report: DISTINCT ON would read every run of them. An equation lets the planner
# walk the runs by their ids instead, past those of all other reports; bounds and an order by both do not.
_NEWEST_RUN: Final = (
    select(Run.report_id, Run.id, Run.state, Run.reporting_date, Run.created_at)
    .where(Run.tenant_id == TENANT, Run.report_id >= Report.id, Run.report_id <= Report.id)
    .order_by(Run.report_id.desc(), Run.id.desc())
    .limit(1)
    .lateral()
)
_RUN_MARKS: Final = FixedQuery(
    select(_NEWEST_RUN)
    .select_from(Report)
    .join(_NEWEST_RUN, true())
    .where(Report.tenant_id == TENANT, Report.id == any_(_IDS))
)


class ReportListRepository(TenantRepository):
    """Reports of one tenant, three statements for a page of any size."""

    async def page(self, request: SortedPageRequest, wanted: ReportFilter) -> Page[ListedReport]:
        """One page in the order asked for."""
        key = ReportSort(request.key)
        order = ORDERS[key]
        values = wanted.values() | place_of(request, order)
        rows = await self._rows(_page(key, frozenset(values), is_descending=request.is_descending), values)
        return request.page_of(rows, lambda one: order.show(one.sort_value), lambda one: one.report.id)

    async def find(self, report_id: UUID) -> ListedReport | None:
        """One report as the list shows it, or None."""
        rows = await self._rows(_ONE, {"report_id": report_id})
        return rows[0] if rows else None

    async def _rows(self, query: FixedQuery, values: Mapping[str, object]) -> list[ListedReport]:
        rows = await self._columns(query, values)
        ids = [row[0] for row in rows]
        versions = await self._versions(ids) if ids else {}
        runs = await self._last_runs(ids) if ids else {}
        return [
            ListedReport(
                ReportFacts(*facts), owner_name, bool(has_draft), versions.get(facts[0], ()), runs.get(facts[0]), value
            )
            for *facts, owner_name, has_draft, value in rows
        ]

    async def _versions(self, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[VersionMark]]:
        found: dict[UUID, list[VersionMark]] = {}
        for row in await self._columns(_VERSION_MARKS, {_IDS.key: ids}):
            found.setdefault(row[0], []).append(VersionMark(*row[1:]))
        return found

    async def _last_runs(self, ids: Sequence[UUID]) -> Mapping[UUID, RunMark]:
        return {row[0]: RunMark(*row[1:]) for row in await self._columns(_RUN_MARKS, {_IDS.key: ids})}


ORDERS: Final[Mapping[ReportSort, SortOrder]] = {
    ReportSort.NAME: SortOrder(func.lower(Report.name), str),
    # Identifiers are time-ordered: the order of creation is theirs.
    ReportSort.CREATED_AT: SortOrder(Report.id, UUID),
    ReportSort.UPDATED_AT: SortOrder(Report.updated_at, datetime.fromisoformat),
}
