"""Customers of a publisher as rows: plans, people, keys whose secrets are known, and what was called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from backend.core.clock import utc_now
from backend.core.ids import TenantId, new_id
from backend.domain.customers import DEFAULT_RATE_PER_MINUTE, CustomerRole, CustomerState, KeyScope
from backend.persistence.models.content_version import ContentVersion
from backend.persistence.models.customer import (
    Customer,
    CustomerAPIKey,
    CustomerLink,
    CustomerLinkKind,
    CustomerSession,
    CustomerUser,
    Plan,
)
from backend.persistence.models.customer_usage import CustomerRequest, CustomerUsageDay, CustomerUsageMonth
from backend.persistence.models.entity import Entity
from backend.persistence.session import Database
from backend.services.api_keys import LIVE_KEY_PREFIX, key_hash, new_key, shown_part
from tests.factories.billing_rows import billing_cursor, billing_rows
from tests.factories.people import hashed_password
from tests.factories.rows import AT, Rows

ALL_SCOPES = sorted(scope.value for scope in KeyScope)


@dataclass(frozen=True, slots=True)
class CustomerRows:
    """Makers of a publisher's customers; what is stored comes back detached."""

    database: Database
    tenant: TenantId

    async def plan(self, **changes: Any) -> Plan:
        """A plan with everything in it."""
        identity = new_id()
        defaults = {
            "id": identity,
            "key": f"plan-{identity}",
            "name": "Everything",
            "description": "For tests.",
            "rate_limit_per_minute": DEFAULT_RATE_PER_MINUTE,
            "monthly_quota": None,
            "max_keys": 10,
            "max_members": 10,
            "scopes": ALL_SCOPES,
            "regimes": None,
            "kinds": None,
            "publication_ids": None,
            "is_default": False,
            "is_offered": True,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Plan, defaults, changes)

    async def customer(self, plan: Plan | None = None, **changes: Any) -> Customer:
        """A company with a plan that does not end."""
        defaults = {
            "id": new_id(),
            "name": "Reader Ltd",
            "state": CustomerState.ACTIVE,
            "plan_id": (plan or await self.plan()).id,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(Customer, defaults, changes)

    async def user(self, customer: Customer, **changes: Any) -> CustomerUser:
        """The owner of a company, with a verified address."""
        identity = new_id()
        defaults = {
            "id": identity,
            "customer_id": customer.id,
            "email": f"reader-{identity}@example.test",
            "full_name": "Rita Reader",
            "password_hash": hashed_password(),
            "role": CustomerRole.OWNER,
            "is_active": True,
            "email_verified_at": AT,
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(CustomerUser, defaults, changes)

    async def key(self, customer: Customer, **changes: Any) -> tuple[CustomerAPIKey, str]:
        """A key that may read everything, and its secret."""
        secret = new_key(LIVE_KEY_PREFIX)
        defaults = {
            "id": new_id(),
            "customer_id": customer.id,
            "name": f"Key {new_id()}",
            "is_test": False,
            "prefix": shown_part(LIVE_KEY_PREFIX, secret),
            "last_four": secret[-4:],
            "secret_hash": key_hash(secret),
            "scopes": ALL_SCOPES,
            "networks": [],
            "created_at": AT,
            "updated_at": AT,
        }
        return await self._store(CustomerAPIKey, defaults, changes), secret

    async def _store(self, kind: type[Any], defaults: dict[str, Any], changes: dict[str, Any]) -> Any:
        row = kind(**{"tenant_id": self.tenant, **defaults, **changes})
        await self.store(row)
        return row

    async def store(self, *rows: Entity) -> None:
        """Store rows that are ready."""
        async with self.database.transaction(self.tenant) as session:
            session.add_all(rows)


@dataclass(frozen=True, slots=True)
class FilledCustomers:
    """What ``fill_customers`` has stored, as far as tests ask for it by id."""

    customer: Customer
    suspended: Customer
    plan: Plan
    unused_plan: Plan


async def fill_customers(rows: Rows) -> FilledCustomers:
    """One row in each table of customers."""
    made, tenant = CustomerRows(rows.database, rows.person.tenant), rows.person.tenant
    plan = await made.plan()
    customer = await made.customer(plan)
    user = await made.user(customer)
    key, _ = await made.key(customer)
    whose: dict[str, Any] = {"tenant_id": tenant, "customer_id": customer.id}
    called: dict[str, Any] = {**whose, "key_id": key.id, "method": "GET", "route": "/external_api/v1/key"}
    now = utc_now()
    await made.store(
        CustomerSession(
            id=new_id(),
            tenant_id=tenant,
            user_id=user.id,
            family_hash="0" * 64,
            token_hash="0" * 64,
            created_at=now,
            last_used_at=now,
            expires_at=now + timedelta(days=7),
        ),
        CustomerLink(
            id=new_id(),
            **whose,
            kind=CustomerLinkKind.VERIFICATION,
            user_id=user.id,
            email=user.email,
            token_hash=new_id().hex * 2,
            created_at=AT,
            expires_at=AT,
        ),
        CustomerRequest(id=new_id(), **called, at=AT, status=200, milliseconds=1, is_counted=True, request_id="r"),
        CustomerUsageDay(**called, day=AT.date(), status=200, requests=1),
        CustomerUsageMonth(**whose, month="2026-11", counted=1, noticed_percent=0),
        ContentVersion(tenant_id=tenant, kind=new_id().hex[2:], version=new_id(), changed_at=now, changed_in=1),
        *billing_rows(tenant, customer.id, plan.id),
    )
    async with rows.database.transaction(tenant) as session:
        await session.merge(billing_cursor(tenant))
    suspended = await made.customer(plan, state=CustomerState.SUSPENDED, suspended_at=AT)
    return FilledCustomers(customer, suspended, plan, await made.plan())
