"""Submitted records against an extract: what is missing, extra and different by another reckoning; bad extracts."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update

from backend.core.clock import utc_now
from backend.core.errors import OpenRegError
from backend.domain.extract_mapping import ExtractMappingInvalid
from backend.domain.feedback import AdviceState
from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.reconciliation import Period, PeriodInvalid, ReconciliationState
from backend.domain.submissions import SubmissionEnvironment, SubmissionState
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.repositories.reconciliations import DifferenceFilter
from backend.services.difference_exceptions import DifferenceExceptions
from backend.services.exception_records import ExceptionRecordService
from backend.services.exception_resubmission import ExceptionResubmissionService
from backend.services.reconciliation_sides import Sides
from backend.services.reconciliation_work import ReconciliationWorker
from backend.services.reconciliations import (
    ReconciliationSettled,
    ReconciliationUnfinished,
)
from backend.services.record_ledger import RecordLedger
from backend.services.scope import TenantScope
from backend.services.supplemental_runs import SupplementalRuns
from tests.factories.installation import Installation
from tests.factories.reconciliation_desk import Desk, extract
from tests.factories.rows import Rows
from tests.factories.stored_rows import REPORTING_DATE
from tests.factories.submitted_runs import (
    HEADER,
    LEI,
    MAPPING,
    SubmittedReport,
    line_of,
    submitted_report,
    submitted_run,
    trade,
)
from tests.factories.workbooks import workbook


@pytest.fixture
def desk(installation: Installation, scope: TenantScope, rows: Rows) -> Desk:
    return Desk(installation, scope, rows)


@pytest.fixture
async def report(rows: Rows) -> SubmittedReport:
    return await submitted_report(rows)


def counts(one: Reconciliation) -> tuple[int, int, int, int, int, int, int]:
    said = one.counts
    return said.ours, said.theirs, said.equal, said.missing, said.extra, said.different, said.fields


async def test_the_newest_message_that_was_taken_is_what_they_must_have(desk: Desk, report: SubmittedReport) -> None:
    trades = [trade(number) for number in range(1, 9)]
    _, first = await submitted_run(desk.rows, desk.storage, report, trades, set_aside=[8], per_group=3)
    await desk.advise(first, {2: AdviceState.REJECTED, 3: AdviceState.PENDING})
    later = [
        trade(4, status="CANC"),
        trade(5, status="CANC"),
        trade(5, quantity=Decimal("7.00000")),
        trade(6, quantity=Decimal("8.00000")),
    ]
    _, second = await submitted_run(desk.rows, desk.storage, report, later, order=1)
    await desk.advise(second, {4: AdviceState.REJECTED})
    content = extract(
        [
            line_of(trades[0]),
            line_of(trades[1]),  # was rejected
            line_of(trades[3]),  # was cancelled
            line_of(trades[4]),  # the old quantity
            line_of(trades[5]),  # the correction was rejected, so this is right
            line_of(trade("X")),  # was never told
            line_of(trades[7]),  # was set aside, and never told
        ]
    )
    one = await desk.compare(report, content)
    assert (one.state, one.reason) == (ReconciliationState.DONE, None)
    # Ours are 1, 3 (pending), 5, 6 and 7.
    assert counts(one) == (5, 7, 2, 2, 4, 1, 1)
    found = [
        (d.difference.kind, d.difference.standing, d.difference.record_key, d.difference.field, d.ours, d.theirs)
        for d in await desk.differences(one)
    ]
    assert found == [
        ("missing", "pending", f"{LEI}/TRN3", None, None, None),
        ("missing", "accepted", f"{LEI}/TRN7", None, None, None),
        *sorted(
            [
                ("extra", "rejected", f"{LEI}/TRN2", None, None, None),
                ("extra", "cancelled", f"{LEI}/TRN4", None, None, None),
                ("extra", "unknown", f"{LEI}/TRNX", None, None, None),
                ("extra", "unknown", f"{LEI}/TRN8", None, None, None),
            ],
            key=lambda row: [each[2] for each in found].index(row[2]),
        ),
        ("different", "accepted", f"{LEI}/TRN5", "quantity_nominal", "7.00000", "100.5"),
    ]
    (different,) = await desk.differences(one, kinds=("different",))
    assert (different.difference.submission_id, different.difference.row_number) == (second.id, 3)
    assert different.difference.file_row == 4
    assert await desk.csv(one) == [
        ["kind", "standing", "record_key", "field", "ours", "theirs", "row_number", "file_row"],
        *[
            [*("" if value is None else value for value in row), place, file_row]
            for row, place, file_row in zip(
                found,
                [str(d.difference.row_number or "") for d in await desk.differences(one)],
                [str(d.difference.file_row or "") for d in await desk.differences(one)],
                strict=True,
            )
        ],
    ]


LINE = line_of(trade(1))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (extract([], header=[*LINE[:-1], "none"]), "column_missing"),
        (extract([LINE], header=[*HEADER[:-1], ""]), "no_header"),
        (extract([LINE], header=[*HEADER[:-1], "TRN"]), "column_twice"),
        (extract([LINE], header=["A", "B", *HEADER[2:]]), "column_missing"),
        (extract([LINE, LINE]), "key_twice"),
        (extract([LINE, LINE[:-3]]), "not_well_formed"),
        (extract([LINE]) + b'"never closed', "not_well_formed"),
        (extract([LINE]) + extract([line_of(trade(2))]), "header_repeated"),
        (extract([LINE]) + b"\r\nA,B\r\n1,2\r\n", "not_well_formed"),
        (extract([line_of(trade(1), TRN="")]), "key_missing"),
        (extract([line_of(trade(1, buyer="Müller"))]).decode().encode("latin-1"), "wrong_encoding"),
        (extract([LINE] * 1)[:-1] + b"\0\r\n", "not_text"),
        (extract([LINE]).decode().encode("utf-16"), "wrong_encoding"),
        (b"PK\x03\x04 no workbook", "source_file_unreadable"),
        (workbook({"S": [list(HEADER), ["=1+1", *LINE[1:]]]}), "source_file_unreadable"),
    ],
)
async def test_a_bad_extract_fails_with_a_reason(
    desk: Desk, report: SubmittedReport, content: bytes, code: str
) -> None:
    await submitted_run(desk.rows, desk.storage, report, [trade(1), trade(2)])
    one = await desk.compare(report, content)
    assert (one.state, one.reason_code) == (ReconciliationState.FAILED, code)
    assert one.reason
    assert "Müller" not in one.reason
    assert "SMITH" not in one.reason
    assert await desk.differences(one) == []
    with pytest.raises(ReconciliationUnfinished):
        await desk.csv(one)


async def test_other_spellings_of_a_file_are_read(desk: Desk, report: SubmittedReport) -> None:
    trades = [trade(1, buyer="Müller"), trade(2, buyer="=cmd|'A'!1")]
    await submitted_run(desk.rows, desk.storage, report, trades)
    lines = [line_of(one) for one in trades]
    lines[1][7] = "'=cmd|'A'!1"  # as our own files write it
    told = {**MAPPING, "encoding": "cp1252"}
    for content, mapping in (
        (extract(lines, mark=";"), MAPPING),
        (b"\xef\xbb\xbf" + extract(lines, mark="\t"), MAPPING),
        (extract(lines).decode().encode("cp1252"), told),
        (extract(lines, mark="|"), {**MAPPING, "delimiter": "|"}),
        (workbook({"Sheet": [list(HEADER), *lines]}), MAPPING),
    ):
        one = await desk.compare(report, content, mapping)
        assert (one.state, counts(one)) == (ReconciliationState.DONE, (2, 2, 2, 0, 0, 0, 0)), one.reason


async def test_the_file_of_differences_holds_no_formula_and_hides_persons(desk: Desk, report: SubmittedReport) -> None:
    await submitted_run(desk.rows, desk.storage, report, [trade(1)])
    one = await desk.compare(report, extract([line_of(trade(1), Buyer="=1+1", Qty="-7")]))
    rows = await desk.csv(one)
    assert [row[3:6] for row in rows[1:]] == [
        ["quantity_nominal", "100.50000", "'-7"],
        ["buyer_surnames", "SMITH", "'=1+1"],
    ]
    others = frozenset(ALL_PERMISSIONS - {Permission.PII_READ.value})
    assert [row[3:6] for row in await desk.csv(one, others)][2] == ["buyer_surnames", "•••", "•••"]
    shown = await desk.service_of(others).differences(one.id, DifferenceFilter(field="buyer_surnames"), 0, 10)
    assert [(each.ours, each.theirs, each.is_masked) for each in shown] == [(None, None, True)]


async def test_nothing_in_common_is_said(desk: Desk, report: SubmittedReport) -> None:
    one = await desk.compare(report, extract([LINE]))
    assert (one.state, one.reason_code, one.counts.extra) == ("done", "nothing_submitted", 1)
    await submitted_run(desk.rows, desk.storage, report, [trade(2)])
    assert (await desk.compare(report, extract([LINE]))).reason_code == "nothing_shared"
    test = await desk.compare(report, extract([LINE]), environment=SubmissionEnvironment.TEST)
    assert test.reason_code == "nothing_submitted"
    other = Period(date(2026, 1, 1), date(2026, 1, 31))
    assert (await desk.compare(report, extract([LINE]), period=other)).reason_code == "nothing_submitted"


async def test_what_was_never_sent_is_not_looked_for(desk: Desk, report: SubmittedReport) -> None:
    for order, state in enumerate([SubmissionState.PREPARED, SubmissionState.APPROVED, SubmissionState.WITHDRAWN]):
        await submitted_run(desk.rows, desk.storage, report, [trade(order)], order=order, state=state)
    changes = {"state": SubmissionState.REJECTED, "file_status": "CRPT", "accepted_count": 0, "unconfirmed_count": 1}
    await submitted_run(desk.rows, desk.storage, report, [trade(9)], order=9, **changes)
    one = await desk.compare(report, extract([line_of(trade(0)), line_of(trade(9))]))
    assert counts(one) == (0, 2, 0, 0, 2, 0, 0)
    assert {each.difference.standing for each in await desk.differences(one)} == {"unknown", "unprocessed"}


async def test_differences_are_kept_up_to_a_number_and_all_are_in_the_file(
    desk: Desk, report: SubmittedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.pipeline.reconciliation.comparison.KEPT_OF_KIND", 3)
    await submitted_run(desk.rows, desk.storage, report, [trade(number) for number in range(10)])
    lines = [line_of(trade(number), Qty="1", Price="1") for number in range(4)] + [line_of(trade("Z"))]
    one = await desk.compare(report, extract(lines))
    assert (counts(one), one.kept_count) == ((10, 5, 0, 6, 1, 4, 8), 7)
    kinds = Counter(each.difference.kind for each in await desk.differences(one))
    assert kinds == {"missing": 3, "extra": 1, "different": 3}
    assert len(await desk.csv(one)) == 1 + one.counts.differences == 16


async def test_a_worker_that_was_killed_is_followed_by_another(
    desk: Desk, report: SubmittedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """The process has ended."""

    def die(*_: object) -> None:
        raise Killed

    await submitted_run(desk.rows, desk.storage, report, [trade(1)])
    one = await desk.start(report, extract([LINE]))
    assert desk.wakeups.noted == [("reconciliation", str(desk.scope.tenant), str(one.id))]
    with monkeypatch.context() as patch:
        patch.setattr(Sides, "write_ours", die)
        with pytest.raises(Killed):
            await desk.worker.compare(desk.scope.tenant, one.id)
    await desk.worker.compare(desk.scope.tenant, one.id)
    assert (await desk.read(one)).state == ReconciliationState.RUNNING  # its lease is not over
    later = ReconciliationWorker(desk.installation.database, desk.storage, lambda: utc_now() + timedelta(minutes=3))
    await later.compare(desk.scope.tenant, one.id)
    done = await desk.read(one)
    assert (done.state, done.attempts, counts(done)) == (ReconciliationState.DONE, 2, (1, 1, 1, 0, 0, 0, 0))


async def test_one_that_ends_every_worker_is_given_up(desk: Desk, report: SubmittedReport) -> None:
    one = await desk.start(report, extract([LINE]))
    async with desk.rows.database.transaction(desk.scope.tenant) as session:
        await session.execute(update(Reconciliation).where(Reconciliation.id == one.id).values(attempts=5))
    await desk.worker.compare(desk.scope.tenant, one.id)
    assert ((await desk.read(one)).state, (await desk.read(one)).reason_code) == ("failed", "worker_lost")


async def test_a_cancelled_comparison_leaves_nothing(
    desk: Desk, report: SubmittedReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    await submitted_run(desk.rows, desk.storage, report, [trade(2)])
    one = await desk.start(report, extract([LINE]))
    loop = asyncio.get_running_loop()
    write_ours = Sides.write_ours

    def cancelled_meanwhile(*given: Any) -> None:
        asyncio.run_coroutine_threadsafe(desk.service.cancel(one.id), loop).result()
        write_ours(*given)

    monkeypatch.setattr(Sides, "write_ours", cancelled_meanwhile)
    await desk.worker.compare(desk.scope.tenant, one.id)
    assert (await desk.read(one)).state == ReconciliationState.CANCELLED
    assert await desk.differences(one) == []
    with pytest.raises(ReconciliationSettled):
        await desk.service.cancel(one.id)


async def test_differences_are_explained_and_corrected(desk: Desk, report: SubmittedReport) -> None:
    run, _ = await submitted_run(desk.rows, desk.storage, report, [trade(1), trade(2), trade(3)])
    lines = [line_of(trade(1), Qty="1", Price="1"), line_of(trade(3)), line_of(trade("X"))]
    one = await desk.compare(report, extract(lines))
    found = {
        (each.difference.kind, each.difference.field): each.difference.position for each in await desk.differences(one)
    }
    assert await desk.service.explain(one.id, [found["missing", None], 10**9], "Reported by the venue.") == 1
    assert (await desk.service.get(one.id)).explained == 1
    (explained,) = await desk.differences(one, states=("explained",))
    assert (explained.difference.comment, explained.difference.explained_by) == (
        "Reported by the venue.",
        desk.scope.user_id,
    )
    assert await desk.service.explain(one.id, [found["missing", None]], None) == 1
    assert (await desk.service.get(one.id)).explained == 0

    records = ExceptionRecordService(desk.scope, ALL_PERMISSIONS, desk.storage)
    ledger = RecordLedger(desk.scope, desk.storage)
    opening = DifferenceExceptions(
        desk.service, ExceptionResubmissionService(records, SupplementalRuns(desk.scope), ledger, desk.wakeups)
    )
    opened = await opening.open(one.id, list(found.values()), "They have other values.")
    assert (opened.opened, opened.known, opened.refused) == (2, 0, {"no_record": 1})
    again = await opening.open(one.id, list(found.values()), "They have other values.")
    assert (again.opened, again.known) == (0, 2)
    linked = {each.difference.row_number: each.exception_id for each in await desk.differences(one)}
    assert linked[1] is not None
    assert linked[2] is not None
    assert linked[None] is None
    assert run.id


@pytest.mark.parametrize(
    "mapping",
    [
        {},
        {"columns": []},
        {"columns": [{"column": "A", "field": "venue"}]},
        {"columns": [{"column": "A", "field": "nonsense", "is_key": True}]},
        {"columns": [{"column": "A", "field": "buyer_surnames", "is_key": True}]},
        {"columns": [{"column": "A", "field": "venue", "is_key": True}, {"column": "A", "field": "price_monetary"}]},
        {**MAPPING, "time_zone": "Mars/Olympus"},
        {**MAPPING, "encoding": "no-such"},
        {**MAPPING, "delimiter": ";;"},
    ],
)
async def test_a_mapping_that_cannot_be_used_is_refused(desk: Desk, report: SubmittedReport, mapping: object) -> None:
    with pytest.raises(ExtractMappingInvalid):
        await desk.start(report, extract([LINE]), mapping or {"columns": [{}]})


async def test_a_period_that_cannot_be_is_refused(desk: Desk, report: SubmittedReport) -> None:
    for last in (REPORTING_DATE - timedelta(days=1), REPORTING_DATE + timedelta(days=366)):
        with pytest.raises(PeriodInvalid):
            await desk.start(report, extract([LINE]), period=Period(REPORTING_DATE, last))


async def test_a_report_that_is_told_to_nobody_is_refused(desk: Desk, rows: Rows) -> None:
    plain = await rows.report()
    version = await rows.version(plain)
    with pytest.raises(OpenRegError) as refused:
        await desk.start(SubmittedReport(plain, version), extract([LINE]))
    assert refused.value.code == "report_not_submitted"
