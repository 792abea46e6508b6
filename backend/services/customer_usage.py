"""Usage as customers see it: the month against the quota, and calls in groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import CustomerId, TenantId
from backend.domain.customers import month_of, next_month
from backend.persistence.repositories.customer_usage import CustomerUsageRepository, UsageBy
from backend.persistence.session import Database

LONGEST_DAYS: Final = 92


class UsagePeriodInvalid(OpenRegError):
    """The days of a usage report are out of order, or too many."""

    code: ClassVar[str] = "usage_period_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class UsageView:
    """The calls of some days, and how the present month stands."""

    month: str
    counted: int
    month_ends_at: datetime
    first: date
    last: date
    groups: Sequence[dict[str, object]]


@dataclass(frozen=True, slots=True)
class CustomerUsageService:
    """Usage of one customer."""

    database: Database
    tenant: TenantId
    customer: CustomerId
    now: Clock

    async def view(self, first: date | None, last: date | None, by: Collection[UsageBy]) -> UsageView:
        """Days by UTC, both included; the present month unless days are given. Raises UsagePeriodInvalid."""
        at = self.now()
        begins = first or at.date().replace(day=1)
        ends = last or max(begins, at.date())
        if ends < begins or ends - begins > timedelta(days=LONGEST_DAYS):
            raise UsagePeriodInvalid(fix=f"Ask for {LONGEST_DAYS} days at most, the first one first.")
        async with self.database.reading(self.tenant) as session:
            usage = CustomerUsageRepository(session, self.tenant)
            counted = await usage.counted(self.customer, month_of(at))
            groups = await usage.grouped(self.customer, begins, ends, by or [UsageBy.DAY])
        return UsageView(month_of(at), counted, next_month(at), begins, ends, groups)
