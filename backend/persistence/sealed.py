"""The columns that hold ciphertext of the key ring, found in the models, and their rows in the order of their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.persistence.models import all_models
from backend.persistence.models.entity import Sealed

RowKey = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of secrets, and what a row of its table is found by. ``is_personal``: rows belong to no tenant."""

    table: str
    column: str
    key_columns: tuple[str, ...]
    is_personal: bool

    def __str__(self) -> str:
        """As people write it: ``table.column``."""
        return f"{self.table}.{self.column}"


SEALED_COLUMNS: Final = tuple(
    SealedColumn(table.name, column.name, tuple(key.name for key in table.primary_key), "tenant_id" not in table.c)
    for table in all_models.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Sealed)
)


def sealed_columns(*, is_personal: bool) -> Iterator[SealedColumn]:
    """Those whose rows belong to a person, or those whose rows belong to a tenant."""
    return (column for column in SEALED_COLUMNS if column.is_personal is is_personal)


class SealedRows:
    """The secrets of one column, as far as the transaction's tenant and user see them."""

    def __init__(self, session: AsyncSession, column: SealedColumn) -> None:
        self._session = session
        table = all_models.metadata.tables[column.table]
        self._table, self._secret = table, table.c[column.column]
        self._keys = [table.c[name] for name in column.key_columns]

    async def batch(self, after: RowKey | None, limit: int) -> Sequence[tuple[RowKey, bytes]]:
        """The next rows behind a key, locked, so that a change made meanwhile is not undone."""
        query = select(*self._keys, self._secret).where(self._secret.is_not(None))
        if after is not None:
            place = [literal(value, column.type) for value, column in zip(after, self._keys, strict=True)]
            query = query.where(tuple_(*self._keys) > tuple_(*place))
        rows = await self._session.execute(query.order_by(*self._keys).limit(limit).with_for_update())
        return [(tuple(row[:-1]), row[-1]) for row in rows]

    async def newest(self, limit: int) -> Sequence[bytes]:
        """The secrets with the highest keys; identifiers are time-ordered."""
        query = select(self._secret).where(self._secret.is_not(None)).order_by(*(key.desc() for key in self._keys))
        return (await self._session.scalars(query.limit(limit))).all()

    async def replace(self, key: RowKey, secret: bytes) -> None:
        """Store a secret in place of the one of a row that ``batch`` has locked."""
        here = [column == value for column, value in zip(self._keys, key, strict=True)]
        await self._session.execute(update(self._table).where(*here).values({self._secret: secret}))
