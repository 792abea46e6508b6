"""An approved version runs from its day on, in the time zone of its tenant, activated by nobody in particular."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.report import ReportVersion, ReportVersionEvent
from backend.persistence.repositories.tenants import MemberRepository
from backend.services.report_activation import ReportActivation
from backend.services.wakeups import NoWakeups
from tests.factories.installation import Installation
from tests.factories.rows import Rows

DAY = date(2026, 11, 27)


async def activate(installation: Installation, at: datetime) -> int:
    service = ReportActivation(installation.database, installation.system, NoWakeups(), lambda: at)
    return await service.activate_due()


async def state_of(rows: Rows, version: ReportVersion) -> str:
    async with rows.database.transaction(rows.person.tenant) as session:
        state: str | None = await session.scalar(select(ReportVersion.state).where(ReportVersion.id == version.id))
    assert state is not None
    return state


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("UTC", datetime(2026, 11, 26, 23, 59, tzinfo=UTC), datetime(2026, 11, 27, 0, 0, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 26, 14, 59, tzinfo=UTC), datetime(2026, 11, 26, 15, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 27, 4, 59, tzinfo=UTC), datetime(2026, 11, 27, 5, 0, tzinfo=UTC)),
    ],
)
async def test_a_version_is_activated_when_its_day_begins_where_its_tenant_is(
    installation: Installation, rows: Rows, zone: str, before: datetime, after: datetime
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        (await MemberRepository(session, rows.person.tenant).get_tenant()).time_zone = zone
    report = await rows.report()
    running = await rows.version(report)
    next_one = await rows.version(report, major=2, state=ReportVersionState.APPROVED, effective_from=DAY)
    assert await activate(installation, before) == 0
    assert await activate(installation, after) == 1
    assert await state_of(rows, next_one) == "active"
    assert await state_of(rows, running) == "archived"
    assert await activate(installation, after) == 0, "once"
    async with rows.database.transaction(rows.person.tenant) as session:
        steps = (await session.scalars(select(ReportVersionEvent).order_by(ReportVersionEvent.id))).all()
        entries = (await session.scalars(select(AuditEntry).order_by(AuditEntry.number))).all()
    assert [(one.action, one.actor_id) for one in steps] == [("archived", None), ("activated", None)]
    assert [(one.action, one.actor_kind, one.actor_id) for one in entries] == [
        ("report_version.archived", "system", None),
        ("report_version.activated", "system", None),
    ]


async def test_of_two_days_that_have_come_the_later_one_runs(installation: Installation, rows: Rows) -> None:
    report = await rows.report()
    later = await rows.version(report, major=2, state=ReportVersionState.APPROVED, effective_from=DAY)
    earlier = await rows.version(report, major=3, state=ReportVersionState.APPROVED, effective_from=date(2026, 11, 20))
    assert await activate(installation, datetime(2026, 12, 1, tzinfo=UTC)) == 2
    assert (await state_of(rows, later), await state_of(rows, earlier)) == ("active", "archived")


async def test_every_tenant_is_served_and_no_other_state_is_touched(
    installation: Installation, rows: Rows, strangers_rows: Rows
) -> None:
    versions = {
        one: await one.version(await one.report(), state=ReportVersionState.APPROVED, effective_from=DAY)
        for one in (rows, strangers_rows)
    }
    waiting = await rows.version(await rows.report(), state=ReportVersionState.IN_REVIEW)
    assert await activate(installation, datetime(2026, 11, 28, tzinfo=UTC)) == 2
    assert {await state_of(one, version) for one, version in versions.items()} == {"active"}
    assert await state_of(rows, waiting) == "in_review"
