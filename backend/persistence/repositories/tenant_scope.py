"""The part every repository shares: a session, a tenant, and no query without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, literal, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.pagination import CursorInvalid, PageRequest, SortedPageRequest
from backend.persistence.models.entity import Entity

E = TypeVar("E", bound=Entity)
Q = TypeVar("Q", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class SortOrder:
    """A column a list can be sorted by, and how its values stand in a cursor."""

    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    read: Callable[[str], object]

    @staticmethod
    def show(value: object) -> str:
        """A value as the cursor holds it."""
        return value.isoformat() if isinstance(value, date | datetime) else str(value)


def seek(
    query: Select[Any], request: SortedPageRequest, order: SortOrder, identity: InstrumentedAttribute[Any]
) -> Select[Any]:
    """``limit + 1`` rows after the cursor's place, found through the index of the order. Raises CursorInvalid."""
    if request.after is not None:
        text, last = request.after
        try:
            value = order.read(text)
        except ValueError as error:
            raise CursorInvalid from error
        here, place = tuple_(order.column, identity), tuple_(literal(value), literal(last))
        query = query.where(here < place if request.is_descending else here > place)
    if request.is_descending:
        return query.order_by(order.column.desc(), identity.desc()).limit(request.limit + 1)
    return query.order_by(order.column, identity).limit(request.limit + 1)


def contains(column: InstrumentedAttribute[str], wanted: str) -> ColumnElement[bool]:
    """Whether a text holds what somebody typed, letters of either case, nothing in it read as a pattern."""
    return column.icontains(wanted, autoescape=True)


def newest_first(query: Q, identity: InstrumentedAttribute[Any], page: PageRequest) -> Q:
    """Ask for ``limit + 1`` rows after the cursor; identifiers are time-ordered, so they are the sort key too."""
    if page.after is not None:
        query = query.where(identity < page.after)
    return query.order_by(identity.desc()).limit(page.limit + 1)


class TenantRepository:
    """Base of the repositories: queries are born with the tenant, row-level security is the second wall."""

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self._session = session
        self.tenant = tenant

    def add(self, entity: Entity) -> None:
        """Store a new row with the unit of work."""
        self._session.add(entity)

    async def flush(self) -> None:
        """Send pending rows now, so that a constraint is tested where it can be explained."""
        await self._session.flush()

    async def flush_unique(self, taken: OpenRegError) -> None:
        """Send pending rows now; raises ``taken`` when another transaction was first with what must be unique."""
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise taken from error

    async def delete(self, entity: Entity) -> None:
        """Remove a row with the unit of work."""
        await self._session.delete(entity)

    def _select(self, model: type[E]) -> Select[E]:
        return select(model).where(model.tenant_id == self.tenant)  # type: ignore[attr-defined]  # every entity has it

    async def _find(self, model: type[E], identity: UUID, *, for_update: bool = False) -> E | None:
        query = self._select(model).where(model.id == identity)  # type: ignore[attr-defined]
        if for_update:
            query = query.with_for_update()
        found: E | None = await self._session.scalar(query)
        return found

    async def _all(self, query: Select[E]) -> Sequence[E]:
        return (await self._session.scalars(query)).all()

    async def _columns(self, query: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        """Rows of columns, past the unit of work: a list changes nothing, and tracking it costs more than it."""
        connection = await self._session.connection()
        return (await connection.execute(query)).all()

    async def _newest_first(
        self, query: Select[E], identity: InstrumentedAttribute[Any], page: PageRequest
    ) -> Sequence[E]:
        """The rows of ``newest_first``."""
        return await self._all(newest_first(query, identity, page))
