"""What a use case is given: a tenant, who acts in it, a transaction factory, and the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.persistence.audit import ActorRecord, AuditTrail
from backend.persistence.session import Database


class ActorKind(StrEnum):
    """What acts: a person, a program with a service key, somebody of a customer, or OpenReg itself."""

    PERSON = "person"
    SERVICE_KEY = "service_key"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a call comes from, signed in or not."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the audit trail keeps it.

    ``id`` is that of the user or of the service key, None for the system; ``label`` the e-mail address or the key's
    name as it was then. ``user_id`` is whom rows are attributed to: a service key acts for the user who made it.
    """

    kind: ActorKind
    id: UUID | None
    label: str
    user_id: UUID
    address: str | None = None
    request_id: str | None = None

    @classmethod
    def person(cls, user_id: UUID, email: str, caller: Caller) -> Actor:
        """Somebody who has proven who they are."""
        return cls(ActorKind.PERSON, user_id, email, user_id, caller.address, caller.request_id)


class CommitGuard(Protocol):
    """Has the last word before a transaction commits."""

    async def check(self, session: AsyncSession) -> None:
        """Raise to take the transaction back."""


@dataclass(frozen=True, slots=True)
class TenantScope:
    """Transactions of one tenant, in the name of one user."""

    database: Database
    tenant: TenantId
    user_id: UUID
    now: Clock
    actor: Actor
    _guards: list[CommitGuard] = field(default_factory=list, init=False, repr=False, compare=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work; committed when the block ends without an error."""
        async with self.database.transaction(self.tenant) as session:
            yield session
            await self._check(session)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A transaction that cannot write, for lists and other looks."""
        return self.database.reading(self.tenant)

    @contextmanager
    def guarded(self, guard: CommitGuard) -> Iterator[None]:
        """Inside the block no transaction of this scope commits against the guard."""
        self._guards.append(guard)
        try:
            yield
        finally:
            self._guards.remove(guard)

    def audit(self, session: AsyncSession) -> AuditTrail:
        """The tenant's audit trail in the name of who acts; an entry is written with the transaction."""
        one = self.actor
        record = ActorRecord(one.kind.value, one.id, one.label, one.address, one.request_id)
        return AuditTrail(session, self.tenant, record, self.now)

    @asynccontextmanager
    async def own_transaction(self) -> AsyncIterator[AsyncSession]:
        """One unit of work that also reaches what belongs to the user alone: sessions, second factor."""
        async with self.database.transaction(self.tenant, user_id=self.user_id) as session:
            yield session
            await self._check(session)

    async def _check(self, session: AsyncSession) -> None:
        for guard in self._guards:
            await guard.check(session)
