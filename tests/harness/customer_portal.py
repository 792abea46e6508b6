"""A publisher's portal as customers meet it: the service in its process, mail by SMTP, Stripe's stand-in, a worker."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.embedded.ports import free_port
from backend.persistence.session import Database, SystemDatabase
from backend.services.adapters import create_adapters
from backend.services.billing_work import BillingWork
from backend.services.mail import PublicLinks
from backend.services.publishers import Publishers
from backend.services.stripe_gateway import gateway_of
from tests.harness.backend_process import running_service
from tests.harness.installation import Installation, send_due_mails
from tests.services.mail_servers import Mailbox, plain_mail_server
from tests.services.servers import run_now
from tests.services.stripe_counterpart.process import KEY, SECRET, Counterpart, counterpart

#: Long enough for a busy machine.
HEARD_SECONDS = 30
WEBHOOK = "/external_api/v1/customers/billing/webhook"


@dataclass(frozen=True, slots=True)
class CustomerPortal:
    """Where it is, and what stands around it."""

    address: str
    installation: Installation
    env: dict[str, str]
    mailbox: Mailbox
    stripe: Counterpart

    def hear(self) -> None:
        """Wait until everything that has happened at Stripe's stand-in was brought to us."""
        deadline = time.monotonic() + HEARD_SECONDS
        while True:
            state = self.stripe.state()
            heard = {one["event"] for one in state["deliveries"] if one["status"] == HTTPStatus.OK}
            if heard >= {one["id"] for one in state["events"]}:
                return
            assert time.monotonic() < deadline, state["deliveries"]
            time.sleep(0.1)

    def work(self) -> None:
        """What workers do all the time: hand over mails, and look into what Stripe has told."""
        self.hear()

        async def look() -> None:
            settings = load_settings(self.env)
            database = Database(settings.database.url.get_secret_value(), pool_size=1, name="test")
            system = SystemDatabase(settings.database.system_url.get_secret_value(), name="test")
            gateway = gateway_of(settings.stripe)
            assert gateway is not None
            work = BillingWork(
                database,
                Publishers(system, settings.publishing.default_publisher),
                gateway,
                create_adapters(settings).box,
                PublicLinks(settings.publishing.portal_url),
                settings.stripe.price_id,
                utc_now,
            )
            try:
                await work.look()
            finally:
                await gateway.close()
                await database.dispose()
                await system.dispose()
            await send_due_mails(self.env, self.installation.tenant)

        run_now(look())

    def link_in_mail_to(self, email: str) -> str:
        """The link of the newest mail that the mail server has got for somebody."""
        deadline = time.monotonic() + HEARD_SECONDS
        while not (texts := [mail.get_content() for mail in self.mailbox.mails if mail["To"] == email]):
            assert time.monotonic() < deadline, [str(mail["To"]) for mail in self.mailbox.mails]
            self.work()  # a mail is written down some moments after the answer
        found = re.search(r"https?://\S+", texts[-1])
        assert found is not None, texts[-1]
        return found[0]


@contextmanager
def running_portal(installation: Installation, folder: Path) -> Iterator[CustomerPortal]:
    """Start all of it; ended with the block."""
    port, mailbox = free_port(), Mailbox()
    address = f"http://127.0.0.1:{port}"
    with plain_mail_server(mailbox) as smtp, counterpart("--webhook", address + WEBHOOK) as stripe:
        env = {
            **installation.env,
            "DEFAULT_PUBLISHER": "test",
            "PORTAL_URL": address,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(smtp),
            "SMTP_TLS": "none",
            "STRIPE_API_BASE": stripe.address,
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRET": SECRET,
        }
        with running_service("external_api.main:create_app", env, folder / "external-api.log", port):
            yield CustomerPortal(address, installation, env, mailbox, stripe)
