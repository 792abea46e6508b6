"""The second factor of one person, and the codes that stand in for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from backend.core.ids import new_id
from backend.persistence.models.session import RecoveryCode, SecondFactor
from backend.persistence.repositories.user_scope import UserRepository


class SecondFactorRepository(UserRepository):
    """Authenticator and recovery codes of one person in one transaction."""

    async def find(self) -> SecondFactor | None:
        """The authenticator, confirmed or not, or None."""
        query = select(SecondFactor).where(SecondFactor.user_id == self.user_id)
        found: SecondFactor | None = await self._session.scalar(query)
        return found

    async def begin(self, secret: bytes, now: datetime) -> bool:
        """Store a secret to be confirmed, in place of one that was not; False when one is confirmed already."""
        values = {"user_id": self.user_id, "secret": secret, "created_at": now, "last_step": None}
        statement = insert(SecondFactor).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=[SecondFactor.user_id], set_=values, where=SecondFactor.confirmed_at.is_(None)
        )
        return await self._session.scalar(statement.returning(SecondFactor.user_id)) is not None

    async def confirm(self, now: datetime) -> bool:
        """Switch the authenticator on; False when it was on."""
        statement = (
            update(SecondFactor)
            .where(SecondFactor.user_id == self.user_id, SecondFactor.confirmed_at.is_(None))
            .values(confirmed_at=now)
            .returning(SecondFactor.user_id)
        )
        return await self._session.scalar(statement) is not None

    async def use_step(self, step: int) -> bool:
        """Take the code of a time step, once; False when it, or a later one, was taken before."""
        statement = (
            update(SecondFactor)
            .where(SecondFactor.user_id == self.user_id)
            .where(or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step))
            .values(last_step=step)
            .returning(SecondFactor.user_id)
        )
        return await self._session.scalar(statement) is not None

    async def use_recovery_code(self, code_hash: str, now: datetime) -> bool:
        """Take a recovery code, once."""
        statement = (
            update(RecoveryCode)
            .where(RecoveryCode.user_id == self.user_id, RecoveryCode.code_hash == code_hash)
            .where(RecoveryCode.used_at.is_(None))
            .values(used_at=now)
            .returning(RecoveryCode.id)
        )
        return await self._session.scalar(statement) is not None

    async def replace_recovery_codes(self, hashes: Iterable[str], now: datetime) -> None:
        """Fresh codes; the former ones are worth nothing any more."""
        await self._session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == self.user_id))
        self._session.add_all(
            RecoveryCode(id=new_id(), user_id=self.user_id, code_hash=one, created_at=now) for one in hashes
        )

    async def remove(self) -> None:
        """No second factor any more, and no codes."""
        for model in (RecoveryCode, SecondFactor):
            await self._session.execute(delete(model).where(model.user_id == self.user_id))
