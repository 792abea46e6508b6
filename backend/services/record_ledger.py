"""The written records of a run, found by row or by key: what was reported, in which file and at which place."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from dataclasses import dataclass

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.run import RunRowGroup
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.ledger_reader import LedgerEntry, LedgerObject
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

COMPLETE = frozenset({RunState.SUCCEEDED, RunState.PARTIAL})


@dataclass(frozen=True, slots=True)
class RecordLedger:
    """Ledgers of a tenant's runs. A run that has not ended well has reported nothing."""

    scope: TenantScope
    storage: ObjectStorage

    async def find_row(self, run_id: RunId, row_number: int) -> LedgerEntry | None:
        """The record made of a row of the input, from 1; None when it was not written. Raises RunNotFound."""
        last = 0
        for group in await self._row_groups(run_id):
            last += group.rows_in
            if row_number <= last:
                key = group.ledger_key
                return await asyncio.to_thread(self._read_row, key, row_number) if key else None
        return None

    async def find_key(self, run_id: RunId, record_key: str) -> Sequence[LedgerEntry]:
        """The records with this key as exceptions and findings show it, in the order of rows. Raises RunNotFound."""
        keys = [group.ledger_key for group in await self._row_groups(run_id) if group.ledger_key]
        return await asyncio.to_thread(self._read_key, keys, record_key)

    async def _row_groups(self, run_id: RunId) -> Sequence[RunRowGroup]:
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            run = await runs.find(run_id)
            if run is None:
                raise RunNotFound
            return await runs.row_groups(run_id) if run.state in COMPLETE else []

    def _read_row(self, key: str, row_number: int) -> LedgerEntry | None:
        found = LedgerObject(io.BytesIO(self.storage.read(key))).find_rows([row_number])
        return found[0] if found else None

    def _read_key(self, keys: Sequence[str], record_key: str) -> list[LedgerEntry]:
        ledgers = (LedgerObject(io.BytesIO(self.storage.read(key))) for key in keys)
        return [entry for ledger in ledgers for entry in ledger.find_record_key(record_key)]
