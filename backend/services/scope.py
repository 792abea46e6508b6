"""What a use case is given: a tenant, who acts, a transaction factory, and the clock."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.persistence.session import Database


@dataclass(frozen=True, slots=True)
class TenantScope:
    """Transactions of one tenant, in the name of one user."""

    database: Database
    tenant: TenantId
    user_id: UUID
    now: Clock

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        """One unit of work; committed when the block ends without an error."""
        return self.database.transaction(self.tenant)
