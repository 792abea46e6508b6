"""What a worker does about billing: for the publisher whose portal it is, when Stripe's key is set."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.ids import TenantId
from backend.persistence.session import Database
from backend.services.billing_events import BillingEvents
from backend.services.billing_reconciliation import BillingReconciliation
from backend.services.mail import PublicLinks
from backend.services.publishers import Publishers, PublisherUnknown
from backend.services.stripe_gateway import StripeGateway
from backend.services.subscription_books import SubscriptionBooks

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BillingWork:
    """Does nothing where plans are kept by hand."""

    database: Database
    publishers: Publishers
    gateway: StripeGateway | None
    box: SecretBox
    links: PublicLinks
    default_price_id: str | None
    now: Clock

    async def look(self) -> int:
        """Look into events that wait; how many."""
        events = await self._events()
        return 0 if events is None else await events.look()

    async def reconcile(self) -> int:
        """List events when an hour has passed, and look into those that are new; how many."""
        events = await self._events()
        if events is None or not await self._reconciliation(events.tenant, events.gateway).read_events():
            return 0
        return await events.look()

    async def read_all(self) -> int:
        """Read every subscription when a day has passed; how many."""
        events = await self._events()
        return 0 if events is None else await self._reconciliation(events.tenant, events.gateway).read_all()

    async def _events(self) -> BillingEvents | None:
        if self.gateway is None:
            return None
        try:
            tenant = await self.publishers.of_portal()
        except PublisherUnknown as error:
            log.warning("billing_without_publisher", fix=error.fix)
            return None
        return BillingEvents(self.database, tenant, self.gateway, self._books(tenant), self.now)

    def _reconciliation(self, tenant: TenantId, gateway: StripeGateway) -> BillingReconciliation:
        return BillingReconciliation(self.database, tenant, gateway, self._books(tenant), self.now)

    def _books(self, tenant: TenantId) -> SubscriptionBooks:
        return SubscriptionBooks(self.database, tenant, self.box, self.links, self.default_price_id, self.now)
