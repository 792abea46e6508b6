"""API keys as the people of a customer keep them: shown once, replaced with an overlap, revoked at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import CustomerId, new_id
from backend.core.pagination import Page, PageRequest
from backend.domain.api_versions import CURRENT_VERSION, get_version
from backend.domain.audit import SECRET_CHANGED, AuditAction, AuditSubject
from backend.domain.customers import CustomerKeyState, check_scopes
from backend.domain.service_keys import check_networks
from backend.persistence.customer_access import tell_access_changed
from backend.persistence.models.customer import CustomerAPIKey
from backend.persistence.repositories.customers import CustomerKeyRepository, CustomerRepository
from backend.services.api_keys import LIVE_KEY_PREFIX, TEST_KEY_PREFIX, key_hash, new_key, shown_part
from backend.services.scope import TenantScope
from backend.services.service_keys import ExpiryInThePast

#: Keys of a customer that has no plan yet.
KEYS_WITHOUT_PLAN: Final = 2
_LAST_LENGTH: Final = 4


class CustomerKeyNotFound(OpenRegError):
    """There is no such API key."""

    code: ClassVar[str] = "customer_key_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class CustomerKeyNameTaken(OpenRegError):
    """Another API key has this name."""

    code: ClassVar[str] = "customer_key_name_taken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CustomerKeyClosed(OpenRegError):
    """The API key has been revoked."""

    code: ClassVar[str] = "customer_key_closed"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class CustomerKeyLimitReached(OpenRegError):
    """The plan includes no more API keys."""

    code: ClassVar[str] = "customer_key_limit_reached"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class CustomerKeyTerms:
    """What a key may read, from where, how often and until when."""

    name: str
    is_test: bool
    scopes: Sequence[str]
    networks: Sequence[str]
    rate_limit_per_minute: int | None
    expires_at: datetime | None
    api_version: str = CURRENT_VERSION


@dataclass(frozen=True, slots=True)
class CustomerKeyService:
    """Keys of one customer; ``scope`` is the publisher's tenant in the name of who acts."""

    scope: TenantScope
    customer: CustomerId

    async def create(self, terms: CustomerKeyTerms) -> tuple[CustomerAPIKey, SecretStr]:
        """A key and its secret, which is never shown again.

        Raises KeyScopeUnknown, ApiVersionUnknown, NetworkInvalid, ExpiryInThePast, CustomerKeyLimitReached,
        CustomerKeyNameTaken.
        """
        at = self.scope.now()
        prefix = TEST_KEY_PREFIX if terms.is_test else LIVE_KEY_PREFIX
        secret = new_key(prefix)
        if terms.expires_at is not None and terms.expires_at <= at:
            raise ExpiryInThePast
        key = CustomerAPIKey(
            id=new_id(),
            tenant_id=self.scope.tenant,
            customer_id=self.customer,
            name=terms.name,
            is_test=terms.is_test,
            prefix=shown_part(prefix, secret),
            last_four=secret[-_LAST_LENGTH:],
            secret_hash=key_hash(secret),
            scopes=check_scopes(terms.scopes),
            networks=check_networks(terms.networks),
            api_version=get_version(terms.api_version).name,
            rate_limit_per_minute=terms.rate_limit_per_minute,
            expires_at=terms.expires_at,
            created_by=self.scope.user_id,
            created_at=at,
            updated_at=at,
        )
        async with self.scope.transaction() as session:
            await self._check_room(session)
            keys = CustomerKeyRepository(session, self.scope.tenant)
            keys.add(key)
            await keys.flush_unique(
                CustomerKeyNameTaken(f"An API key named {key.name!r} exists.", fix="Choose another name.")
            )
            await self._record(session, AuditAction.CUSTOMER_KEY_CREATED, key, {"scopes": list(key.scopes)})
        return key, SecretStr(secret)

    async def page(self, request: PageRequest) -> Page[CustomerAPIKey]:
        """Keys, newest first, revoked ones included."""
        async with self.scope.transaction() as session:
            return await CustomerKeyRepository(session, self.scope.tenant).page(self.customer, request)

    async def get(self, key_id: UUID) -> CustomerAPIKey:
        """Raises CustomerKeyNotFound."""
        async with self.scope.transaction() as session:
            key = await CustomerKeyRepository(session, self.scope.tenant).find(self.customer, key_id)
        if key is None:
            raise CustomerKeyNotFound
        return key

    async def rotate(self, key_id: UUID, overlap: timedelta) -> tuple[CustomerAPIKey, SecretStr]:
        """A new secret; the one before opens for ``overlap`` longer. Raises CustomerKeyNotFound, CustomerKeyClosed."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            key = await self._open(session, key_id)
            prefix = TEST_KEY_PREFIX if key.is_test else LIVE_KEY_PREFIX
            secret = new_key(prefix)
            key.previous_hash, key.previous_until = (key.secret_hash, at + overlap) if overlap else (None, None)
            key.secret_hash, key.prefix = key_hash(secret), shown_part(prefix, secret)
            key.last_four = secret[-_LAST_LENGTH:]
            key.rotated_at = key.updated_at = at
            told: dict[str, object] = {"secret": SECRET_CHANGED, "overlap_hours": overlap.total_seconds() / 3600}
            await self._record(session, AuditAction.CUSTOMER_KEY_ROTATED, key, told)
            await tell_access_changed(session, self.customer)
        return key, SecretStr(secret)

    async def revoke(self, key_id: UUID) -> None:
        """It opens nothing any more, in any process, within a second. Raises CustomerKeyNotFound, CustomerKeyClosed."""
        at = self.scope.now()
        async with self.scope.transaction() as session:
            key = await self._open(session, key_id)
            key.revoked_at = key.updated_at = at
            key.previous_hash = key.previous_until = None
            await self._record(session, AuditAction.CUSTOMER_KEY_REVOKED, key, {})
            await tell_access_changed(session, self.customer)

    async def _open(self, session: AsyncSession, key_id: UUID) -> CustomerAPIKey:
        key = await CustomerKeyRepository(session, self.scope.tenant).find(self.customer, key_id, for_update=True)
        if key is None:
            raise CustomerKeyNotFound
        if key.revoked_at is not None:
            raise CustomerKeyClosed
        return key

    async def _check_room(self, session: AsyncSession) -> None:
        """Counted under the customer's lock: two at once are not one too many."""
        customers = CustomerRepository(session, self.scope.tenant)
        customer = await customers.find(self.customer, for_update=True)
        plan = await customers.find_plan(customer.plan_id if customer else None)
        room = plan.max_keys if plan is not None else KEYS_WITHOUT_PLAN
        if await CustomerKeyRepository(session, self.scope.tenant).count_open(self.customer) >= room:
            raise CustomerKeyLimitReached(f"The plan includes {room} API keys.", fix="Revoke one that is not used.")

    async def _record(
        self, session: AsyncSession, action: AuditAction, key: CustomerAPIKey, after: dict[str, object]
    ) -> None:
        subject = AuditSubject("customer_api_key", key.id, key.name)
        await self.scope.audit(session).record(action, subject, after=after or None)


def key_state(key: CustomerAPIKey, now: datetime) -> CustomerKeyState:
    """Whether a key opens anything by itself now."""
    if key.revoked_at is not None:
        return CustomerKeyState.REVOKED
    is_over = key.expires_at is not None and key.expires_at <= now
    return CustomerKeyState.EXPIRED if is_over else CustomerKeyState.ACTIVE
