"""Services in the name of the owner, with the workers' port written down."""

from datetime import timedelta

import pytest

from backend.core.clock import utc_now
from backend.services.run_lease import RunLease
from backend.services.runs import RunService
from backend.services.scope import TenantScope
from tests.factories.installation import Installation
from tests.factories.people import Person
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
