"""Sessions of one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from backend.domain.sessions import KEPT_AFTER_END, SessionEnd
from backend.persistence.models.session import UserSession
from backend.persistence.repositories.user_scope import UserRepository


class SessionRepository(UserRepository):
    """Sessions of one person in one transaction."""

    def add(self, session: UserSession) -> None:
        """Store a new session with the unit of work."""
        self._session.add(session)

    async def find_for_update(self, session_id: UUID) -> UserSession | None:
        """A session, held against others that would renew it; None when it is not this person's."""
        query = select(UserSession).where(UserSession.user_id == self.user_id, UserSession.id == session_id)
        found: UserSession | None = await self._session.scalar(query.with_for_update())
        return found

    async def list_open(self, now: datetime) -> Sequence[UserSession]:
        """Sessions that can still be used, the newest first."""
        query = (
            select(UserSession)
            .where(UserSession.user_id == self.user_id)
            .where(UserSession.ended_at.is_(None), UserSession.expires_at > now)
            .order_by(UserSession.id.desc())
        )
        return (await self._session.scalars(query)).all()

    async def end_all(self, reason: SessionEnd, now: datetime, *, keep: UUID | None = None) -> int:
        """End every open session but ``keep``; how many that were."""
        statement = (
            update(UserSession)
            .where(UserSession.user_id == self.user_id)
            .where(UserSession.ended_at.is_(None), UserSession.expires_at > now)
            .values(ended_at=now, end_reason=reason)
            .returning(UserSession.id)
        )
        if keep is not None:
            statement = statement.where(UserSession.id != keep)
        return len((await self._session.scalars(statement)).all())

    async def forget_old(self, now: datetime) -> None:
        """Remove sessions that ended long ago."""
        before = now - KEPT_AFTER_END
        old = or_(UserSession.ended_at < before, UserSession.expires_at < before)
        await self._session.execute(delete(UserSession).where(UserSession.user_id == self.user_id, old))
