"""Looking into what events are about: read from Stripe what is true now, and write that down.

An event is a hint that something may have changed. What it says of it is never used, so that it does not matter in
which order events come, how often, or whether one of them says what is no longer so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.persistence.models.billing import StripeEvent, StripeEventState
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.session import Database
from backend.services.stripe_gateway import StripeGateway
from backend.services.subscription_books import SubscriptionBooks

log = structlog.get_logger(__name__)
BATCH: Final = 50
#: Longer than a batch takes when each of its requests has all its time.
LEASE: Final = timedelta(minutes=10)
_FIRST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(hours=1)

#: What is listened to; the webhook at Stripe is to send these.
EVENT_TYPES: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice.payment_failed",
    "invoice.payment_action_required",
)


@dataclass(frozen=True, slots=True)
class BillingEvents:
    """Looks into events of one publisher's account."""

    database: Database
    tenant: TenantId
    gateway: StripeGateway
    books: SubscriptionBooks
    now: Clock

    async def look(self) -> int:
        """Look into all that is due; how many events that were."""
        looked = 0
        while claimed := await self._claim():
            await self._look_into(claimed)
            looked += len(claimed)
        return looked

    async def _claim(self) -> Sequence[StripeEvent]:
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            return await BillingRepository(session, self.tenant).claim_events(at, at + LEASE, BATCH)

    async def _look_into(self, events: Sequence[StripeEvent]) -> None:
        """Each subscription and invoice once, however many events are about it."""
        about: dict[tuple[str | None, str | None], list[StripeEvent]] = {}
        for one in events:
            about.setdefault((one.subscription_id, one.invoice_id), []).append(one)
        seen: set[str] = set()
        for (subscription_id, invoice_id), group in about.items():
            try:
                if subscription_id is not None and subscription_id not in seen:
                    await self._read_subscription(subscription_id)
                    seen.add(subscription_id)
                if invoice_id is not None and invoice_id not in seen:
                    await self._read_invoice(invoice_id)
                    seen.add(invoice_id)
            except OpenRegError as error:
                await self._settle(group, error)
            else:
                await self._settle(group, None)

    async def _read_subscription(self, subscription_id: str) -> None:
        fetched_at = await self.books.moment()
        facts = await self.gateway.subscription(subscription_id)
        if facts is not None:
            await self.books.record([facts], fetched_at)

    async def _read_invoice(self, invoice_id: str) -> None:
        fetched_at = await self.books.moment()
        facts = await self.gateway.invoice(invoice_id)
        if facts is not None:
            await self.books.record_invoice(facts, fetched_at)

    async def _settle(self, events: Sequence[StripeEvent], error: OpenRegError | None) -> None:
        """Done; or due again later, for as long as it takes: nobody is to lose what was paid for."""
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            for one in await BillingRepository(session, self.tenant).find_events([event.id for event in events]):
                if error is None:
                    one.state, one.handled_at, one.last_error = StripeEventState.DONE, at, None
                else:
                    pause = min(_FIRST_PAUSE * 2 ** min(one.attempts - 1, 12), _LONGEST_PAUSE)
                    one.next_attempt_at, one.last_error = at + pause, error.code
        if error is not None:
            log.warning("stripe_events_wait", code=error.code, events=len(events))
