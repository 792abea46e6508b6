"""A sender of webhooks to be killed, in a process of its own: ``python -m tests.harness.drain_webhooks TENANT LEASE``.

It drains again and again, as a worker does that the sweep nudges; its leases last as many seconds as told.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.core.ids import TenantId
from backend.persistence.faults import DatabaseUnavailable
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from tests.factories.installation import opened

LOOK_SECONDS = 0.1


def start_drain(environment: dict[str, str], tenant: TenantId, lease_seconds: int) -> subprocess.Popen[bytes]:
    """A sender for a tenant."""
    command = [sys.executable, "-m", "tests.harness.drain_webhooks", str(tenant), str(lease_seconds)]
    return subprocess.Popen(command, env={**os.environ, **environment})


async def _main(tenant: TenantId, lease_seconds: int) -> None:
    lease = timedelta(seconds=lease_seconds)  # a test does not wait a minute
    async with (
        opened(load_settings(os.environ)) as installation,
        WebhookSender(installation.adapters.egress_public_web) as sender,
    ):
        drain = WebhookDrain(installation.database, installation.box, sender, utc_now, lease)
        while True:
            with suppress(DatabaseUnavailable):  # a worker's task fails then, and the sweep begins another
                await drain.drain(tenant)
            await asyncio.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    asyncio.run(_main(TenantId(UUID(sys.argv[1])), int(sys.argv[2])))
