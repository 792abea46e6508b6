"""Services in the name of the owner, with the workers' port written down."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from backend.core.clock import utc_now
from backend.persistence.models.report import ReportVersion
from backend.services.run_lease import RunLease
from backend.services.runs import RunService
from backend.services.scope import TenantScope
from backend.services.webhook_drain import WebhookDrain
from backend.services.webhook_sender import WebhookSender
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.receiver import Receiver, listening
from tests.factories.rows import Rows
from tests.factories.trigger_desk import Desk, active_version
from tests.factories.wakeups import NotedWakeups


@pytest.fixture
def wakeups() -> NotedWakeups:
    """What was woken."""
    return NotedWakeups()


@pytest.fixture
def scope(installation: Installation, owner: Person) -> TenantScope:
    """The owner's transactions."""
    return owner.scope(installation.database)


@pytest.fixture
def runs(scope: TenantScope, wakeups: NotedWakeups) -> RunService:
    """The owner's runs."""
    return RunService(scope, wakeups)


@pytest.fixture
def lease(installation: Installation) -> RunLease:
    """A worker that claims runs."""
    return RunLease(installation.database, "worker-1", timedelta(seconds=30), utc_now)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A partner's endpoint."""
    async with listening() as receiver:
        yield receiver


@pytest.fixture
async def drain(installation: Installation) -> AsyncIterator[WebhookDrain]:
    """A worker that sends webhooks."""
    async with WebhookSender(installation.adapters.egress_public_web) as sender:
        yield WebhookDrain(installation.database, installation.box, sender, utc_now)


@pytest.fixture
def desk(installation: Installation, scope: TenantScope, wakeups: NotedWakeups) -> Desk:
    return Desk(installation, scope, wakeups)


@pytest.fixture
async def reported_version(rows: Rows) -> ReportVersion:
    """An active version with one parameter."""
    return await active_version(rows)
