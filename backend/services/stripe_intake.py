"""What Stripe's webhook brings: a row for each event, once; what is true is read afterwards, by a worker."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from backend.core.clock import Clock
from backend.core.ids import TenantId
from backend.domain.subscriptions import EventFacts
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.session import Database
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StripeIntake:
    """Takes events in for the publisher whose account of Stripe it is."""

    database: Database
    tenant: TenantId
    wakeups: Wakeups
    now: Clock

    async def take(self, event: EventFacts) -> bool:
        """Note the event; whether it is a new one. Only when this returns is it kept, whatever happens next."""
        async with self.database.transaction(self.tenant) as session:
            billing = BillingRepository(session, self.tenant)
            is_new = bool(await billing.add_events([event], self.now(), is_reconciled=False))
        if is_new:
            self.wakeups.billing()
        log.info("stripe_event_taken", event_id=event.id, event_type=event.type, is_new=is_new)
        return is_new
