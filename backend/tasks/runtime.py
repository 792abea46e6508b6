"""What a worker process holds: one event loop, one pool per database role, and the services built from them."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from celery import Celery

from backend.config import Settings
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import Adapters, create_adapters
from backend.services.backfills import BackfillSweep
from backend.services.billing_work import BillingWork
from backend.services.connector_health import ConnectorRetests
from backend.services.customer_retention import CustomerRetention
from backend.services.deadline_sweep import DeadlineSweep
from backend.services.delivery import DeliveryService, TransferOpener
from backend.services.error_register_sweep import ErrorRegisterSweep
from backend.services.feedback_polling import FeedbackPolling
from backend.services.feedback_reading import FeedbackReader
from backend.services.held_reviews import HeldReviews
from backend.services.mail import PublicLinks
from backend.services.mail_drain import MailDrain
from backend.services.mail_transport import mail_transport
from backend.services.notice_mails import NoticeMails
from backend.services.publishers import Publishers
from backend.services.quality import QualitySweep
from backend.services.reconciliation_work import ReconciliationWorker
from backend.services.report_activation import ReportActivation
from backend.services.run_ending import RunEnding
from backend.services.run_lease import RunLease
from backend.services.run_supervisor import RunSupervisor
from backend.services.schedule_tick import ScheduleTick
from backend.services.source_access import ConnectorOpener
from backend.services.source_upload_expiry import SourceUploadExpiry
from backend.services.stripe_gateway import StripeGateway, gateway_of
from backend.services.trigger_looks import TriggerLooks, TriggerSources
from backend.services.upload_expiry import UploadExpiry
from backend.services.webhook_certificates import WebhookCertificateWatch
from backend.services.webhook_recoveries import WebhookRecoverySweep
from backend.services.webhook_retention import WebhookRetention
from backend.tasks.drain_thread import DrainThread
from backend.tasks.wakeups import CeleryWakeups

T = TypeVar("T")
RUN_COMMAND = (sys.executable, "-m", "backend.tasks.run_process")


@dataclass(frozen=True, slots=True)
class WorkerRuntime:
    """Built after the fork, closed before the process ends."""

    settings: Settings
    runner: asyncio.Runner
    database: Database
    system: SystemDatabase
    adapters: Adapters
    wakeups: CeleryWakeups
    drains: DrainThread
    gateway: StripeGateway | None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on this process' loop; log lines of it carry what is bound now, not what was when the loop was made."""
        return self.runner.run(work, context=copy_context())

    def supervisor(self) -> RunSupervisor:
        """Supervises one run."""
        owner = f"{socket.gethostname()}/{os.getpid()}"
        return RunSupervisor(
            lease=RunLease(
                self.database, owner, timedelta(seconds=self.settings.runs.lease_seconds), self.database.now
            ),
            ending=RunEnding(self.database, self.adapters.storage, self.wakeups, self.database.now),
            wakeups=self.wakeups,
            command=RUN_COMMAND,
        )

    def deliveries(self) -> DeliveryService:
        """Carries out deliveries."""
        return DeliveryService(self.database, self.adapters.storage, self._transfers(), self.wakeups, self.database.now)

    def connector_retests(self) -> ConnectorRetests:
        """Repeats tests of connectors."""
        return ConnectorRetests(self.database, ConnectorOpener.of(self.adapters), self.database.now)

    def held_reviews(self) -> HeldReviews:
        """Looks at held records again."""
        return HeldReviews(self.database, self.system, self.adapters.storage, self.wakeups, self.database.now)

    def quality_sweep(self) -> QualitySweep:
        """Measures the last days again."""
        return QualitySweep(self.database, self.system, self.database.now)

    def deadline_sweep(self) -> DeadlineSweep:
        """Watches deadlines."""
        return DeadlineSweep(self.database, self.system, self.wakeups, self.database.now)

    def error_register_sweep(self) -> ErrorRegisterSweep:
        """Watches what is done about errors and omissions."""
        return ErrorRegisterSweep(self.database, self.system, self.database.now)

    def upload_expiry(self) -> UploadExpiry:
        """Aborts abandoned uploads."""
        return UploadExpiry(self.system, self.adapters.storage, self.database.now)

    def source_upload_expiry(self) -> SourceUploadExpiry:
        """Aborts abandoned uploads of files."""
        return SourceUploadExpiry(self.database, self.system, self.adapters.storage, self.database.now)

    def feedback_reader(self) -> FeedbackReader:
        """Reads what regulators answer."""
        scratch = self.settings.runtime.scratch_dir
        return FeedbackReader(self.database, self.adapters.storage, self.wakeups, self.database.now, scratch)

    def reconciliation_worker(self) -> ReconciliationWorker:
        """Compares extracts."""
        scratch = self.settings.runtime.scratch_dir
        return ReconciliationWorker(self.database, self.adapters.storage, self.database.now, scratch)

    def _transfers(self) -> TransferOpener:
        return TransferOpener(self.adapters.box, self.adapters.egress_own_network)

    def feedback_polling(self) -> FeedbackPolling:
        """Looks for what regulators answer."""
        opener, scratch = self._transfers(), self.settings.runtime.scratch_dir
        return FeedbackPolling(self.database, self.adapters.storage, opener, self.wakeups, self.database.now, scratch)

    def report_activation(self) -> ReportActivation:
        """Activates approved versions whose day has come."""
        return ReportActivation(self.database, self.system, self.wakeups, self.database.now)

    def schedule_tick(self) -> ScheduleTick:
        """Starts what schedules name."""
        return ScheduleTick(self.database, self.system, self.wakeups, self.database.now)

    def backfill_sweep(self) -> BackfillSweep:
        """Goes on with backfills."""
        return BackfillSweep(self.database, self.system, self.wakeups, self.database.now)

    def trigger_looks(self) -> TriggerLooks:
        """Looks at what triggers wait for."""
        sources = TriggerSources(self._transfers(), ConnectorOpener.of(self.adapters))
        return TriggerLooks(self.database, self.system, sources, self.wakeups, self.database.now)

    def webhook_recovery_sweep(self) -> WebhookRecoverySweep:
        """Goes on with recoveries of webhooks."""
        return WebhookRecoverySweep(self.database, self.system, self.wakeups, self.database.now)

    def webhook_certificates(self) -> WebhookCertificateWatch:
        """Tells of certificates of endpoints that end."""
        return WebhookCertificateWatch(self.database, self.system, self.database.now)

    def webhook_retention(self) -> WebhookRetention:
        """Removes what is old from the log of webhooks."""
        return WebhookRetention(self.database, self.system, self.database.now)

    def customer_retention(self) -> CustomerRetention:
        """Removes what of customers need not be kept."""
        return CustomerRetention(self.database, self.system, self.database.now)

    def notice_mails(self) -> NoticeMails:
        """Mails notices."""
        links = PublicLinks(self.settings.mail.public_url)
        return NoticeMails(self.database, self.adapters.box, links, self.database.now)

    def billing_work(self) -> BillingWork:
        """Reads from Stripe what customers pay for."""
        publishing = self.settings.publishing
        return BillingWork(
            self.database,
            Publishers(self.system, publishing.default_publisher),
            self.gateway,
            self.adapters.box,
            PublicLinks(publishing.portal_url),
            self.settings.stripe.price_id,
            self.database.now,
        )

    def mail_drain(self) -> MailDrain:
        """Sends mails."""
        return MailDrain(self.database, self.adapters.box, mail_transport(self.settings.mail), self.database.now)


