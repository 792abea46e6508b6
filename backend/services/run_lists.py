"""Lists of runs: pages, counts by state, and all of them as rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.runs import RunState
from backend.persistence.repositories.run_lists import ListedRun, RunFilter, RunListRepository, RunSort
from backend.services.scope import TenantScope

MAX_EXPORTED: Final = 100_000
_EXPORT_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class RunListService:
    """Runs of a tenant, as lists."""

    scope: TenantScope

    async def page(self, request: SortedPageRequest, wanted: RunFilter) -> Page[ListedRun]:
        """Runs in the order asked for."""
        async with self.scope.reading() as session:
            return await RunListRepository(session, self.scope.tenant).page(request, wanted)

    async def counts(self, wanted: RunFilter) -> Mapping[RunState, int]:
        """Runs per state, each counted up to a limit."""
        async with self.scope.reading() as session:
            return await RunListRepository(session, self.scope.tenant).counts(wanted)

    async def every(self, wanted: RunFilter) -> AsyncIterator[ListedRun]:
        """Every run, newest first, in short transactions; at most ``MAX_EXPORTED``."""
        request = SortedPageRequest(RunSort.CREATED_AT, is_descending=True, limit=_EXPORT_PAGE)
        for _ in range(MAX_EXPORTED // _EXPORT_PAGE):
            page = await self.page(request, wanted)
            for one in page.items:
                yield one
            if page.next_cursor is None:
                return
            request = replace(request, cursor=page.next_cursor)
