"""Decisions about the eligibility of a run's records: counted, and found for a single record."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final
from uuid import UUID

from backend.core.ids import RunId
from backend.core.pagination import Page, PageRequest, cursor_of
from backend.persistence.models.eligibility import RunDecision
from backend.persistence.models.run import RunRowGroup
from backend.persistence.repositories.runs import RunRepository
from backend.pipeline.decisions import DecisionSearch, RecordDecision, find_decisions
from backend.services.runs import RunNotFound
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage

#: Row groups that one request looks at; the next page goes on behind them.
MAX_GROUPS: Final = 100


@dataclass(frozen=True, slots=True)
class RunDecisionService:
    """Decisions of the runs of a tenant."""

    scope: TenantScope
    storage: ObjectStorage

    async def counts(self, run_id: RunId) -> Sequence[RunDecision]:
        """Decisions that hold for some record, most frequent first. Raises RunNotFound."""
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            await _check_exists(runs, run_id)
            return await runs.decisions(run_id)

    async def page(self, run_id: RunId, search: DecisionSearch, request: PageRequest) -> Page[RecordDecision]:
        """Records in the order of the input. Raises RunNotFound.

        A page may have fewer items than asked for, or none, and still a cursor: the search is bounded.
        """
        after = request.after.int if request.after is not None else 0
        groups = [(last, key) for last, key in await self._groups(run_id) if last > after]
        found: list[RecordDecision] = []
        for last, key in groups[:MAX_GROUPS]:
            content = await asyncio.to_thread(self.storage.read, key)
            wanted = request.limit + 1 - len(found)
            found += await asyncio.to_thread(find_decisions, content, search, after, wanted)
            if len(found) > request.limit:
                return Page(found[:-1], cursor_of(UUID(int=found[-2].row_number)))
            after = last
        return Page(found, cursor_of(UUID(int=after)) if len(groups) > MAX_GROUPS else None)

    async def every(self, run_id: RunId, search: DecisionSearch) -> AsyncIterator[Sequence[RecordDecision]]:
        """All of them, a row group at a time. Raises RunNotFound."""
        groups = await self._groups(run_id)

        async def parts() -> AsyncIterator[Sequence[RecordDecision]]:
            for _, key in groups:
                content = await asyncio.to_thread(self.storage.read, key)
                yield await asyncio.to_thread(find_decisions, content, search, 0, None)

        return parts()

    async def _groups(self, run_id: RunId) -> list[tuple[int, str]]:
        """(last row, object) of the row groups with decisions."""
        async with self.scope.transaction() as session:
            runs = RunRepository(session, self.scope.tenant)
            await _check_exists(runs, run_id)
            groups: Sequence[RunRowGroup] = await runs.row_groups(run_id)
        last_rows = accumulate(group.rows_in for group in groups)
        return [
            (last, group.decisions_key)
            for last, group in zip(last_rows, groups, strict=True)
            if group.decisions_key is not None
        ]


async def _check_exists(runs: RunRepository, run_id: RunId) -> None:
    if await runs.find(run_id) is None:
        raise RunNotFound
