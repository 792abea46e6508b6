"""Health of connectors: tests are remembered, repeated when somebody asked for it, and their news told once."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.ids import ConnectorId, TenantId
from backend.core.jitter import draw
from backend.domain.connector_health import TEST_LEASE, TestRecord, next_test_at, remembered
from backend.persistence.models.connector import Connector as StoredConnector
from backend.persistence.repositories.connectors import ConnectorRepository, LastRun
from backend.persistence.session import Database
from backend.services.announcements import announce_connector_failed, announce_connector_works
from backend.services.connectors.base import Connector, ConnectorTest, StepListener, failed_step, nobody_listens
from backend.services.connectors.faults import ConnectorError
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound, ConnectorOpener

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectorHealth:
    """How a connector does: its last tests, the next, and the last run through it."""

    connector: StoredConnector
    tests: tuple[TestRecord, ...]
    last_run: LastRun | None


@dataclass(frozen=True, slots=True)
class TimedTest:
    """What a test found, and how long it took."""

    found: ConnectorTest
    milliseconds: int


@dataclass(frozen=True, slots=True)
class ConnectorHealthService:
    """Health of the connectors of a tenant, for its people."""

    scope: TenantScope
    opener: ConnectorOpener

    async def health(self, connector_id: ConnectorId) -> ConnectorHealth:
        """Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            connectors = ConnectorRepository(session, self.scope.tenant)
            found = await connectors.find(connector_id)
            if found is None:
                raise ConnectorNotFound
            tests = tuple(TestRecord.read(one) for one in found.recent_tests)
            return ConnectorHealth(found, tests, await connectors.find_last_run(connector_id))

    async def test(self, connector_id: ConnectorId, tell: StepListener = nobody_listens) -> ConnectorTest:
        """Try it step by step, and remember how it went. Raises ConnectorNotFound."""
        async with self.scope.transaction() as session:
            tested = await ConnectorRepository(session, self.scope.tenant).find(connector_id)
        if tested is None:
            raise ConnectorNotFound
        timed = await asyncio.to_thread(_timed, self.opener.open(tested), tell)
        async with self.scope.transaction() as session:
            await _record(session, tested, timed, self.scope.now(), tester=self.scope.user_id)
        return timed.found


@dataclass(frozen=True, slots=True)
class ConnectorRetests:
    """Repeats tests that are due."""

    database: Database
    opener: ConnectorOpener
    now: Clock

    async def retest(self, tenant: TenantId, connector_id: ConnectorId) -> bool:
        """Test it if that is due and nobody else is at it; whether it was."""
        async with self.database.transaction(tenant) as session:
            due = await ConnectorRepository(session, tenant).find_due_for_test(connector_id)
            if due is None:
                return False
            # Written before the work: who finds it meanwhile leaves it, and after a crash it is due again.
            due.next_test_at = self.now() + TEST_LEASE
        try:
            timed = await asyncio.to_thread(_timed, self.opener.open(due), nobody_listens)
        except OpenRegError as error:  # a key that is missing, settings that hold no more
            log.warning("connector_not_tested", connector_id=str(connector_id), code=error.code)
            broken = ConnectorError(error.message, fix=error.fix)
            timed = TimedTest(ConnectorTest((failed_step("dns", broken),)), 0)
        async with self.database.transaction(tenant) as session:
            await _record(session, due, timed, self.now(), tester=None)
        return True


def _timed(connector: Connector, tell: StepListener) -> TimedTest:
    started = time.monotonic()
    found = connector.test(tell)
    return TimedTest(found, round((time.monotonic() - started) * 1000))


async def _record(
    session: AsyncSession, tested: StoredConnector, timed: TimedTest, at: datetime, *, tester: UUID | None
) -> None:
    """Keep what a test found; one that was changed or removed meanwhile is not what was tested."""
    tenant, connector_id = TenantId(tested.tenant_id), ConnectorId(tested.id)
    stored = await ConnectorRepository(session, tenant).find(connector_id, for_update=True)
    if stored is None:
        return
    spread = draw()
    stored.next_test_at = next_test_at(at, stored.retest_every_hours, spread)
    if stored.revision != tested.revision:
        return
    last = timed.found.steps[-1]
    stored.tested_at = at
    stored.failed_step = None if timed.found.ok else last.name
    stored.recent_tests = remembered(stored.recent_tests, TestRecord(at, timed.milliseconds, stored.failed_step))
    was_failing, stored.is_failing = stored.is_failing, not timed.found.ok
    # Told is only who asked for tests, and only what is news; whoever tests by hand has seen it.
    if stored.retest_every_hours is None or stored.is_failing == was_failing:
        return
    if stored.is_failing:
        announce_connector_failed(session, stored, last.message, last.fix, at, excluded=tester)
    else:
        announce_connector_works(session, stored, at, excluded=tester)
