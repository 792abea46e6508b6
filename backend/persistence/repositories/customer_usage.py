"""What customers have called: written down once per call, counted from what was written, and read in groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, text, update

from backend.core.ids import CustomerId
from backend.persistence.models.customer import Customer, CustomerUser, Plan
from backend.persistence.models.customer_usage import CustomerUsageDay, CustomerUsageMonth
from backend.persistence.repositories.tenant_scope import TenantRepository


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call with a key; ``is_counted`` when it was let through."""

    id: UUID
    customer_id: UUID
    key_id: UUID
    at: datetime
    method: str
    route: str
    status: int
    milliseconds: int
    is_counted: bool
    address: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class MonthCounted:
    """How a month stands after calls were written down."""

    customer_id: UUID
    month: str
    counted: int
    noticed_percent: int


class UsageBy(StrEnum):
    """What calls are told apart by."""

    DAY = "day"
    KEY = "key"
    ROUTE = "route"
    STATUS = "status"


#: A record that is written a second time, because nobody knows whether the first time was the last, counts nothing.
_RECORD: Final = text("""
WITH logged AS (
  INSERT INTO customer_requests (id, tenant_id, customer_id, key_id, at, method, route, status, milliseconds,
                                 is_counted, address, request_id)
  SELECT one.id, :tenant, one.customer_id, one.key_id, one.at, one.method, one.route, one.status, one.milliseconds,
         one.is_counted, one.address, one.request_id
  FROM unnest(CAST(:id AS uuid[]), CAST(:customer_id AS uuid[]), CAST(:key_id AS uuid[]),
              CAST(:at AS timestamptz[]), CAST(:method AS text[]), CAST(:route AS text[]), CAST(:status AS int[]),
              CAST(:milliseconds AS int[]), CAST(:is_counted AS boolean[]), CAST(:address AS text[]),
              CAST(:request_id AS text[]))
    AS one (id, customer_id, key_id, at, method, route, status, milliseconds, is_counted, address, request_id)
  ON CONFLICT (id) DO NOTHING
  RETURNING customer_id, key_id, at, method, route, status, is_counted
), days AS (
  INSERT INTO customer_usage_days (tenant_id, customer_id, day, key_id, method, route, status, requests)
  SELECT :tenant, customer_id, CAST(at AT TIME ZONE 'UTC' AS date), key_id, method, route, status, count(*)
  FROM logged GROUP BY 2, 3, 4, 5, 6, 7 ORDER BY 2, 3, 4, 5, 6, 7
  ON CONFLICT (customer_id, day, key_id, method, route, status)
  DO UPDATE SET requests = customer_usage_days.requests + excluded.requests
)
INSERT INTO customer_usage_months (tenant_id, customer_id, month, counted, noticed_percent)
SELECT :tenant, customer_id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM'), count(*), 0
FROM logged WHERE is_counted GROUP BY 2, 3 ORDER BY 2, 3
ON CONFLICT (customer_id, month) DO UPDATE SET counted = customer_usage_months.counted + excluded.counted
RETURNING customer_id, month, counted, noticed_percent
""")
_NOTE_USE: Final = text("""
UPDATE customer_api_keys AS key SET last_used_at = one.at, last_used_address = one.address
FROM unnest(CAST(:key_id AS uuid[]), CAST(:at AS timestamptz[]), CAST(:address AS text[])) AS one (id, at, address)
WHERE key.tenant_id = :tenant AND key.id = one.id AND (key.last_used_at IS NULL OR key.last_used_at < one.at)
""")
_COLUMNS: Final = (
    "id",
    "customer_id",
    "key_id",
    "at",
    "method",
    "route",
    "status",
    "milliseconds",
    "is_counted",
    "address",
    "request_id",
)


class CustomerUsageRepository(TenantRepository):
    """Calls of a publisher's customers in one transaction."""

    async def record(self, calls: Sequence[CallRecord]) -> list[MonthCounted]:
        """Write calls down and count them, each once however often it is given; the months that have more now."""
        columns: dict[str, Any] = {name: [getattr(one, name) for one in calls] for name in _COLUMNS}
        rows = (await self._session.execute(_RECORD, {"tenant": self.tenant, **columns})).all()
        return [MonthCounted(*row) for row in rows]

    async def note_use(self, calls: Sequence[CallRecord]) -> None:
        """When and from where each key was used last."""
        last = {one.key_id: one for one in sorted(calls, key=lambda one: one.at)}
        keys = sorted(last.values(), key=lambda one: one.key_id)
        values = {name: [getattr(one, name) for one in keys] for name in ("key_id", "at", "address")}
        await self._session.execute(_NOTE_USE, {"tenant": self.tenant, **values})

    async def counted(self, customer: CustomerId, month: str) -> int:
        """How many calls of a month count to the quota, as far as they have been written down."""
        query = select(CustomerUsageMonth.counted).where(
            CustomerUsageMonth.tenant_id == self.tenant,
            CustomerUsageMonth.customer_id == customer,
            CustomerUsageMonth.month == month,
        )
        return await self._session.scalar(query) or 0

    async def quotas(self, customers: Collection[UUID]) -> dict[UUID, tuple[str, int]]:
        """Name and monthly quota of those customers that have one."""
        query = (
            select(Customer.id, Customer.name, Plan.monthly_quota)
            .join(Plan, Plan.id == Customer.plan_id)
            .where(Customer.tenant_id == self.tenant, Customer.id.in_(customers), Plan.monthly_quota.is_not(None))
        )
        rows = (await self._session.execute(query)).all()
        return {identity: (name, quota) for identity, name, quota in rows if quota is not None}

    async def mark_noticed(self, customer: UUID, month: str, percent: int) -> bool:
        """Whether nobody else has told this share, or a larger one, before."""
        statement = (
            update(CustomerUsageMonth)
            .where(
                CustomerUsageMonth.tenant_id == self.tenant,
                CustomerUsageMonth.customer_id == customer,
                CustomerUsageMonth.month == month,
                CustomerUsageMonth.noticed_percent < percent,
            )
            .values(noticed_percent=percent)
            .returning(CustomerUsageMonth.customer_id)
        )
        return await self._session.scalar(statement) is not None

    async def addresses(self, customer: UUID, roles: Collection[str]) -> Sequence[str]:
        """Verified addresses of those who have one of the roles."""
        query = select(CustomerUser.email).where(
            CustomerUser.tenant_id == self.tenant,
            CustomerUser.customer_id == customer,
            CustomerUser.is_active,
            CustomerUser.email_verified_at.is_not(None),
            CustomerUser.role.in_(roles),
        )
        return (await self._session.scalars(query.order_by(CustomerUser.email))).all()

    async def grouped(
        self, customer: CustomerId, first: date, last: date, by: Collection[UsageBy]
    ) -> list[dict[str, object]]:
        """Calls of some days, summed over all that they are not told apart by."""
        columns = {
            UsageBy.DAY: CustomerUsageDay.day,
            UsageBy.KEY: CustomerUsageDay.key_id,
            UsageBy.ROUTE: CustomerUsageDay.route,
            UsageBy.STATUS: CustomerUsageDay.status,
        }
        chosen = [columns[one].label(one.value) for one in UsageBy if one in by]
        query = (
            select(*chosen, func.sum(CustomerUsageDay.requests).label("requests"))
            .where(
                CustomerUsageDay.tenant_id == self.tenant,
                CustomerUsageDay.customer_id == customer,
                CustomerUsageDay.day.between(first, last),
            )
            .group_by(*chosen)
            .order_by(*chosen)
        )
        return [dict(row) for row in (await self._session.execute(query)).mappings().all()]
