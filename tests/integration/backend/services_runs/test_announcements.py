"""What staff are told of, and that it is said in the transaction of the fact."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import RunId
from backend.domain.notices import NoticeKind
from backend.domain.runs import RunState
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.models.notice import Notice
from backend.persistence.models.run import Run
from backend.services.announcements import (
    announce_approval_waiting,
    announce_delivery_failed,
    announce_endpoint_disabled,
    announce_run_held,
)
from backend.services.run_ending import RunEnding
from backend.services.run_lease import Claim, RunLease
from tests.factories.installation import Installation
from tests.factories.people import new_member
from tests.factories.rows import Rows
from tests.factories.wakeups import NotedWakeups


@pytest.fixture
def ending(installation: Installation, wakeups: NotedWakeups) -> RunEnding:
    """Ends runs of this installation."""
    return RunEnding(installation.database, installation.adapters.storage, wakeups, utc_now)


async def told(rows: Rows) -> Sequence[Notice]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return (await session.scalars(select(Notice).order_by(Notice.sequence))).all()


async def claimed(rows: Rows, lease: RunLease) -> Claim:
    found = await lease.claim(rows.person.tenant, RunId((await rows.run()).id))
    assert found is not None
    return found


async def test_a_failed_run_is_told_with_its_reason_and_a_cancelled_one_is_not(
    ending: RunEnding, rows: Rows, lease: RunLease
) -> None:
    failed, cancelled = await claimed(rows, lease), await claimed(rows, lease)
    reason: dict[str, object] = {"code": "x", "message": "It broke.", "fix": "Mend it.", "details": {}}
    await ending.end(failed, RunState.FAILED, reason)
    async with rows.database.transaction(cancelled.tenant) as session:
        (await session.get_one(Run, cancelled.run_id)).move_to(RunState.CANCELLING, utc_now())
    await ending.end(cancelled, RunState.FAILED, reason)
    [notice] = await told(rows)
    assert (notice.kind, notice.subject_id, notice.link) == (
        NoticeKind.RUN_FAILED,
        failed.run_id,
        f"/runs/{failed.run_id}",
    )
    assert notice.title == "Transactions for 2026-11-19 (run 1) failed"
    assert notice.text == "It broke. Mend it."
    assert notice.user_id == rows.person.user_id


async def test_a_fault_that_may_pass_is_not_told(ending: RunEnding, rows: Rows, lease: RunLease) -> None:
    await ending.fail(await claimed(rows, lease), DatabaseUnavailable())
    assert await told(rows) == []


async def test_held_runs_broken_deliveries_and_lost_endpoints_have_words_of_their_own(rows: Rows) -> None:
    tenant, at = rows.person.tenant, utc_now()
    run = await rows.run(state="partial", is_held=True, rows_in=1200, set_aside=3)
    destination = await rows.destination(name="Regulator")
    endpoint = await rows.webhook(description="Ledger", disabled_reason="answered 410 Gone")
    refused: dict[str, object] = {"code": "destination_refused", "message": "No.", "fix": None}
    changed: dict[str, object] = {"code": "host_key_changed", "message": "Another key.", "fix": "Compare it."}
    async with rows.database.transaction(tenant) as session:
        await announce_run_held(session, tenant, run, at)
        announce_delivery_failed(session, tenant, destination, refused, at)
        announce_delivery_failed(session, tenant, destination, changed, at)
        announce_endpoint_disabled(session, tenant, endpoint, at)
    assert [(one.kind, one.title, one.text) for one in await told(rows)] == [
        (
            "run_held",
            "Transactions for 2026-11-19 (run 1) is held",
            "3 of 1,200 records were set aside. Release the rest, or correct them first.",
        ),
        ("delivery_failed", "A delivery to Regulator failed", "No."),
        ("host_key_changed", "Regulator shows another host key", "Another key. Compare it."),
        ("endpoint_disabled", "The webhook endpoint Ledger was switched off", "It answered 410 Gone."),
    ]


async def test_a_version_that_waits_is_told_to_approvers_other_than_its_submitter(rows: Rows) -> None:
    tenant = rows.person.tenant
    approver = await new_member(rows.database, tenant, "acme", "approver@example.test", permissions=["reports:approve"])
    report = await rows.report()
    version = await rows.version(report)
    async with rows.database.transaction(tenant) as session:
        announce_approval_waiting(session, tenant, report, version, rows.person.actor, utc_now())
    [notice] = await told(rows)
    assert (notice.kind, notice.user_id) == (NoticeKind.APPROVAL_WAITING, approver.user_id)
    assert notice.text == f"Submitted by {rows.person.email}."
