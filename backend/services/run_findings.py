"""Findings of a run: counted by rule, the first of them kept one by one, all of them as a file."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow.parquet as pq

from backend.core.csv_text import csv_line
from backend.core.ids import ReportVersionId, RunId
from backend.core.pagination import Page, PageRequest
from backend.persistence.models.run import Finding, RunFinding
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.services.official_rules import OfficialRules, official_of
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

#: What went wrong in an evaluation may hold values of a record, so that it is in no file.
_STORED: Final = ("row_number", "rule_id", "severity", "columns", "message")
_COLUMNS: Final = ("row_number", "rule_id", "official_codes", "severity", "columns", "message")


@dataclass(frozen=True, slots=True)
class FoundByRule:
    """Every rule that failed; ``kept`` single failures are in the database, and all of them in the file."""

    findings: Sequence[RunFinding]
    official: OfficialRules
    kept: int

    @property
    def count(self) -> int:
        """All failures of all rules."""
        return sum(one.count for one in self.findings)


@dataclass(frozen=True, slots=True)
class RunFindingService:
    """Findings of a tenant's runs."""

    scope: TenantScope
    storage: ObjectStorage

    async def by_rule(self, run_id: RunId) -> FoundByRule:
        """Raises RunNotFound."""
        async with self.scope.reading() as session:
            runs = RunRepository(session, self.scope.tenant)
            run = await runs.find(run_id)
            if run is None:
                raise RunNotFound
            findings = await runs.findings(run_id)
            version = await ReportRepository(session, self.scope.tenant).find_version(
                ReportVersionId(run.report_version_id)
            )
            pack_id = version.pack_id if version is not None else None
            official = await official_of(session, self.scope.tenant, pack_id, [one.rule_id for one in findings])
            return FoundByRule(findings, official, await runs.count_details(run_id))

    async def details(self, run_id: RunId, rule_id: str | None, request: PageRequest) -> Page[Finding]:
        """Single failures kept in the database. Raises RunNotFound."""
        async with self.scope.reading() as session:
            runs = RunRepository(session, self.scope.tenant)
            if await runs.find(run_id) is None:
                raise RunNotFound
            return await runs.finding_details(run_id, rule_id, request)

    async def keys(self, run_id: RunId) -> Sequence[str]:
        """Object keys of the complete findings, in row order. Raises RunNotFound."""
        async with self.scope.reading() as session:
            runs = RunRepository(session, self.scope.tenant)
            if await runs.find(run_id) is None:
                raise RunNotFound
            return [group.findings_key for group in await runs.row_groups(run_id) if group.findings_key]

    async def csv_lines(self, run_id: RunId) -> AsyncIterator[str]:
        """All findings, a checkpoint at a time. Raises RunNotFound, StorageUnavailable."""
        keys = await self.keys(run_id)
        official = (await self.by_rule(run_id)).official
        codes = {
            rule: " ".join(one.text.error_code or one.text.code for one in said) for rule, said in official.items()
        }
        return self._lines(keys, codes)

    async def _lines(self, keys: Sequence[str], codes: dict[str, str]) -> AsyncIterator[str]:
        yield csv_line(_COLUMNS)
        for key in keys:
            content = await asyncio.to_thread(self.storage.read, key)
            for batch in _batches(content):
                yield await asyncio.to_thread(_written, batch, codes)


Batch = list[dict[str, object]]


def _batches(content: bytes) -> Iterator[Batch]:
    for batch in pq.ParquetFile(io.BytesIO(content)).iter_batches(columns=list(_STORED)):
        yield batch.to_pylist()


def _written(batch: Batch, codes: dict[str, str]) -> str:
    return "".join(
        csv_line({**one, "official_codes": codes.get(str(one["rule_id"]), "")}[name] for name in _COLUMNS)
        for one in batch
    )
