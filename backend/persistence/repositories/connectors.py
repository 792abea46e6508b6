"""Connectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, cast, func, or_, select, union

from backend.core.ids import ConnectorId
from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.connector import Connector
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import (
    TENANT,
    TenantRepository,
    as_part,
    contains,
    place_after,
    seek_newest,
)


@dataclass(frozen=True, slots=True)
class ConnectorUse:
    """A report that reads through a connector."""

    report_id: UUID
    name: str


class ListedConnector(NamedTuple):
    """A connector as it stands in a list; its credentials are not even read."""

    id: UUID
    name: str
    kind: str
    settings: dict[str, object]
    created_at: datetime
    updated_at: datetime
    revision: int
    tested_at: datetime | None
    failed_step: str | None
    holds_demo_data: bool


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run through a connector."""

    run_id: UUID
    report_name: str
    state: str
    rows_in: int
    started_at: datetime | None
    finished_at: datetime | None


@lru_cache(SHAPES_HELD)
def _page(asked: frozenset[str]) -> FixedQuery:
    query = select(*(getattr(Connector, one) for one in ListedConnector._fields))
    query = query.where(Connector.tenant_id == TENANT)
    if "text" in asked:
        query = query.where(contains(Connector.name, bindparam("text")))
    return FixedQuery(seek_newest(query, Connector.id, asked))


_LAST_RUN: Final = FixedQuery(
    select(Run.id, Report.name, Run.state, Run.rows_in, Run.started_at, Run.finished_at)
    .join(ReportVersion, ReportVersion.id == Run.report_version_id)
    .join(Report, Report.id == Run.report_id)
    .where(
        Run.tenant_id == TENANT,
        or_(
            ReportVersion.connector_id == bindparam("connector", type_=Uuid),
            ReportVersion.input_connector_ids.any_() == bindparam("connector", type_=Uuid),
        ),
    )
    .order_by(Run.id.desc())
    .limit(1)
)
_CONNECTORS: Final = bindparam("connectors", type_=ARRAY(Uuid))
_IN_USE: Final = (
    ReportVersion.tenant_id == TENANT,
    ReportVersion.state != ReportVersionState.ARCHIVED,
    Report.archived_at.is_(None),
)
_OF_SOURCES: Final = (
    select(ReportVersion.connector_id.label("connector_id"), Report.id.label("report_id"), Report.name.label("name"))
    .join(Report, Report.id == ReportVersion.report_id)
    .where(*_IN_USE, ReportVersion.connector_id == any_(_CONNECTORS))
)
_OF_INPUTS: Final = (
    select(Connector.id, Report.id, Report.name)
    .join(ReportVersion, Connector.id == any_(ReportVersion.input_connector_ids))
    .join(Report, Report.id == ReportVersion.report_id)
    .where(*_IN_USE, ReportVersion.input_connector_ids != cast([], ARRAY(Uuid)), Connector.id == any_(_CONNECTORS))
)
_USED: Final = union(_OF_SOURCES, _OF_INPUTS).subquery()
_USES: Final = FixedQuery(select(_USED.c.connector_id, _USED.c.report_id, _USED.c.name).order_by(_USED.c.name))


class ConnectorRepository(TenantRepository):
    """Connectors of one tenant in one transaction."""

    async def find(self, connector_id: ConnectorId, *, for_update: bool = False) -> Connector | None:
        """The connector, or None."""
        return await self._find(Connector, connector_id, for_update=for_update)

    async def find_due_for_test(self, connector_id: ConnectorId) -> Connector | None:
        """The connector under a row lock if its test is due, else None; never waits for another worker."""
        due = Connector.next_test_at <= func.clock_timestamp()
        query = self._select(Connector).where(Connector.id == connector_id, due)
        found: Connector | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def find_last_run(self, connector_id: ConnectorId) -> LastRun | None:
        """The newest run that reads, or read, through the connector."""
        rows = await self._columns(_LAST_RUN, {"connector": connector_id})
        return LastRun(*rows[0]) if rows else None

    async def names(self, identities: Collection[str]) -> dict[str, str]:
        """Names by identifier, both as texts."""
        query = self._select(Connector).where(Connector.id.in_([UUID(str(one)) for one in identities]))
        return {str(one.id): one.name for one in await self._all(query)}

    async def named(self, names: Collection[str]) -> dict[str, UUID]:
        """Identifiers by name."""
        query = self._select(Connector).where(Connector.name.in_(names))
        return {one.name: one.id for one in await self._all(query)}

    async def page(self, request: PageRequest, text: str | None = None) -> Page[ListedConnector]:
        """Connectors whose name holds the text, newest first."""
        values = place_after(request)
        if text:
            values["text"] = as_part(text)
        rows = await self._columns(_page(frozenset(values)), values)
        return page_of([ListedConnector._make(row) for row in rows], request, lambda one: one.id)

    async def uses(self, connectors: Collection[UUID]) -> Mapping[UUID, Sequence[ConnectorUse]]:
        """The reports in use that read through each connector: by a version that is not archived."""
        if not connectors:
            return {}
        found: dict[UUID, list[ConnectorUse]] = {}
        for connector_id, report_id, name in await self._columns(_USES, {_CONNECTORS.key: list(connectors)}):
            found.setdefault(connector_id, []).append(ConnectorUse(report_id, name))
        return found
