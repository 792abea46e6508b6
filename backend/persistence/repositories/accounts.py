"""The account of one person, as they see it themselves."""

from __future__ import annotations

from sqlalchemy import select, update

from backend.persistence.models.tenant import User
from backend.persistence.repositories.user_scope import UserRepository


class AccountRepository(UserRepository):
    """A person's own account in one transaction."""

    async def get(self) -> User:
        """The account; whoever acts has one."""
        return (await self._session.scalars(select(User).where(User.id == self.user_id))).one()

    async def set_password_hash(self, hashed: str, *, former: str) -> bool:
        """Another password hash, unless somebody else was faster."""
        statement = (
            update(User)
            .where(User.id == self.user_id, User.password_hash == former)
            .values(password_hash=hashed)
            .returning(User.id)
        )
        return await self._session.scalar(statement) is not None
