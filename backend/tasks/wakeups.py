"""Nudging workers through Celery: sent from a thread of its own, so that a slow broker slows nobody down."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Lock, Timer
from uuid import UUID

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from backend.core.clock import utc_now
from backend.core.ids import TenantId
from backend.persistence.clock import MAX_DEVIATION

log = structlog.get_logger(__name__)

#: A nudge that nobody took by then is thrown away; the sweeper has sent others. Queues stay short. Sent by the clock of
#: one machine and thrown away by that of another, it must outlive what both may be off.
EXPIRES_SECONDS = 60 + 2 * MAX_DEVIATION.total_seconds()
SENT_AT = "openreg_sent_at"
CLOSE_SECONDS = 3.0
#: A drain sends all that is due, so that one nudge stands for all of this time.
TOGETHER_SECONDS = 0.05


class CeleryWakeups:
    """Implements ``backend.services.wakeups.Wakeups``; a message that cannot be sent is left to the sweeper."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="wakeups")
        self._lock = Lock()
        self._nudged_at: dict[TenantId, float] = {}
        self._coming: set[TenantId] = set()

    def run(self, tenant: TenantId, run_id: UUID) -> None:
        """A run waits for a worker."""
        self._send("runs.execute", "runs", tenant_id=str(tenant), run_id=str(run_id))

    def deliveries(self) -> None:
        """Deliveries are due."""
        self._send("deliveries.sweep", "maintenance")

    def delivery(self, tenant: TenantId, delivery_id: UUID) -> None:
        """One delivery is due."""
        self._send("deliveries.deliver", "delivery", tenant_id=str(tenant), delivery_id=str(delivery_id))

    def webhooks(self, tenant: TenantId) -> None:
        """Webhook deliveries of a tenant are due: the first nudge goes at once, those that follow it go as one."""
        with self._lock:
            if tenant in self._coming:
                return
            wait = self._nudged_at.get(tenant, 0.0) + TOGETHER_SECONDS - time.monotonic()
            if wait > 0:
                self._coming.add(tenant)
                late = Timer(wait, self._drain, (tenant,))
                late.daemon = True
                late.start()
                return
        self._drain(tenant)

    def connector(self, tenant: TenantId, connector_id: UUID) -> None:
        """The test of a connector is due."""
        self._send("connectors.retest", "maintenance", tenant_id=str(tenant), connector_id=str(connector_id))

    def feedback(self, tenant: TenantId, feedback_id: UUID) -> None:
        """A file of feedback waits to be read."""
        self._send("feedback.read", "sync", tenant_id=str(tenant), feedback_id=str(feedback_id))

    def answers(self, tenant: TenantId, destination_id: UUID) -> None:
        """The folder of a destination's answers is to be looked into."""
        self._send("answers.look", "sync", tenant_id=str(tenant), destination_id=str(destination_id))

    def reconciliation(self, tenant: TenantId, reconciliation_id: UUID) -> None:
        """An extract waits to be compared."""
        self._send("reconciliations.compare", "sync", tenant_id=str(tenant), reconciliation_id=str(reconciliation_id))

    def trigger(self, tenant: TenantId, trigger_id: UUID) -> None:
        """What a trigger waits for is to be looked at."""
        self._send("triggers.look", "sync", tenant_id=str(tenant), trigger_id=str(trigger_id))

    def billing(self) -> None:
        """Events of Stripe wait to be looked into."""
        self._send("billing.events", "billing")

    def mails(self, tenant: TenantId) -> None:
        """Mails of a tenant are due."""
        self._send("mails.send", "maintenance", tenant_id=str(tenant))

    def close(self) -> None:
        """Send what is waiting, for a moment; what a slow broker does not take by then is left to the sweeper."""
        with suppress(TimeoutError):
            self._threads.submit(_nothing).result(CLOSE_SECONDS)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _drain(self, tenant: TenantId) -> None:
        with self._lock:
            self._coming.discard(tenant)
            self._nudged_at[tenant] = time.monotonic()
        with suppress(RuntimeError):  # closed meanwhile: the sweeper follows
            self._send("webhooks.drain", "webhooks", tenant_id=str(tenant))

    def _send(self, task: str, queue: str, **ids: str) -> None:
        self._threads.submit(self._send_now, task, queue, ids)

    def _send_now(self, task: str, queue: str, ids: dict[str, str]) -> None:
        try:
            # When it was sent tells the worker how long the queue was; a clock that is off shows in health.
            sent = {SENT_AT: utc_now().timestamp()}
            self._app.send_task(task, kwargs=ids, queue=queue, retry=False, expires=EXPIRES_SECONDS, headers=sent)
        except (OperationalError, ConnectionError, TimeoutError) as error:
            log.warning("wakeup_not_sent", task=task, reason=type(error).__name__)


def _nothing() -> None:
    """The last in line: when it is done, everything before it is."""
