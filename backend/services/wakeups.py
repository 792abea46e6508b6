"""Waking workers: a nudge after the commit. PostgreSQL holds the work; a lost nudge only costs the sweeper's wait."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from backend.core.ids import TenantId


class Wakeups(Protocol):
    """What can be woken; implementations never raise, since the sweeper follows anyway."""

    def run(self, tenant: TenantId, run_id: UUID) -> None:
        """A run waits for a worker."""

    def deliveries(self) -> None:
        """Deliveries are due."""

    def webhooks(self, tenant: TenantId) -> None:
        """Webhook deliveries of a tenant are due."""

    def mails(self, tenant: TenantId) -> None:
        """Mails of a tenant are due."""

    def billing(self) -> None:
        """Events of Stripe wait to be looked into."""

    def reconciliation(self, tenant: TenantId, reconciliation_id: UUID) -> None:
        """An extract waits to be compared."""

    def close(self) -> None:
        """Send what is waiting; returns within a few seconds."""


class NoWakeups:
    """For a process that has no way to the queues: whoever supervises it wakes the others."""

    def run(self, tenant: TenantId, run_id: UUID) -> None:
        """Nothing."""

    def deliveries(self) -> None:
        """Nothing."""

    def webhooks(self, tenant: TenantId) -> None:
        """Nothing."""

    def mails(self, tenant: TenantId) -> None:
        """Nothing."""

    def billing(self) -> None:
        """Nothing."""

    def reconciliation(self, tenant: TenantId, reconciliation_id: UUID) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""
