"""Lists of deliveries as people read them, and how destinations have done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    String,
    Uuid,
    any_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.deliveries import UNFINISHED, DeliveryState
from backend.persistence.fixed_query import SHAPES_HELD, FixedQuery
from backend.persistence.models.artifact import Artifact
from backend.persistence.models.delivery import Delivery, Destination
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.repositories.tenant_scope import TENANT, TenantRepository, place_after, seek_newest

#: Deliveries in one state are counted up to here.
MAX_COUNT: Final = 1_000


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries are wanted; ends are included."""

    states: tuple[DeliveryState, ...] = ()
    destination_id: UUID | None = None
    report_id: UUID | None = None
    run_id: UUID | None = None
    reporting_from: date | None = None
    reporting_to: date | None = None
    since: datetime | None = None

    def values(self) -> dict[str, object]:
        """What is asked, by the names of ``_CONDITIONS``."""
        found: dict[str, object] = {
            "states": list(self.states) or None,
            "destination_id": self.destination_id,
            "report_id": self.report_id,
            "run_id": self.run_id,
            "reporting_from": self.reporting_from,
            "reporting_to": self.reporting_to,
            "since": self.since,
        }
        return {name: value for name, value in found.items() if value is not None}


class DeliveryRow(NamedTuple):
    """A delivery as it stands in a list; receipts and attempts are read with the delivery itself."""

    id: UUID
    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    artifact_id: UUID
    artifact_name: str
    size_bytes: int
    destination_id: UUID
    destination_name: str
    environment: str
    state: str
    number: int
    attempts: int
    bytes_sent: int
    next_attempt_at: datetime
    last_error: dict[str, object] | None
    created_at: datetime
    finished_at: datetime | None


class DestinationDeeds(NamedTuple):
    """How a destination has done: the last file that arrived, those of some days that ended well or not, what waits."""

    destination_id: UUID
    last_delivered_at: datetime | None
    delivered: int
    failed: int
    #: On their way, in the line, or set aside; counted up to ``MAX_COUNT + 1``.
    waiting: int


_SHOWN: Final[Sequence[Any]] = (
    Delivery.id,
    Delivery.run_id,
    Run.report_id,
    Report.name,
    Run.reporting_date,
    Delivery.artifact_id,
    Artifact.name,
    Artifact.size_bytes,
    Delivery.destination_id,
    Destination.name,
    Destination.environment,
    Delivery.state,
    Delivery.number,
    Delivery.attempts,
    Delivery.bytes_sent,
    Delivery.next_attempt_at,
    Delivery.last_error,
    Delivery.created_at,
    Delivery.finished_at,
)
_CONDITIONS: Final[Mapping[str, ColumnElement[bool]]] = {
    "states": Delivery.state == any_(bindparam("states", type_=ARRAY(String))),
    "destination_id": Delivery.destination_id == bindparam("destination_id"),
    "report_id": Run.report_id == bindparam("report_id"),
    "run_id": Delivery.run_id == bindparam("run_id"),
    "reporting_from": Run.reporting_date >= bindparam("reporting_from"),
    "reporting_to": Run.reporting_date <= bindparam("reporting_to"),
    "since": Delivery.created_at >= bindparam("since"),
}
_OF_RUNS: Final = frozenset({"report_id", "reporting_from", "reporting_to"})


def _conditions(asked: Collection[str]) -> list[ColumnElement[bool]]:
    return [Delivery.tenant_id == TENANT, *(one for name, one in _CONDITIONS.items() if name in asked)]


@lru_cache(SHAPES_HELD)
def _page(asked: frozenset[str]) -> FixedQuery:
    # The page is found before names are joined to it: a planner without statistics of small tables joins first, and
    # reads every delivery.
    found = select(Delivery.id)
    if asked & _OF_RUNS:
        found = found.join(Run, Run.id == Delivery.run_id)
    page = seek_newest(found.where(*_conditions(asked)), Delivery.id, asked).subquery()
    query = (
        select(*_SHOWN)
        .join(page, page.c.id == Delivery.id)
        .join(Run, Run.id == Delivery.run_id)
        .join(Report, Report.id == Run.report_id)
        .join(Artifact, Artifact.id == Delivery.artifact_id)
        .join(Destination, Destination.id == Delivery.destination_id)
        .order_by(Delivery.id.desc())
    )
    return FixedQuery(query)


@lru_cache(SHAPES_HELD)
def _counts(asked: frozenset[str]) -> FixedQuery:
    parts = []
    for state in DeliveryState:
        some = select(literal(1)).select_from(Delivery)
        if asked & _OF_RUNS:
            some = some.join(Run, Run.id == Delivery.run_id)
        some = some.where(*_conditions(asked), Delivery.state == state).limit(MAX_COUNT + 1)
        parts.append(select(literal(state.value), func.count()).select_from(some.subquery()))
    return FixedQuery(union_all(*parts))


_IDS: Final = bindparam("destinations", type_=ARRAY(Uuid))
_SINCE: Final = bindparam("since", type_=DateTime(timezone=True))
_LAST: Final = (
    select(func.max(Delivery.finished_at))
    .where(Delivery.destination_id == Destination.id, Delivery.state == DeliveryState.DELIVERED.value)
    .correlate(Destination)
    .scalar_subquery()
)


def _ended(state: DeliveryState) -> Any:
    return (
        select(func.count(type_=Integer))
        .where(Delivery.destination_id == Destination.id, Delivery.state == state.value, Delivery.finished_at >= _SINCE)
        .correlate(Destination)
        .scalar_subquery()
    )


_UNFINISHED: Final = (
    select(literal(1))
    .where(
        Delivery.destination_id == Destination.id,
        Delivery.state == any_(bindparam("unfinished", [one.value for one in UNFINISHED], type_=ARRAY(String))),
    )
    .limit(MAX_COUNT + 1)
    .correlate(Destination)
    .subquery()
)
_WAITING: Final = select(func.count(type_=Integer)).select_from(_UNFINISHED).scalar_subquery()
_DEEDS: Final = FixedQuery(
    select(Destination.id, _LAST, _ended(DeliveryState.DELIVERED), _ended(DeliveryState.FAILED), _WAITING).where(
        Destination.tenant_id == TENANT, Destination.id == any_(_IDS)
    )
)


class DeliveryListRepository(TenantRepository):
    """Deliveries of one tenant: one statement for a page of any size."""

    async def page(self, request: PageRequest, wanted: DeliveryFilter) -> Page[DeliveryRow]:
        """One page, newest first."""
        values = wanted.values() | place_after(request)
        rows = await self._columns(_page(frozenset(values)), values)
        return page_of([DeliveryRow._make(row) for row in rows], request, lambda one: one.id)

    async def counts(self, wanted: DeliveryFilter) -> Mapping[DeliveryState, int]:
        """Deliveries per state among those wanted, whatever states the filter names; at most ``MAX_COUNT + 1`` each."""
        values = replace(wanted, states=()).values()
        rows = await self._columns(_counts(frozenset(values)), values)
        return {DeliveryState(row[0]): int(row[1]) for row in rows}

    async def deeds(self, destinations: Collection[UUID], since: datetime) -> Mapping[UUID, DestinationDeeds]:
        """How destinations have done since a moment."""
        if not destinations:
            return {}
        rows = await self._columns(_DEEDS, {_IDS.key: list(destinations), _SINCE.key: since})
        return {row[0]: DestinationDeeds._make(row) for row in rows}
