"""Idempotency keys."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert

from backend.persistence.models.idempotency import IdempotencyKey
from backend.persistence.repositories.tenant_scope import TenantRepository


class IdempotencyRepository(TenantRepository):
    """Idempotency keys of one tenant in one transaction."""

    async def claim(self, key: str, request_sha256: str, at: datetime) -> IdempotencyKey | None:
        """Take the key for this request (None), or return the row of the request that has it.

        A concurrent request with the same key waits here until the first one has committed or rolled back.
        """
        statement = (
            insert(IdempotencyKey)
            .values(tenant_id=self.tenant, key=key, request_sha256=request_sha256, created_at=at, answer=None)
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.key)
        )
        if await self._session.scalar(statement) is not None:
            return None
        return await self.get(key)

    async def get(self, key: str) -> IdempotencyKey:
        """The row of a key that exists."""
        query = self._select(IdempotencyKey).where(IdempotencyKey.key == key)
        return (await self._session.scalars(query)).one()
