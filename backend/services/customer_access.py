"""Who a customer's key speaks for.

A key that cannot be one of ours is refused by its checksum, without a look. Others are remembered for some seconds, and
forgotten at once by every process when anything about the key, the customer or the plan changes.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

import structlog

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import CustomerId, CustomerKeyId, TenantId
from backend.core.redis_fallback import Monotonic
from backend.domain.customers import CustomerState, Entitlement, check_entitled
from backend.domain.service_keys import is_within
from backend.persistence.customer_access import CHANNEL, KeyRow, find_key, find_tenant_of_key
from backend.persistence.session import Database, SystemDatabase
from backend.services.api_keys import is_customer_key, key_hash

log = structlog.get_logger(__name__)
#: How long a key is believed while this process hears of changes; and while it does not.
REMEMBERED_SECONDS: Final = 30.0
UNHEARD_SECONDS: Final = 0.5
_KEYS_HELD: Final = 10_000
_LISTEN_AGAIN_SECONDS: Final = 1.0


class APIKeyUnknown(OpenRegError):
    """The API key is not one of ours."""

    code: ClassVar[str] = "api_key_unknown"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class APIKeyRefused(OpenRegError):
    """The API key has been revoked, replaced, or has expired."""

    code: ClassVar[str] = "api_key_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.UNAUTHENTICATED


class APIKeyOutOfPlace(OpenRegError):
    """The API key may not be used from this network."""

    code: ClassVar[str] = "api_key_out_of_place"
    kind: ClassVar[ErrorKind] = ErrorKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class CustomerCaller:
    """A program of a customer: whose data it reads, in whose name, what of it and how fast.

    ``scopes`` is what both the key and the plan allow. ``regimes``, ``kinds`` and ``publications`` narrow what is
    published, each by itself; None means all of it. ``entitlement_version`` changes whenever what may be seen changes:
    it belongs into the key of every cache.
    """

    tenant: TenantId
    customer_id: CustomerId
    customer_name: str
    key_id: CustomerKeyId
    key_name: str
    is_test: bool
    api_version: str
    plan: str
    scopes: frozenset[str]
    regimes: frozenset[str] | None
    kinds: frozenset[str] | None
    publications: frozenset[UUID] | None
    entitlement_version: str
    rate_per_minute: int
    key_rate_per_minute: int | None
    monthly_quota: int | None


@dataclass(frozen=True, slots=True)
class _KnownKey:
    tenant: TenantId
    row: KeyRow
    entitlement: Entitlement | None
    since: float

    @classmethod
    def of(cls, tenant: TenantId, row: KeyRow, since: float) -> _KnownKey:
        return cls(tenant, row, _entitlement(row), since)


class KnownKeys:
    """Keys by their hash, as this process last read them."""

    def __init__(self, clock: Monotonic = time.monotonic) -> None:
        self._clock = clock
        self._found: OrderedDict[str, _KnownKey] = OrderedDict()
        self._changes = 0
        self._is_listening = False

    def find(self, secret_hash: str) -> _KnownKey | None:
        """What is still believed of a key."""
        known = self._found.get(secret_hash)
        if known is None:
            return None
        believed = REMEMBERED_SECONDS if self._is_listening else UNHEARD_SECONDS
        if self._clock() - known.since >= believed:
            del self._found[secret_hash]
            return None
        return known

    @contextmanager
    def reading(self, secret_hash: str) -> Iterator[_Reading]:
        """A look into the database; its outcome is remembered unless something changed meanwhile."""
        reading = _Reading(self._clock())
        changes = self._changes
        yield reading
        if reading.found is not None and changes == self._changes:
            self._found[secret_hash] = reading.found
            if len(self._found) > _KEYS_HELD:
                self._found.popitem(last=False)

    def forget(self, whose: str) -> None:
        """Something about a customer, or about the customers of a tenant, has changed."""
        self._changes += 1
        gone = [one for one, known in self._found.items() if whose in {str(known.row.customer_id), str(known.tenant)}]
        for one in gone:
            del self._found[one]

    def hears(self, *, is_listening: bool) -> None:
        """Whether changes are heard from now on; what was said before is not known, so all is forgotten."""
        self._is_listening = is_listening
        self._changes += 1
        self._found.clear()

    async def listen(self, database: Database) -> None:
        """Hear of changes until cancelled."""
        while True:
            try:
                async with database.listen(CHANNEL, self.forget) as lost:
                    self.hears(is_listening=True)
                    await lost.wait()
            except OpenRegError as error:
                log.warning("customer_access_not_heard", code=error.code)
            finally:
                self.hears(is_listening=False)
            await asyncio.sleep(_LISTEN_AGAIN_SECONDS)


@dataclass(slots=True)
class _Reading:
    since: float
    found: _KnownKey | None = field(default=None)


@dataclass(frozen=True, slots=True)
class CustomerKeyAccess:
    """Authenticates customers' programs."""

    database: Database
    system: SystemDatabase
    known: KnownKeys
    now: Clock

    async def authenticate(self, secret: str, address: str | None) -> CustomerCaller:
        """Raises APIKeyUnknown, APIKeyRefused, APIKeyOutOfPlace, CustomerSuspended, PlanMissing, PlanEnded."""
        if not is_customer_key(secret):
            raise APIKeyUnknown(fix="Copy the whole key, from openreg_ to its last character.")
        hashed, at = key_hash(secret), self.now()
        known = self.known.find(hashed) or await self._read(hashed)
        row = known.row
        is_former = row.secret_hash != hashed
        if row.revoked_at is not None or _is_over(row.expires_at, at) or (is_former and _is_over_former(row, at)):
            raise APIKeyRefused(fix="Make another key.")
        entitlement = check_entitled(CustomerState(row.customer_state), known.entitlement, at)
        if not is_within(address, row.networks):
            raise APIKeyOutOfPlace(fix="Add the network of the program to the key.")
        return CustomerCaller(
            tenant=known.tenant,
            customer_id=CustomerId(row.customer_id),
            customer_name=row.customer_name,
            key_id=CustomerKeyId(row.key_id),
            key_name=row.key_name,
            is_test=row.is_test,
            api_version=row.api_version,
            plan=entitlement.plan,
            scopes=entitlement.scopes,
            regimes=entitlement.regimes,
            kinds=entitlement.kinds,
            publications=entitlement.publications,
            entitlement_version=entitlement.version,
            rate_per_minute=entitlement.rate_per_minute,
            key_rate_per_minute=row.rate_limit_per_minute,
            monthly_quota=entitlement.monthly_quota,
        )

    async def _read(self, hashed: str) -> _KnownKey:
        with self.known.reading(hashed) as reading:
            tenant = await find_tenant_of_key(self.system, hashed)
            if tenant is None:
                raise APIKeyUnknown(fix="Make a key in the portal.")
            async with self.database.reading(tenant) as session:
                row = await find_key(session, tenant, hashed)
            if row is None:
                raise APIKeyUnknown(fix="Make a key in the portal.")
            reading.found = _KnownKey.of(tenant, row, reading.since)
        return reading.found


def _is_over(until: datetime | None, now: datetime) -> bool:
    return until is not None and until <= now


def _is_over_former(row: KeyRow, now: datetime) -> bool:
    """A former secret without an end was never promised one."""
    return row.previous_until is None or row.previous_until <= now


def _entitlement(row: KeyRow) -> Entitlement | None:
    if row.plan_id is None or row.plan_key is None or row.plan_rate_per_minute is None or row.plan_updated_at is None:
        return None
    scopes = frozenset(row.scopes) & frozenset(row.plan_scopes or ())
    return Entitlement(
        plan=row.plan_key,
        scopes=scopes,
        regimes=None if row.plan_regimes is None else frozenset(row.plan_regimes),
        kinds=None if row.plan_kinds is None else frozenset(row.plan_kinds),
        publications=None if row.plan_publication_ids is None else frozenset(row.plan_publication_ids),
        rate_per_minute=row.plan_rate_per_minute,
        monthly_quota=row.plan_monthly_quota,
        until=row.plan_until,
        version=_version(row.plan_id, row.plan_updated_at, scopes),
    )


def _version(plan_id: UUID, changed_at: datetime, scopes: frozenset[str]) -> str:
    text = "|".join((str(plan_id), changed_at.isoformat(), *sorted(scopes)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
