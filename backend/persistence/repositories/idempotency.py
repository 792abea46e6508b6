"""Idempotency keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from backend.persistence.models.idempotency import IdempotencyKey
from backend.persistence.repositories.tenant_scope import TenantRepository

#: Old keys that one request removes: more than it adds, so that they do not pile up.
FORGOTTEN_AT_ONCE = 20


class IdempotencyRepository(TenantRepository):
    """Idempotency keys of one tenant in one transaction; leases by the database's clock."""

    async def claim(
        self, key: str, request_sha256: str, claim: UUID, lease: timedelta, at: datetime
    ) -> IdempotencyKey | None:
        """Take the key for this request (None), or return the row of the request that has it.

        A concurrent request with the same key waits here until the first one has committed or rolled back. A key whose
        holder let its lease end without an effect is taken over.
        """
        until = func.clock_timestamp() + lease
        row = {"tenant_id": self.tenant, "key": key, "request_sha256": request_sha256, "created_at": at}
        statement = (
            insert(IdempotencyKey)
            .values(**row, claim=claim, lease_expires_at=until, has_effect=False, answer=None)
            .on_conflict_do_update(
                index_elements=["tenant_id", "key"],
                set_={"claim": claim, "lease_expires_at": until},
                where=(IdempotencyKey.request_sha256 == request_sha256)
                & IdempotencyKey.answer.is_(None)
                & IdempotencyKey.has_effect.is_(False)
                & (IdempotencyKey.lease_expires_at < func.clock_timestamp()),
            )
            .returning(IdempotencyKey.key)
        )
        if await self._session.scalar(statement) is not None:
            return None
        return await self.get(key)

    async def get(self, key: str) -> IdempotencyKey:
        """The row of a key that exists."""
        query = self._select(IdempotencyKey).where(IdempotencyKey.key == key)
        return (await self._session.scalars(query)).one()

    async def mark_effect(self, key: str, claim: UUID) -> bool:
        """Note that this transaction is the request's effect; False when another request has the key by now.

        A transaction that only reads has no effect.
        """
        await self._session.flush()
        if await self._session.scalar(text("SELECT pg_current_xact_id_if_assigned()")) is None:
            return True
        mine = self._mine(key, claim)
        marked = update(IdempotencyKey).where(*mine).values(has_effect=True).returning(IdempotencyKey.key)
        return await self._session.scalar(marked) is not None

    async def store_answer(self, key: str, claim: UUID, answer: bytes) -> None:
        """Keep the answer for whoever sends the request again."""
        await self._session.execute(update(IdempotencyKey).where(*self._mine(key, claim)).values(answer=answer))

    async def give_back(self, key: str, claim: UUID) -> None:
        """Forget a request that failed, unless it had an effect before it did."""
        mine = self._mine(key, claim)
        await self._session.execute(delete(IdempotencyKey).where(*mine, IdempotencyKey.has_effect.is_(False)))

    async def forget_before(self, at: datetime) -> None:
        """Remove some keys from before a moment."""
        old = (
            select(IdempotencyKey.key)
            .where(IdempotencyKey.tenant_id == self.tenant, IdempotencyKey.created_at < at)
            .limit(FORGOTTEN_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        mine = IdempotencyKey.tenant_id == self.tenant
        await self._session.execute(delete(IdempotencyKey).where(mine, IdempotencyKey.key.in_(old)))

    def _mine(self, key: str, claim: UUID) -> tuple[ColumnElement[bool], ...]:
        return IdempotencyKey.tenant_id == self.tenant, IdempotencyKey.key == key, IdempotencyKey.claim == claim
