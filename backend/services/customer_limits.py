"""How often a customer may call: the plan's rate over all keys, the key's own rate, and the month's quota."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

from backend.core.call_admission import Admission, Bucket, CallAdmission, Count
from backend.core.clock import Clock
from backend.core.token_bucket import Rate, Taken
from backend.domain.customers import month_of, next_month
from backend.persistence.repositories.customer_usage import CustomerUsageRepository
from backend.persistence.session import Database
from backend.services.customer_access import CustomerCaller

_MINUTE_SECONDS: Final = 60
_DAY_SECONDS: Final = 24 * 3600
#: The quota's window as the draft's headers have it; months differ by days.
_MONTH_SECONDS: Final = 30 * _DAY_SECONDS


@dataclass(frozen=True, slots=True)
class CallQuota:
    """What the headers of an answer say: the minute's policy and, if there is one, the month's."""

    per_minute: int
    taken: Taken
    monthly_quota: int | None
    used: int
    month_ends_in_seconds: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Structured fields (draft-ietf-httpapi-ratelimit-headers), and what clients before them read."""
        policies = [f'"minute";q={self.per_minute};w={_MINUTE_SECONDS}']
        states = [f'"minute";r={max(0, self.taken.remaining)};t={self.taken.full_after_seconds}']
        if self.monthly_quota is not None:
            policies.append(f'"month";q={self.monthly_quota};w={_MONTH_SECONDS}')
            states.append(f'"month";r={max(0, self.monthly_quota - self.used)};t={self.month_ends_in_seconds}')
        return [
            (b"ratelimit-policy", ", ".join(policies).encode()),
            (b"ratelimit", ", ".join(states).encode()),
            (b"x-ratelimit-limit", str(self.per_minute).encode()),
            (b"x-ratelimit-remaining", str(max(0, self.taken.remaining)).encode()),
            (b"x-ratelimit-reset", str(self.taken.full_after_seconds).encode()),
        ]


@dataclass(frozen=True, slots=True)
class CustomerLimits:
    """Counts calls of customers."""

    admission: CallAdmission
    database: Database
    now: Clock

    async def admit(self, caller: CustomerCaller) -> tuple[Admission, CallQuota]:
        """Count a call, or say why not; and what the answer's headers tell of it."""
        at = self.now()
        month = month_of(at)

        async def read() -> int:
            async with self.database.reading(caller.tenant) as session:
                return await CustomerUsageRepository(session, caller.tenant).counted(caller.customer_id, month)

        count = Count(f"quota:{caller.customer_id}:{month}", caller.monthly_quota, read)
        admission = await self.admission.admit(_buckets(caller), count)
        limit = min(caller.rate_per_minute, caller.key_rate_per_minute or caller.rate_per_minute)
        ends_in = ceil((next_month(at) - at).total_seconds())
        return admission, CallQuota(limit, admission.tightest, caller.monthly_quota, admission.used, ends_in)


def _buckets(caller: CustomerCaller) -> list[Bucket]:
    """One for all keys of the customer: two keys are not twice the plan. A key with a lower rate has one beside it."""
    buckets = [Bucket(f"rate:customer:{caller.customer_id}", Rate.published(caller.rate_per_minute))]
    own = caller.key_rate_per_minute
    if own is not None and own < caller.rate_per_minute:
        buckets.append(Bucket(f"rate:key:{caller.key_id}", Rate.published(own)))
    return buckets
