"""Rows that a run's source put aside, as people see them: raw text only for those who may see personal data."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.csv_text import csv_line
from backend.core.ids import RunId
from backend.domain.audit import AuditAction
from backend.domain.permissions import Permission
from backend.persistence.models.run import Run
from backend.persistence.repositories.runs import RunRepository
from backend.services.runs import RunNotFound, run_subject
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

MASK: Final = "•••"
SHOWN_ROWS: Final = 100
_COLUMNS: Final = ("table", "file", "line", "column", "reason", "raw")


@dataclass(frozen=True, slots=True)
class Quarantine:
    """What was put aside: counts for all who see the run, and rows."""

    rows: int
    tables: tuple[dict[str, object], ...]
    reasons: tuple[dict[str, object], ...]
    shown: pa.Table | None
    is_masked: bool


@dataclass(frozen=True, slots=True)
class RunQuarantineService:
    """Quarantine for somebody with these permissions."""

    scope: TenantScope
    permissions: Collection[str]
    storage: ObjectStorage

    async def read(self, run_id: RunId, limit: int | None = SHOWN_ROWS) -> Quarantine:
        """The first rows, or all; written down before they leave. Raises RunNotFound."""
        is_masked = Permission.PII_READ.value not in self.permissions
        async with self.scope.transaction() as session:
            run = await RunRepository(session, self.scope.tenant).find(run_id)
            if run is None:
                raise RunNotFound
            keys = [str(key) for key in _listed(run, "keys")]
            if keys:
                await self.scope.audit(session).record(
                    AuditAction.RUN_QUARANTINE_READ,
                    run_subject(run),
                    after={"rows": run.quarantined, "raw": not is_masked, "all": limit is None},
                )
        shown = await asyncio.to_thread(self._rows, keys, limit, is_masked=is_masked) if keys else None
        tables, reasons = (tuple(dict(one) for one in _listed(run, name)) for name in ("tables", "reasons"))
        return Quarantine(run.quarantined, tables, reasons, shown, is_masked)

    async def as_csv(self, run_id: RunId) -> bytes:
        """Every row as CSV. Raises RunNotFound."""
        found = await self.read(run_id, limit=None)
        return await asyncio.to_thread(_csv, found.shown)

    def _rows(self, keys: Sequence[str], limit: int | None, *, is_masked: bool) -> pa.Table:
        table = pa.concat_tables([pq.read_table(io.BytesIO(self.storage.read(key))) for key in keys])
        if limit is not None:
            table = table.slice(0, limit)
        if is_masked:
            place = table.schema.get_field_index("raw")
            table = table.set_column(place, "raw", pa.array([MASK] * table.num_rows, pa.string()))
        return table


def _listed(run: Run, name: str) -> list[Any]:
    found = (run.quarantine or {}).get(name)
    return found if isinstance(found, list) else []


def _csv(table: pa.Table | None) -> bytes:
    if table is None:
        return csv_line(_COLUMNS).encode()
    rows = zip(*(table.column(name).to_pylist() for name in _COLUMNS), strict=True)
    return "".join([csv_line(_COLUMNS), *(csv_line(row) for row in rows)]).encode()
