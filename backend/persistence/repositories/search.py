"""Search over everything a tenant has: by the beginning of an id, and by name where a thing has one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, or_, select, union_all

from backend.persistence.models.artifact import Artifact
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.exception import RunException
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import WebhookEndpoint
from backend.persistence.repositories.run_lists import id_bounds
from backend.persistence.repositories.tenant_scope import TenantRepository, as_part, contains

PER_KIND: Final = 5


class FoundKind(StrEnum):
    """What a search can find."""

    REPORT = "report"
    REPORT_VERSION = "report_version"
    RUN = "run"
    EXCEPTION = "exception"
    ARTIFACT = "artifact"
    CONNECTOR = "connector"
    DESTINATION = "destination"
    DELIVERY = "delivery"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing: ``parent_id`` is the report of a version, the run of an exception, an artifact or a delivery."""

    kind: FoundKind
    id: UUID
    label: str
    parent_id: UUID | None


class SearchRepository(TenantRepository):
    """One statement over all kinds that the caller may see."""

    async def search(self, text: str, kinds: Collection[FoundKind]) -> Sequence[Found]:
        """At most ``PER_KIND`` things of each kind, newest first."""
        parts = [part for kind in FoundKind if kind in kinds and (part := self._part(kind, text)) is not None]
        if not parts:
            return []
        rows = (await self._session.execute(union_all(*parts))).all()
        return [Found(FoundKind(row[0]), row[1], row[2], row[3]) for row in rows]

    def _part(self, kind: FoundKind, text: str) -> Select[Any] | None:
        model, label, parent, names = _SOURCES[kind]
        conditions: list[ColumnElement[bool]] = [contains(name, literal(as_part(text))) for name in names]
        bounds = id_bounds(text)
        if bounds is not None:
            conditions.append(model.id.between(*bounds))
        if not conditions:
            return None
        found = (
            select(
                literal(kind.value).label("kind"),
                model.id.label("id"),
                cast(label, String).label("label"),
                (parent if parent is not None else literal(None, model.id.type)).label("parent_id"),
            )
            .where(model.tenant_id == self.tenant, or_(*conditions))
            .order_by(model.id.desc())
            .limit(PER_KIND)
            .subquery()
        )
        return select(found.c.kind, found.c.id, found.c.label, found.c.parent_id)


_Source = tuple[Any, Any, Any, Sequence[Any]]
_SOURCES: Final[Mapping[FoundKind, _Source]] = {
    FoundKind.REPORT: (Report, Report.name, None, (Report.name, Report.slug)),
    FoundKind.REPORT_VERSION: (
        ReportVersion,
        func.concat(ReportVersion.major, ".", ReportVersion.minor),
        ReportVersion.report_id,
        (),
    ),
    FoundKind.RUN: (Run, func.concat(Run.reporting_date, " no. ", Run.sequence), None, ()),
    FoundKind.EXCEPTION: (RunException, func.concat("row ", RunException.row_number), RunException.run_id, ()),
    FoundKind.ARTIFACT: (Artifact, Artifact.name, Artifact.run_id, (Artifact.name,)),
    FoundKind.CONNECTOR: (Connector, Connector.name, None, (Connector.name,)),
    FoundKind.DESTINATION: (Destination, Destination.name, None, (Destination.name,)),
    FoundKind.DELIVERY: (Delivery, Delivery.state, Delivery.run_id, ()),
    FoundKind.WEBHOOK: (WebhookEndpoint, WebhookEndpoint.url, None, ()),
}
