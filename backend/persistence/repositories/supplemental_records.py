"""Rows of supplemental runs: what they are made of, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, update

from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.repositories.tenant_scope import TenantRepository


class SupplementalRecordRepository(TenantRepository):
    """Rows of supplemental runs of one tenant in one transaction."""

    async def of_run(self, run_id: UUID) -> Sequence[SupplementalRecord]:
        """The rows of a run, in their order."""
        query = self._select(SupplementalRecord).where(SupplementalRecord.run_id == run_id)
        return await self._all(query.order_by(SupplementalRecord.row_number))

    async def of_rows(self, run_id: UUID, numbers: Collection[int]) -> Sequence[SupplementalRecord]:
        """These rows of a run."""
        query = self._select(SupplementalRecord).where(
            SupplementalRecord.run_id == run_id, SupplementalRecord.row_number.in_(list(numbers))
        )
        return await self._all(query.order_by(SupplementalRecord.row_number))

    async def of_parent(self, run_id: UUID, row_number: int) -> Sequence[SupplementalRecord]:
        """What was made of a row of a run, in order."""
        query = self._select(SupplementalRecord).where(
            SupplementalRecord.parent_run_id == run_id, SupplementalRecord.parent_row_number == row_number
        )
        return await self._all(query.order_by(SupplementalRecord.run_id, SupplementalRecord.row_number))

    async def note_reported(self, run_id: UUID, numbers: Collection[int]) -> None:
        """These rows are in a file of the run."""
        if numbers:
            mine = self._of(run_id) & SupplementalRecord.row_number.in_(list(numbers))
            await self._session.execute(update(SupplementalRecord).where(mine).values(is_reported=True))

    async def note_set_aside(self, run_id: UUID, rules: Mapping[int, Sequence[str]]) -> None:
        """These rows were set aside again, by these rules."""
        for row in await self.of_rows(run_id, rules):
            row.is_reported, row.rule_ids = False, list(rules[row.row_number])

    async def forget(self, run_id: UUID) -> None:
        """Nothing is known any more of what became of the rows: the work starts anew."""
        await self._session.execute(
            update(SupplementalRecord).where(self._of(run_id)).values(is_reported=None, rule_ids=[])
        )

    def _of(self, run_id: UUID) -> ColumnElement[bool]:
        return (SupplementalRecord.tenant_id == self.tenant) & (SupplementalRecord.run_id == run_id)
