"""The port to the workers, written down instead of sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from backend.core.ids import TenantId


@dataclass
class NotedWakeups:
    """Implements ``backend.services.wakeups.Wakeups``; ``noted`` holds what was woken, in order."""

    noted: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, tenant: TenantId, run_id: UUID) -> None:
        self.noted.append(("run", str(tenant), str(run_id)))

    def deliveries(self) -> None:
        self.noted.append(("deliveries",))

    def webhooks(self, tenant: TenantId) -> None:
        self.noted.append(("webhooks", str(tenant)))

    def mails(self, tenant: TenantId) -> None:
        self.noted.append(("mails", str(tenant)))

    def billing(self) -> None:
        self.noted.append(("billing",))

    def reconciliation(self, tenant: TenantId, reconciliation_id: UUID) -> None:
        self.noted.append(("reconciliation", str(tenant), str(reconciliation_id)))

    def close(self) -> None:
        self.noted.append(("close",))
