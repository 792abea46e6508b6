"""Notices as people read them: their own, in the tenant they are signed in to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.pagination import Page, PageRequest
from backend.domain.notices import NoticePreferences
from backend.persistence.models.notice import Notice, NoticePreference
from backend.persistence.repositories.notices import NoticeRepository, preferences_from
from backend.services.scope import TenantScope


class NoticeNotFound(OpenRegError):
    """There is no such notice."""

    code: ClassVar[str] = "notice_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class NoticeService:
    """The notices of who acts."""

    scope: TenantScope

    async def page(self, request: PageRequest, *, is_read: bool | None) -> tuple[Page[Notice], int]:
        """Notices, newest first, and how many are unread."""
        async with self.scope.transaction() as session:
            notices = NoticeRepository(session, self.scope.tenant)
            page = await notices.page(self.scope.user_id, request, is_read=is_read)
            return page, await notices.count_unread(self.scope.user_id)

    async def last_sequence(self) -> int:
        """Where a viewer begins who has seen everything."""
        async with self.scope.transaction() as session:
            return await NoticeRepository(session, self.scope.tenant).last_sequence(self.scope.user_id)

    async def after(self, sequence: int) -> Sequence[Notice]:
        """What is newer, oldest first; at most 100."""
        async with self.scope.transaction() as session:
            return await NoticeRepository(session, self.scope.tenant).after(self.scope.user_id, sequence, 100)

    async def read(self, notice_id: UUID) -> Notice:
        """Mark one as read; a second time changes nothing. Raises NoticeNotFound."""
        async with self.scope.transaction() as session:
            found = await NoticeRepository(session, self.scope.tenant).find(notice_id, self.scope.user_id)
            if found is None:
                raise NoticeNotFound
            found.read_at = found.read_at or self.scope.now()
        return found

    async def read_all(self) -> int:
        """Mark all as read; how many that were."""
        async with self.scope.transaction() as session:
            notices = NoticeRepository(session, self.scope.tenant)
            return await notices.read_all(self.scope.user_id, self.scope.now())

    async def preferences(self) -> NoticePreferences:
        """What was chosen, or what holds without a choice."""
        async with self.scope.transaction() as session:
            row = await NoticeRepository(session, self.scope.tenant).find_preference(self.scope.user_id)
        return NoticePreferences() if row is None else preferences_from(row)

    async def choose(self, wanted: NoticePreferences) -> NoticePreferences:
        """Keep a choice; it holds for notices from now on."""
        async with self.scope.transaction() as session:
            notices = NoticeRepository(session, self.scope.tenant)
            row = await notices.find_preference(self.scope.user_id)
            if row is None:
                row = NoticePreference(tenant_id=self.scope.tenant, user_id=self.scope.user_id)
                notices.add(row)
            row.muted_in_app, row.muted_mail = sorted(wanted.muted_in_app), sorted(wanted.muted_mail)
            row.digest, row.digest_hour = wanted.digest, wanted.digest_hour
        return wanted
