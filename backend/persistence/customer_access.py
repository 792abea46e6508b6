"""What the external API asks of the database for every key it does not know yet, and how it hears of changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.persistence.connected import fetch_columns
from backend.persistence.fixed_query import FixedQuery
from backend.persistence.models.customer import Customer, CustomerAPIKey, Plan
from backend.persistence.repositories.tenant_scope import TENANT
from backend.persistence.session import SystemDatabase

#: What whoever remembers keys listens to; the payload is the id of a customer or, when a plan changed, of the tenant.
CHANNEL: Final = "openreg_customer_access"


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key with its customer and plan, as they are stored; without a plan the last fields are None."""

    key_id: UUID
    customer_id: UUID
    customer_name: str
    customer_state: str
    key_name: str
    is_test: bool
    secret_hash: str
    previous_until: datetime | None
    scopes: list[str]
    networks: list[str]
    api_version: str
    rate_limit_per_minute: int | None
    expires_at: datetime | None
    revoked_at: datetime | None
    plan_until: datetime | None
    plan_id: UUID | None
    plan_key: str | None
    plan_rate_per_minute: int | None
    plan_monthly_quota: int | None
    plan_scopes: list[str] | None
    plan_regimes: list[str] | None
    plan_kinds: list[str] | None
    plan_publication_ids: list[UUID] | None
    plan_updated_at: datetime | None


_HASH: Final = "hash"
_IS_IT: Final = or_(CustomerAPIKey.secret_hash == bindparam(_HASH), CustomerAPIKey.previous_hash == bindparam(_HASH))
_TENANT_OF_KEY: Final = FixedQuery(select(CustomerAPIKey.tenant_id).where(_IS_IT))
_KEY: Final = FixedQuery(
    select(
        CustomerAPIKey.id,
        Customer.id,
        Customer.name,
        Customer.state,
        CustomerAPIKey.name,
        CustomerAPIKey.is_test,
        CustomerAPIKey.secret_hash,
        CustomerAPIKey.previous_until,
        CustomerAPIKey.scopes,
        CustomerAPIKey.networks,
        CustomerAPIKey.api_version,
        CustomerAPIKey.rate_limit_per_minute,
        CustomerAPIKey.expires_at,
        CustomerAPIKey.revoked_at,
        Customer.plan_until,
        Plan.id,
        Plan.key,
        Plan.rate_limit_per_minute,
        Plan.monthly_quota,
        Plan.scopes,
        Plan.regimes,
        Plan.kinds,
        Plan.publication_ids,
        Plan.updated_at,
    )
    .join(Customer, Customer.id == CustomerAPIKey.customer_id)
    .outerjoin(Plan, Plan.id == Customer.plan_id)
    .where(CustomerAPIKey.tenant_id == TENANT, _IS_IT)
)


async def find_tenant_of_key(system: SystemDatabase, secret_hash: str) -> TenantId | None:
    """The publisher whose customer has this key, or had it before its rotation; or None."""
    rows = await system.fetch(_TENANT_OF_KEY, {_HASH: secret_hash})
    return TenantId(rows[0][0]) if rows else None


async def find_key(session: AsyncSession, tenant: TenantId, secret_hash: str) -> KeyRow | None:
    """The key of a hash with all that decides about its calls, or None."""
    rows = await fetch_columns(session, _KEY, {TENANT.key: tenant, _HASH: secret_hash})
    return KeyRow(*rows[0]) if rows else None


async def tell_access_changed(session: AsyncSession, whose: UUID) -> None:
    """With the commit, have every process forget the keys of a customer, or of all customers of a tenant."""
    await session.execute(select(func.pg_notify(CHANNEL, str(whose))))
