"""Quality is measured in sets, the same again, and told once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import ReportId, TenantId, new_id
from backend.domain.datasets import DatasetKind
from backend.domain.notices import NoticeKind
from backend.domain.quality import Indicator, Threshold
from backend.persistence.models.dataset import Dataset
from backend.persistence.models.notice import Notice
from backend.persistence.models.quality import QualityDay
from backend.persistence.models.report import ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.tenant import Tenant
from backend.persistence.repositories.quality import DayRange
from backend.services.quality import QualityService, QualitySweep, QualityTerms, measure_and_tell
from backend.services.scope import TenantScope
from tests.factories.installation import Installation
from tests.factories.rows import Rows

FRIDAY = date(2026, 11, 20)
ENDED = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)


async def complete_run(rows: Rows, version: ReportVersion, **changes: Any) -> Run:
    """100 rows: 5 filtered, 10 excluded, 8 held, 7 set aside, 70 written; 9 have findings."""
    counts = {"rows_in": 100, "rows_out": 70, "set_aside": 7, "filtered": 5, "excluded": 10, "held": 8}
    ended = {"state": "partial", "reporting_date": FRIDAY, "finished_at": ENDED, "with_findings": 9}
    return await rows.run(version, **{**counts, **ended, **changes})


async def days_of(scope: TenantScope, day: date = FRIDAY) -> Sequence[QualityDay]:
    service = QualityService(scope)
    await service.measure(DayRange(day, day))
    return [one.day for one in await service.days(DayRange(day, day))]


async def told(rows: Rows) -> list[tuple[str, str]]:
    async with rows.database.transaction(rows.person.tenant) as session:
        notices = (await session.scalars(select(Notice).order_by(Notice.sequence))).all()
    return [(one.kind, one.text) for one in notices]


async def test_a_day_is_that_of_its_last_complete_run_with_all_that_was_done_since(
    rows: Rows, scope: TenantScope
) -> None:
    version = await rows.version(await rows.report())
    await complete_run(rows, version, sequence=1, rows_out=1, finished_at=ENDED - timedelta(hours=2))
    run = await complete_run(rows, version, sequence=2)
    await complete_run(rows, version, sequence=3, state="failed")
    for number, state in enumerate(("open", "amended", "resubmitted", "resolved", "accepted"), 1):
        changes = 1 if state in {"amended", "resubmitted", "resolved"} else 0
        await rows.exception(run, row_number=number, record_key=f"T-{number}", state=state, amendments=changes)
    for number, state in enumerate(("held", "released", "reported", "excluded"), 50):
        await rows.held_record(run, row_number=number, state=state)
    (day,) = await days_of(scope)
    assert (day.run_id, day.rows_in, day.expected, day.reported) == (run.id, 100, 84, 73)
    assert (day.checked, day.with_findings, day.set_aside, day.held, day.amended) == (77, 9, 7, 8, 3)
    # The report was there for the first time when its first run ended.
    assert day.finished_at == ENDED - timedelta(hours=2)
    (again,) = await days_of(scope)
    assert (again.expected, again.reported, again.amended) == (84, 73, 3)


async def test_a_record_that_was_set_aside_before_is_a_repeat(rows: Rows, scope: TenantScope) -> None:
    version = await rows.version(await rows.report())
    run = await complete_run(rows, version)
    other = await complete_run(rows, await rows.version(await rows.report()), reporting_date=FRIDAY - timedelta(1))
    await rows.exception(other, record_key="ELSEWHERE")
    for back, key in ((1, "AGAIN"), (30, "AGAIN"), (30, "LONG"), (31, "TOO LONG"), (1, None)):
        earlier = await complete_run(
            rows, version, reporting_date=FRIDAY - timedelta(back), sequence=100 + len(str(key)) + back
        )
        await rows.exception(earlier, record_key=key)
    for number, key in enumerate(("AGAIN", "LONG", "TOO LONG", "ELSEWHERE", None), 1):
        await rows.exception(run, row_number=number, record_key=key)
    assert [one.repeated for one in await days_of(scope)] == [2]


@pytest.mark.parametrize(
    ("day", "working_days", "due"),
    [
        (FRIDAY, 0, FRIDAY),
        (FRIDAY, 1, date(2026, 11, 23)),
        (FRIDAY, 5, date(2026, 11, 27)),
        (FRIDAY, 6, date(2026, 11, 30)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 22), 0, FRIDAY),
        (date(2026, 11, 18), 2, FRIDAY),
        (date(2026, 11, 18), 3, date(2026, 11, 23)),
    ],
    ids=str,
)
async def test_a_report_is_due_so_many_working_days_later_by_the_clock_of_its_organisation(
    rows: Rows, scope: TenantScope, day: date, working_days: int, due: date
) -> None:
    version = await rows.version(await rows.report())
    await complete_run(rows, version, reporting_date=day)
    async with rows.database.transaction(scope.tenant) as session:
        (await session.get_one(Tenant, scope.tenant)).time_zone = "Europe/Berlin"
    await QualityService(scope).change_terms(
        ReportId(version.report_id), QualityTerms(time(18, 0), working_days, {}, 3)
    )
    (measured,) = await days_of(scope, day)
    # In November Berlin is an hour ahead of UTC.
    assert measured.due_at == datetime.combine(due, time(17, 0), UTC)


async def test_a_limit_that_is_crossed_is_told_once(rows: Rows, scope: TenantScope) -> None:
    version = await rows.version(await rows.report(name="Daily"))
    run = await complete_run(rows, version)
    limits = {Indicator.COMPLETENESS: Threshold(warning="0.95", critical="0.5")}
    await QualityService(scope).change_terms(ReportId(version.report_id), QualityTerms(None, 1, limits, 3))
    for _ in range(2):
        await _tell(scope, run.report_id)
    assert await told(rows) == [("quality_limit", "Limits are crossed: completeness (warning).")]
    async with rows.database.transaction(scope.tenant) as session:
        (await session.get_one(Run, run.id)).rows_out = 1
    await _tell(scope, run.report_id)
    assert [text for _, text in await told(rows)][1:] == ["Limits are crossed: completeness (critical)."]


async def _tell(scope: TenantScope, report_id: Any) -> None:
    async with scope.transaction() as session:
        await measure_and_tell(session, scope.tenant, DayRange(FRIDAY, FRIDAY, report_id), utc_now())


async def test_the_sweep_tells_once_of_data_that_are_out_of_date(
    rows: Rows, scope: TenantScope, installation: Installation
) -> None:
    loaded = utc_now() - timedelta(days=8)
    kinds = {"venues": DatasetKind.DATASET, "brokers": DatasetKind.MAPPING_SET, "undated": DatasetKind.DATASET}
    async with scope.transaction() as session:
        for name, kind in kinds.items():
            days = None if name == "undated" else 7
            session.add(stored_dataset(scope, name, kind, as_at=loaded, stale_after_days=days))
    sweep = QualitySweep(installation.database, installation.system, utc_now)
    for _ in range(2):
        await sweep.sweep()
    words = f"Its data are of {loaded:%Y-%m-%d} and are to be renewed every 7 days."
    assert await told(rows) == [("reference_stale", words)] * 2
    async with scope.transaction() as session:
        venues = (await session.scalars(select(Dataset).where(Dataset.name == "venues"))).one()
        venues.as_at = utc_now() - timedelta(days=7, hours=1)
    await sweep.sweep()
    assert len(await told(rows)) == 3


def stored_dataset(scope: TenantScope, name: str, kind: DatasetKind, **changes: Any) -> Dataset:
    at = utc_now()
    kept = {"key_title": "", "columns": [], "missing": "null", "created_by": scope.user_id}
    own = {"id": new_id(), "tenant_id": scope.tenant, "name": name, "title": name, "description": "", "kind": kind}
    return Dataset(**own, **kept, created_at=at, updated_at=at, **changes)


async def test_the_sweep_tells_of_holds_that_are_old_once_a_day(
    rows: Rows, scope: TenantScope, installation: Installation
) -> None:
    run = await rows.run(await rows.version(await rows.report(name="Daily")))
    await rows.held_record(run, held_at=utc_now() - timedelta(days=4))
    fresh = await rows.run(await rows.version(await rows.report(name="New")))
    await rows.held_record(fresh, held_at=utc_now() - timedelta(days=1))
    sweep = QualitySweep(installation.database, installation.system, utc_now)
    for _ in range(2):
        await sweep.sweep()
    ((kind, text),) = await told(rows)
    assert kind == NoticeKind.RECORDS_WAIT
    assert text.startswith("1 record has waited for 3 days or longer")
    await QualityService(scope).change_terms(ReportId(fresh.report_id), QualityTerms(None, 1, {}, 1))
    await sweep.sweep()
    assert len(await told(rows)) == 2


async def test_every_tenant_is_measured_and_none_sees_another(
    rows: Rows, strangers_rows: Rows, installation: Installation
) -> None:
    for one in (rows, strangers_rows):
        await complete_run(one, await one.version(await one.report()))
    sweep = QualitySweep(installation.database, installation.system, utc_now)
    assert await sweep.measure(DayRange(FRIDAY, FRIDAY)) == 2
    for one in (rows, strangers_rows):
        async with one.database.transaction(TenantId(one.person.tenant)) as session:
            assert len((await session.scalars(select(QualityDay))).all()) == 1
