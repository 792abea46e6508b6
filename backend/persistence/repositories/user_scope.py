"""What belongs to one person: a session of the database, a user, and no query without it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession


class UserRepository:
    """Base of the repositories of a person's own rows; the transaction must have been opened for the same user."""

    def __init__(self, session: AsyncSession, user_id: UUID) -> None:
        self._session = session
        self.user_id = user_id
