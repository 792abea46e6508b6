"""Notices of a person, and their preferences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.notices import Digest, NoticeKind, NoticePreferences
from backend.persistence.models.notice import Notice, NoticePreference
from backend.persistence.models.tenant import User
from backend.persistence.repositories.tenant_scope import TenantRepository


class NoticeRepository(TenantRepository):
    """Notices of one tenant in one transaction."""

    async def find(self, notice_id: UUID, user_id: UUID) -> Notice | None:
        """Somebody's own notice, or None."""
        found: Notice | None = await self._session.scalar(
            self._select(Notice).where(Notice.id == notice_id, *_shown_to(user_id))
        )
        return found

    async def page(self, user_id: UUID, request: PageRequest, *, is_read: bool | None) -> Page[Notice]:
        """Somebody's notices, newest first."""
        query = self._select(Notice).where(*_shown_to(user_id))
        if is_read is not None:
            query = query.where(Notice.read_at.is_not(None) if is_read else Notice.read_at.is_(None))
        return page_of(await self._newest_first(query, Notice.id, request), request, lambda one: one.id)

    async def count_unread(self, user_id: UUID) -> int:
        """How many notices somebody has not read."""
        query = select(func.count()).where(
            Notice.tenant_id == self.tenant, Notice.read_at.is_(None), *_shown_to(user_id)
        )
        return int(await self._session.scalar(query) or 0)

    async def last_sequence(self, user_id: UUID) -> int:
        """The newest notice of somebody."""
        query = select(func.max(Notice.sequence)).where(Notice.tenant_id == self.tenant, *_shown_to(user_id))
        return int(await self._session.scalar(query) or 0)

    async def after(self, user_id: UUID, sequence: int, limit: int) -> Sequence[Notice]:
        """Somebody's notices behind a sequence number, oldest first."""
        query = self._select(Notice).where(Notice.sequence > sequence, *_shown_to(user_id))
        return await self._all(query.order_by(Notice.sequence).limit(limit))

    async def read_all(self, user_id: UUID, at: datetime) -> int:
        """Mark what is unread; how many that were."""
        statement = (
            update(Notice)
            .where(Notice.tenant_id == self.tenant, Notice.read_at.is_(None), *_shown_to(user_id))
            .values(read_at=at)
            .returning(Notice.id)
        )
        return len((await self._session.execute(statement)).all())

    async def find_preference(self, user_id: UUID) -> NoticePreference | None:
        """What somebody has chosen, under a row lock, or None."""
        query = self._select(NoticePreference).where(NoticePreference.user_id == user_id)
        found: NoticePreference | None = await self._session.scalar(query.with_for_update())
        return found

    async def preferences_of(self, user_ids: Iterable[UUID]) -> Mapping[UUID, NoticePreferences]:
        """What these people have chosen; who has chosen nothing is missing."""
        query = self._select(NoticePreference).where(NoticePreference.user_id.in_(list(user_ids)))
        return {one.user_id: preferences_from(one) for one in await self._all(query)}

    async def claim_mails(self, limit: int) -> Sequence[tuple[Notice, User | None]]:
        """Notices that are to be mailed now, under row locks that skip what others hold, person by person.

        Somebody who has left the tenant cannot be seen from it any more.
        """
        query = (
            select(Notice, User)
            .outerjoin(User, User.id == Notice.user_id)
            .where(
                Notice.tenant_id == self.tenant,
                Notice.mailed_at.is_(None),
                Notice.mail_due_at <= func.clock_timestamp(),
            )
            .order_by(Notice.user_id, Notice.sequence)
            .limit(limit)
            .with_for_update(of=Notice, skip_locked=True)
        )
        return [(notice, user) for notice, user in (await self._session.execute(query)).all()]


def preferences_from(row: NoticePreference) -> NoticePreferences:
    """The stored choice as a value; kinds of older versions are left out."""
    known = {kind.value for kind in NoticeKind}
    in_app, mail = (
        frozenset(NoticeKind(kind) for kind in kinds if kind in known) for kinds in (row.muted_in_app, row.muted_mail)
    )
    return NoticePreferences(in_app, mail, Digest(row.digest), row.digest_hour)


def _shown_to(user_id: UUID):  # type: ignore[no-untyped-def]  # noqa: ANN202 - conditions of SQLAlchemy
    return Notice.user_id == user_id, Notice.is_in_app
