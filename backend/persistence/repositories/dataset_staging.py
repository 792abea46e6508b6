"""The next version of a dataset, worked out by the database: rows are staged, compared with what is there, applied.

Everything here is over sets: a million rows are copied into a table of the transaction, which ends with it, and
compared there. Nothing is changed before ``apply``, so a rehearsal is the same without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Result, delete, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import DatasetId, TenantId
from backend.domain.datasets import MAX_FAULTS_TOLD, EntryFault, ImportMode, period_text
from backend.persistence.models.dataset import DatasetEntry
from backend.persistence.repositories.dataset_staging_sql import (
    APPLY,
    BEGIN,
    OVERLAPS,
    PLANS,
    RESULTING,
    TWICE,
    UNKNOWN,
)
from backend.persistence.repositories.tenant_scope import TenantRepository

StagedRow = tuple[int, UUID, str, date | None, date | None, str, UUID | None, bool]
_COUNTS: Final = """
SELECT (SELECT count(*) FROM added) AS added, (SELECT count(*) FROM removed) AS removed,
  (SELECT count(DISTINCT r.key) FROM removed r WHERE EXISTS (SELECT FROM added a WHERE a.key = r.key)) AS changed
"""
STAGED_COLUMNS: Final = ("line", "id", "key", "valid_from", "valid_to", "written", "replaces", "is_removed")


class PlannedChange(NamedTuple):
    """How many entries a version would gain and lose, and how many keys are among both."""

    added: int
    removed: int
    changed: int


@dataclass(frozen=True, slots=True)
class StagedFaults:
    """What is wrong with staged rows; ``count`` is of all, ``told`` are the first."""

    count: int = 0
    told: tuple[EntryFault, ...] = ()


class DatasetStaging(TenantRepository):
    """The staged rows of one dataset in one transaction."""

    def __init__(self, session: AsyncSession, tenant: TenantId, dataset_id: DatasetId) -> None:
        super().__init__(session, tenant)
        self._dataset_id = dataset_id

    async def begin(self) -> None:
        """Make room for rows."""
        for statement in BEGIN:
            await self._session.execute(text(statement))

    async def stage(self, rows: Iterable[StagedRow]) -> None:
        """Take rows in, as fast as the server reads them."""
        raw: Any = (await (await self._session.connection()).get_raw_connection()).driver_connection
        await raw.copy_records_to_table("staged", records=rows, columns=STAGED_COLUMNS)

    async def plan(self, mode: ImportMode, day: date | None = None, *, is_first: bool = False) -> PlannedChange:
        """Work out what the rows change."""
        await self._session.execute(text("ANALYZE staged"))
        for statement in PLANS[mode]:
            await self._tell(statement, day=day, is_first=is_first)
        counts = (await self._tell(_COUNTS)).one()
        return PlannedChange(*(int(one) for one in counts))

    async def faults(self, mode: ImportMode) -> StagedFaults:
        """Rows that name no entry, and periods of one key that overlap: both rows of each pair."""
        asked: list[tuple[str, Callable[[Any], EntryFault]]] = [(OVERLAPS.format(resulting=RESULTING[mode]), _overlap)]
        if mode is ImportMode.MERGE:
            asked = [(UNKNOWN, _unknown), (TWICE, _twice), *asked]
        for query, told in asked:
            found = (await self._tell(query, most=MAX_FAULTS_TOLD)).all()
            if found:
                return StagedFaults(int(found[0].number), tuple(told(row) for row in found))
        return StagedFaults()

    async def apply(self, number: int) -> None:
        """Make what was planned the version of that number."""
        for statement in APPLY:
            await self._tell(statement, number=number)

    async def undo(self, number: int) -> None:
        """Take a version back that was applied and not published."""
        own = (DatasetEntry.tenant_id == self.tenant, DatasetEntry.dataset_id == self._dataset_id)
        await self._session.execute(delete(DatasetEntry).where(*own, DatasetEntry.added_in == number))
        await self._session.execute(
            update(DatasetEntry).where(*own, DatasetEntry.removed_in == number).values(removed_in=None)
        )

    async def _tell(self, statement: str, **values: object) -> Result[Any]:
        """Execute a statement with those of the values that it names."""
        known = {"dataset": self._dataset_id, "tenant": self.tenant, **values}
        wanted = {name: value for name, value in known.items() if f":{name}" in statement}
        return await self._session.execute(text(statement), wanted)


def _unknown(row: Any) -> EntryFault:
    begin = "always" if row.valid_from is None else f"from {row.valid_from}"
    return EntryFault(row.line, None, "entry_not_found", f"There is no entry of {row.key!r} that is valid {begin}.")


def _twice(row: Any) -> EntryFault:
    message = f"Lines {row.other_line} and {row.line} are about the same entry of {row.key!r}."
    return EntryFault(row.line, None, "entry_named_twice", message, row.other_line)


def _overlap(row: Any) -> EntryFault:
    """Of a row that comes and one that stays (line 0), the row that comes is told."""
    one, other = period_text(row.valid_from, row.valid_to), period_text(row.other_from, row.other_to)
    line, against = (row.line, row.other_line) if row.line else (row.other_line, 0)
    if not row.line:
        one, other = other, one
    where = f"line {against}" if against else "the entry that is there"
    message = f"{row.key!r} is valid {one}, and so is {where}: {other}."
    return EntryFault(line, None, "period_overlaps", message, against or None)
