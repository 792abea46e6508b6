"""The part every repository shares: a session, a tenant, and no query without it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, bindparam, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.pagination import CursorInvalid, PageRequest, SortedPageRequest
from backend.persistence.connected import fetch_columns
from backend.persistence.fixed_query import FixedQuery
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


#: Names of the parameters of a page: how many rows, and the place that they come after.
LIMIT, AFTER_VALUE, AFTER_ID = "limit", "after_value", "after_id"
TENANT: Final = bindparam("tenant", type_=Uuid)
_ESCAPE: Final = "/"


def seek(
    query: Q, order: SortOrder, identity: InstrumentedAttribute[Any], asked: Collection[str], *, is_descending: bool
) -> Q:
    """The rows after the cursor's place, if one is ``asked`` for, found through the index of the order."""
    column = order.column
    if AFTER_ID in asked:
        place = tuple_(bindparam(AFTER_VALUE, type_=column.type), bindparam(AFTER_ID, type_=identity.type))
        here = tuple_(column, identity)
        query = query.where(here < place if is_descending else here > place)
    query = query.limit(bindparam(LIMIT, type_=Integer))
    if is_descending:
        return query.order_by(column.desc(), identity.desc())
    return query.order_by(column, identity)


def place_of(request: SortedPageRequest, order: SortOrder) -> dict[str, object]:
    """The values of ``seek``: ``limit + 1`` rows after the cursor. Raises CursorInvalid."""
    after = request.after
    if after is None:
        return {LIMIT: request.limit + 1}
    text, last = after
    try:
        return {LIMIT: request.limit + 1, AFTER_VALUE: order.read(text), AFTER_ID: last}
    except ValueError as error:
        raise CursorInvalid from error


def seek_newest(query: Q, identity: InstrumentedAttribute[Any], asked: Collection[str]) -> Q:
    """The rows after the cursor's identifier, if one is ``asked`` for, the newest first."""
    if AFTER_ID in asked:
        query = query.where(identity < bindparam(AFTER_ID))
    return query.order_by(identity.desc()).limit(bindparam(LIMIT, type_=Integer))


def place_after(request: PageRequest) -> dict[str, object]:
    """The values of ``seek_newest``: ``limit + 1`` rows after the cursor. Raises CursorInvalid."""
    after = request.after
    return {LIMIT: request.limit + 1} | ({} if after is None else {AFTER_ID: after})


def contains(column: InstrumentedAttribute[Any], part: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether a text holds what somebody typed (see ``as_part``), letters of either case."""
    return column.icontains(part, escape=_ESCAPE)


def as_part(text: str) -> str:
    """What somebody typed for ``contains``: nothing in it is read as a pattern."""
    for special in (_ESCAPE, "%", "_"):
        text = text.replace(special, _ESCAPE + special)
    return text


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

    async def _all(self, query: Select[E], values: Mapping[str, object] | None = None) -> Sequence[E]:
        return (await self._session.scalars(query, values)).all()

    async def _columns(self, query: FixedQuery, values: Mapping[str, object]) -> Sequence[Any]:
        """Rows of columns, past the unit of work: a list changes nothing, and tracking it costs more than it."""
        return await fetch_columns(self._session, query, {TENANT.key: self.tenant, **values})

    async def _newest_first(
        self, query: Select[E], identity: InstrumentedAttribute[Any], page: PageRequest
    ) -> Sequence[E]:
        """``limit + 1`` rows after the cursor; identifiers are time-ordered, so they are the sort key too."""
        if page.after is not None:
            query = query.where(identity < page.after)
        return await self._all(query.order_by(identity.desc()).limit(page.limit + 1))