_runtime: list[WorkerRuntime] = []


def open_runtime(settings: Settings, app: Celery, drained: Callable[[], None]) -> None:
    """Make this process' runtime; ``drained`` is called by a thread of it when webhooks of a tenant were sent."""
    runner = asyncio.Runner()
    adapters = create_adapters(settings)
    url = settings.database.url.get_secret_value()
    database = Database(url, pool_size=settings.database.pool_size, name="openreg-worker")
    with suppress(DatabaseUnavailable):
        runner.run(database.read_clock())
    system = SystemDatabase(settings.database.system_url.get_secret_value(), name="openreg-worker")
    drains, gateway = DrainThread(settings, adapters, drained), gateway_of(settings.stripe)
    _runtime.append(WorkerRuntime(settings, runner, database, system, adapters, CeleryWakeups(app), drains, gateway))


def current_runtime() -> WorkerRuntime:
    """The runtime of the process that asks."""
    return _runtime[-1]


def close_runtime() -> None:
    """Close pools and connections."""
    if not _runtime:
        return
    one = _runtime.pop()
    one.drains.close()
    one.wakeups.close()
    if one.gateway is not None:
        one.runner.run(one.gateway.close())
    one.runner.run(one.database.dispose())
    one.runner.run(one.system.dispose())
    one.runner.close()
