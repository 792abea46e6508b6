"""Lists of exceptions: pages, counts by state, groups, and all of them as rows for a spreadsheet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from backend.core.pagination import Page, SortedPageRequest
from backend.domain.exceptions import WORKABLE, ExceptionState
from backend.domain.permissions import Permission
from backend.persistence.repositories.exception_lists import (
    ExceptionFilter,
    ExceptionListRepository,
    ExceptionSort,
    GroupCount,
    GroupedBy,
    ListedException,
)
from backend.persistence.repositories.official_texts import OfficialTextRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.scope import TenantScope

MAX_EXPORTED: Final = 100_000
_EXPORT_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class ExceptionListService:
    """Exceptions of a tenant, as lists."""

    scope: TenantScope

    async def page(self, request: SortedPageRequest, wanted: ExceptionFilter) -> Page[ListedException]:
        """Exceptions in the order asked for."""
        async with self.scope.reading() as session:
            return await ExceptionListRepository(session, self.scope.tenant).page(request, wanted)

    async def counts(self, wanted: ExceptionFilter) -> Mapping[ExceptionState, int]:
        """Exceptions per state, each counted up to a limit."""
        async with self.scope.reading() as session:
            return await ExceptionListRepository(session, self.scope.tenant).counts(wanted)

    async def groups(self, by: GroupedBy, states: Sequence[ExceptionState] = WORKABLE) -> Sequence[GroupCount]:
        """Exceptions by what they have in common, the most first."""
        async with self.scope.reading() as session:
            return await ExceptionListRepository(session, self.scope.tenant).groups(by, states)

    async def official_codes(self) -> Mapping[tuple[UUID, str], Sequence[str]]:
        """What the regulator calls the rules of a report, for files that name them."""
        async with self.scope.reading() as session:
            return await OfficialTextRepository(session, self.scope.tenant).codes_of_reports()

    async def assignees(self) -> Sequence[tuple[UUID, str]]:
        """Active members who may work on exceptions, by name."""
        async with self.scope.reading() as session:
            members = MemberRepository(session, self.scope.tenant)
            return await members.named_holders(Permission.EXCEPTIONS_WORK.value)

    async def every(self, wanted: ExceptionFilter) -> AsyncIterator[ListedException]:
        """Every exception, newest first, in short transactions; at most ``MAX_EXPORTED``."""
        request = SortedPageRequest(ExceptionSort.CREATED_AT, is_descending=True, limit=_EXPORT_PAGE)
        for _ in range(MAX_EXPORTED // _EXPORT_PAGE):
            page = await self.page(request, wanted)
            for one in page.items:
                yield one
            if page.next_cursor is None:
                return
            request = replace(request, cursor=page.next_cursor)
