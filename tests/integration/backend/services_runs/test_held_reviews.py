"""Held records are looked at again: what can be reported is released, what is excluded is closed, the rest waits."""

from __future__ import annotations

import io
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.domain.object_keys import input_key, run_prefix
from backend.persistence.models.eligibility import HeldRecord
from backend.persistence.models.exception import SupplementalRecord
from backend.persistence.models.run import Run
from backend.services.held_records import HeldRecordService
from backend.services.held_reviews import HeldReviews, review_what_reads
from backend.services.scope import TenantScope
from backend.services.wakeups import NoWakeups
from tests.factories.documents import decision, plain_document
from tests.factories.installation import Installation
from tests.factories.rows import Rows

DAY = date(2026, 11, 19)
# A price that has arrived, one that has not, a correction, and a reference that is no number.
TRADES = [("1", 10, Decimal(5)), ("2", 10, None), ("3", -1, Decimal(5)), ("x", 10, Decimal(5))]
DECISIONS = [
    decision(code="NUMBER", when="CAST(trade_id AS INTEGER) < 0", decision="exclude"),
    decision(),
    decision(code="NEGATIVE", when="quantity < 0", decision="exclude", reason="Corrections are not reported."),
]


@pytest.fixture
def reviews(installation: Installation) -> HeldReviews:
    """What the workers do."""
    storage = installation.adapters.storage
    return HeldReviews(installation.database, installation.system, storage, NoWakeups(), utc_now)


async def held_run(rows: Rows, installation: Installation, **changes: Any) -> tuple[Run, dict[str, HeldRecord]]:
    """A run of two row groups in which every trade waits."""
    connector = await rows.connector()
    version = await rows.version(await rows.report(), plain_document(connector.id, eligibility=DECISIONS, **changes))
    run = await rows.run(version, state="succeeded", held=len(TRADES), rows_in=len(TRADES), row_groups_total=2)
    table = pa.table(
        {
            "trade_id": [one[0] for one in TRADES],
            "quantity": pa.array([one[1] for one in TRADES], pa.int64()),
            "price": pa.array([one[2] for one in TRADES], pa.decimal128(18, 6)),
            "trade_date": [DAY] * len(TRADES),
        }
    )
    content = io.BytesIO()
    pq.write_table(table, content, row_group_size=2)
    key = input_key(run_prefix(run.tenant_id, run.id), 1)
    installation.adapters.storage.put(key, content.getvalue())
    async with rows.database.transaction(run.tenant_id) as session:
        stored = await session.get_one(Run, run.id)
        stored.input_key, stored.input_sha256, stored.input_size_bytes = key, "0" * 64, len(content.getvalue())
    waiting = [
        await rows.held_record(run, row_number=number, record_key=one[0]) for number, one in enumerate(TRADES, 1)
    ]
    return run, {one.record_key or "": one for one in waiting}


async def states(rows: Rows, records: dict[str, HeldRecord]) -> dict[str, tuple[str, str | None]]:
    found = {key: await rows.fresh(HeldRecord, one.id) for key, one in records.items()}
    return {key: (one.state, one.note) for key, one in found.items()}


async def test_records_are_released_closed_or_wait_on(
    rows: Rows, installation: Installation, scope: TenantScope, reviews: HeldReviews
) -> None:
    run, records = await held_run(rows, installation)
    assert await reviews.review_due() == 0, "nobody has asked for it"
    assert await HeldRecordService(scope).ask_for_review(None) == 1
    assert await reviews.review_due() == 1
    assert await states(rows, records) == {
        "1": ("released", "No decision holds it any more."),
        "2": ("held", None),
        "3": ("excluded", "NEGATIVE: Corrections are not reported."),
        # What cannot be decided waits: nobody has a wrong record reported.
        "x": ("held", None),
    }
    assert (await rows.fresh(HeldRecord, records["2"].id)).looked_at is not None
    assert await reviews.review_due() == 0, "a look is done once"
    assert run.held == len(TRADES), "what the run counted stays"


@pytest.mark.parametrize("on_release", ["wait", "report"])
async def test_what_is_released_is_reported_at_once_where_the_report_wants_it(
    rows: Rows, installation: Installation, scope: TenantScope, reviews: HeldReviews, on_release: str
) -> None:
    run, records = await held_run(rows, installation, on_release=on_release)
    await HeldRecordService(scope).ask_for_review(None)
    await reviews.review_due()
    async with scope.transaction() as session:
        added = (await session.scalars(select(Run).where(Run.parent_run_id == run.id))).all()
        taken = (await session.scalars(select(SupplementalRecord))).all()
    if on_release == "wait":
        assert (added, taken) == ([], [])
        return
    assert [(one.kind, one.state, one.created_by) for one in added] == [("supplemental", "pending", run.created_by)]
    assert [one.parent_row_number for one in taken] == [1]
    released = await rows.fresh(HeldRecord, records["1"].id)
    assert (released.state, released.supplemental_run_id) == ("released", added[0].id)


async def test_a_look_is_asked_for_by_the_reference_data_that_decisions_name(
    rows: Rows, installation: Installation, scope: TenantScope, reviews: HeldReviews
) -> None:
    await held_run(rows, installation)
    for name, looks in (("lei", 0), ("quantity", 1)):
        async with scope.transaction() as session:
            await review_what_reads(session, scope.tenant, name, utc_now())
        assert await reviews.review_due() == looks


async def test_a_look_that_was_asked_for_again_meanwhile_is_done_again(
    rows: Rows, installation: Installation, scope: TenantScope, reviews: HeldReviews, monkeypatch: pytest.MonkeyPatch
) -> None:
    await held_run(rows, installation)
    service, looks = HeldRecordService(scope), 0
    look = HeldReviews._look

    async def look_and_ask(self: HeldReviews, *what: Any) -> object:
        nonlocal looks
        looks += 1
        if looks == 1:
            await service.ask_for_review(None)
        return await look(self, *what)

    monkeypatch.setattr(HeldReviews, "_look", look_and_ask)
    await service.ask_for_review(None)
    assert (await reviews.review_due(), looks) == (2, 2)


async def test_rows_that_are_gone_leave_the_records_waiting(
    rows: Rows, installation: Installation, scope: TenantScope, reviews: HeldReviews
) -> None:
    run, records = await held_run(rows, installation)
    async with rows.database.transaction(run.tenant_id) as session:
        (await session.get_one(Run, run.id)).input_key = None
    await HeldRecordService(scope).ask_for_review(run.report_id)
    assert await reviews.review_due() == 1
    assert {state for state, _ in (await states(rows, records)).values()} == {"held"}
    assert await reviews.review_due() == 0
