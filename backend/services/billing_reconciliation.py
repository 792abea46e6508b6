"""Finding out what the webhook did not bring: the list of events every hour, every subscription once a day.

How far each has come is a row, so that a worker that is killed, or Stripe being away for days, costs only time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.domain.subscriptions import EventFacts
from backend.persistence.models.billing import BillingCursor
from backend.persistence.repositories.billing import BillingRepository
from backend.persistence.session import Database
from backend.services.billing_events import EVENT_TYPES
from backend.services.stripe_gateway import StripeGateway
from backend.services.subscription_books import SubscriptionBooks

log = structlog.get_logger(__name__)
EVENTS_EVERY: Final = timedelta(hours=1)
READING_EVERY: Final = timedelta(hours=24)
#: When Stripe did not answer.
AGAIN_AFTER: Final = timedelta(minutes=5)
#: How far back Stripe lists events; what is older, the daily reading finds.
LISTED_FOR: Final = timedelta(days=30)
#: An event may be listed a little after the moment that it bears.
OVERLAP: Final = timedelta(minutes=15)
LEASE: Final = timedelta(minutes=10)
_READ_ONE_BY_ONE: Final = 100


@dataclass(frozen=True, slots=True)
class BillingReconciliation:
    """Compares one publisher's account of Stripe with what is written down."""

    database: Database
    tenant: TenantId
    gateway: StripeGateway
    books: SubscriptionBooks
    now: Clock

    async def read_events(self) -> int:
        """When an hour has passed: note events that nobody brought; how many. They are then looked into as others."""
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            cursor = await self._cursor(BillingRepository(session, self.tenant), at)
            if cursor is None or cursor.events_due_at > at:
                return 0
            cursor.events_due_at = at + LEASE
            since = max(cursor.events_read_to - OVERLAP, at - LISTED_FOR)
        try:
            events = await self._list(since)
        except OpenRegError as error:
            await self._unheard(error, events_due_at=at + AGAIN_AFTER)
            return 0
        async with self.database.transaction(self.tenant) as session:
            billing = BillingRepository(session, self.tenant)
            added = await billing.add_events(events, self.now(), is_reconciled=True)
            cursor = await self._cursor(billing, at)
            if cursor is not None:
                # By Stripe's clock where it has said something, and never by ours beyond that.
                cursor.events_read_to = max([cursor.events_read_to, *(one.created_at for one in events)])
                cursor.events_due_at, cursor.heard_at, cursor.unheard_since = at + EVENTS_EVERY, at, None
        log.info("stripe_events_listed", listed=len(events), added=added)
        return added

    async def read_all(self) -> int:
        """When a day has passed: read every subscription, page by page; how many. A page that is read stays read."""
        read = 0
        while (begun := await self._begin()) is not None:
            began_at, after = begun
            fetched_at = await self.books.moment()
            try:
                listed = await self.gateway.subscriptions(after)
                await self.books.record(listed.subscriptions, fetched_at)
                read += len(listed.subscriptions)
                if listed.next_after is None:
                    read += await self._read_the_rest(began_at)
                    await self._end_the_unpaid()
            except OpenRegError as error:
                await self._unheard(error, reading_due_at=self.now() + AGAIN_AFTER)
                break
            await self._advance(listed.next_after, began_at)
        return read

    async def _begin(self) -> tuple[datetime, str | None] | None:
        """Claim the next page of a reading that is due: since when it goes on, and after which subscription."""
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            cursor = await self._cursor(BillingRepository(session, self.tenant), at)
            if cursor is None or cursor.reading_due_at > at:
                return None
            cursor.reading_due_at = at + LEASE
            cursor.reading_began_at = cursor.reading_began_at or at
            return cursor.reading_began_at, cursor.reading_after

    async def _advance(self, after: str | None, began_at: datetime) -> None:
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            cursor = await self._cursor(BillingRepository(session, self.tenant), at)
            if cursor is None or cursor.reading_began_at != began_at:
                return
            cursor.heard_at, cursor.unheard_since, cursor.reading_after = at, None, after
            cursor.reading_due_at = at
            if after is None:
                cursor.reading_began_at, cursor.reading_due_at = None, at + READING_EVERY

    async def _read_the_rest(self, began_at: datetime) -> int:
        """Subscriptions of ours that no page had."""
        async with self.database.reading(self.tenant) as session:
            names = await BillingRepository(session, self.tenant).not_fetched_since(began_at, _READ_ONE_BY_ONE)
        for name in names:
            fetched_at = await self.books.moment()
            facts = await self.gateway.subscription(name)
            if facts is not None:
                await self.books.record([facts], fetched_at)
        return len(names)

    async def _end_the_unpaid(self) -> None:
        """Nobody is charged for an account that has been ended."""
        async with self.database.reading(self.tenant) as session:
            names = await BillingRepository(session, self.tenant).paid_by_nobody()
        for name in names:
            await self.gateway.end_now(name)
            log.info("subscription_of_closed_account_ended", subscription=name)

    async def _list(self, since: datetime) -> list[EventFacts]:
        events: list[EventFacts] = []
        after = None
        while True:
            listed = await self.gateway.events(since, EVENT_TYPES, after)
            events += [one for one in listed.events if one.is_live == self.gateway.is_live]
            after = listed.next_after
            if after is None:
                return events

    async def _unheard(
        self, error: OpenRegError, *, events_due_at: datetime | None = None, reading_due_at: datetime | None = None
    ) -> None:
        at = self.now()
        async with self.database.transaction(self.tenant) as session:
            cursor = await self._cursor(BillingRepository(session, self.tenant), at)
            if cursor is not None:
                cursor.unheard_since = cursor.unheard_since or at
                cursor.events_due_at = events_due_at or cursor.events_due_at
                cursor.reading_due_at = reading_due_at or cursor.reading_due_at
        log.warning("stripe_not_heard", code=error.code)

    async def _cursor(self, billing: BillingRepository, at: datetime) -> BillingCursor | None:
        return await billing.cursor(at, at - LISTED_FOR)
