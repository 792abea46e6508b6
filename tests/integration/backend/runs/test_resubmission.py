"""From a record that was set aside, or reported wrongly, to a supplemental file that holds it and nothing else."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import zipfile
from decimal import Decimal
from typing import Any

import psutil
import pytest

from backend.api.schemas.exceptions import ExceptionDetailAnswer
from backend.core.ids import ReportId, ReportVersionId, RunId
from backend.core.pagination import SortedPageRequest
from backend.domain.exceptions import AmendmentFrame, ExceptionAction, ExceptionState, ExceptionTransitionRefused
from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.runs import RunKind, RunState
from backend.persistence.models.run import Run
from backend.persistence.repositories.exception_lists import ExceptionFilter, ExceptionSort, ListedException
from backend.persistence.repositories.reports import ReportRepository
from backend.pipeline.trial import MASK, RowOutcome
from backend.services.exception_amendments import (
    AmendmentChangesNothing,
    AmendmentColumnMasked,
    AmendmentColumnUnknown,
    AmendmentOutdated,
    AmendmentValueInvalid,
    Change,
    ExceptionAmendmentService,
)
from backend.services.exception_faults import ExceptionFaultService
from backend.services.exception_lists import ExceptionListService
from backend.services.exception_records import ExceptionRecordService
from backend.services.exception_resubmission import (
    ExceptionResubmissionService,
    RecordInQueue,
    RecordNotReported,
)
from backend.services.exceptions import Chosen, ExceptionService
from backend.services.record_ledger import RecordLedger
from backend.services.record_lineage import RecordLineageService
from backend.services.runs import RunNotRetryable
from backend.services.supplemental_runs import SupplementalRuns
from backend.services.wakeups import NoWakeups
from tests.harness.installation import Installation, SourceAddress
from tests.harness.supervise import start_supervisor
from tests.services.waiting import until

ROWS = """
SELECT n::bigint AS n, 'T-' || n AS name,
       CASE WHEN n % 10 = 0 THEN -1.1 ELSE n + 0.0000000001 END::numeric(28,10) AS amount,
       CASE WHEN n % 3 = 0 THEN NULL ELSE DATE '2026-11-20' + (n % 5)::int END AS day,
       CASE WHEN n % 2 = 0 THEN '' ELSE NULL END AS note
  FROM generate_series(1, 1200) AS n ORDER BY n
"""
FIELDS = {"name": "name", "amount": "amount", "day": "day", "note": "coalesce(note, 'none')", "twice": "amount * 2"}
POSITIVE = {
    "id": "OWN-POSITIVE", "title": "Positive", "phase": "source", "severity": "correctable",
    "expression": "amount > 0", "message": "The amount must be positive.",
}  # fmt: skip
CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}


class Desk:
    """The services of somebody who works on exceptions."""

    def __init__(self, installation: Installation, permissions: frozenset[str] = ALL_PERMISSIONS) -> None:
        scope = installation.scope
        self.records = ExceptionRecordService(scope, permissions, installation.adapters.storage)
        self.ledger = RecordLedger(scope, installation.adapters.storage)
        self.amendments = ExceptionAmendmentService(self.records, NoWakeups())
        self.resubmission = ExceptionResubmissionService(
            self.records, SupplementalRuns(scope), self.ledger, NoWakeups()
        )
        self.lineages = RecordLineageService(self.records, self.ledger)
        self.exceptions = ExceptionService(scope, NoWakeups())
        self.lists = ExceptionListService(scope)

    async def of(self, run: Run) -> dict[int, ListedException]:
        """The exceptions of a run by row."""
        page = await self.lists.page(
            SortedPageRequest(ExceptionSort.CREATED_AT, limit=200), ExceptionFilter(run_id=run.id)
        )
        return {one.row_number: one for one in page.items}


def lines(installation: Installation, file: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(installation.content(file).decode())))


async def run_of(installation: Installation, source: SourceAddress, **changes: object) -> Run:
    document = {
        "source": {"connector_id": str(await installation.add_connector(source)), "query": ROWS},
        "fields": FIELDS,
        "rules": [POSITIVE],
        "outputs": [CSV],
        "record_key": ["name"],
        **changes,
    }
    return (await installation.run(await installation.add_report(document))).run


async def activate_another(installation: Installation, parent: Run, fields: dict[str, str]) -> tuple[str, str]:
    """A new version of the run's report in force: its number, after that of the run's."""
    report = ReportId(parent.report_id)
    async with installation.scope.reading() as session:
        used = await ReportRepository(session, installation.tenant).find_newest_active(report)
    assert used is not None
    newest = await installation.reports.save_version(report, {**used.document, "fields": fields})
    await installation.reviews.activate(report, ReportVersionId(newest.id))
    return used.number, newest.number


async def test_amended_records_alone_are_in_the_supplemental_file_with_exact_values(
    installation: Installation, demo_source: SourceAddress
) -> None:
    parent = await run_of(installation, demo_source)
    assert (parent.state, parent.set_aside) == (RunState.PARTIAL, 120), parent.reason
    desk = Desk(installation)
    found = await desk.of(parent)
    first, second, third = found[10], found[610], found[1200]
    amount = Change(AmendmentFrame.SOURCE, "amount", new="0.0000000001", old="-1.1000000000", is_old_known=True)
    (changed,) = await desk.amendments.amend([Chosen(first.id, first.revision)], [amount], "A sign too many.")
    assert (changed.before.outcome, changed.after.outcome) == (RowOutcome.SET_ASIDE, RowOutcome.REPORTED)
    changes = [
        Change(AmendmentFrame.SOURCE, "amount", expression="abs(amount) * 10"),
        Change(AmendmentFrame.TARGET, "note", new=None),
        Change(AmendmentFrame.TARGET, "day", new="2027-02-28"),
    ]
    preview = await desk.amendments.preview([Chosen(second.id), Chosen(third.id)], changes)
    assert [one.after.outcome for one in preview] == [RowOutcome.REPORTED] * 2
    assert (await desk.of(parent))[610].state == ExceptionState.OPEN, "a preview keeps nothing"
    await desk.amendments.amend([Chosen(second.id), Chosen(third.id)], changes, "The source had another unit.")
    # The report is another one meanwhile: what supplements a file is made as the file was.
    used, newest = await activate_another(installation, parent, {**FIELDS, "twice": "amount * 3"})
    (made,) = await desk.resubmission.resubmit([Chosen(one.id) for one in (first, second, third)])
    assert (made.run.kind, made.run.parent_run_id, made.exceptions) == (RunKind.SUPPLEMENTAL, parent.id, 3)
    assert (made.version, made.newest_version) == (used, newest)
    assert made.run.report_version_id == parent.report_version_id
    view = await installation.finish(RunId(made.run.id))
    assert view.run.state == RunState.SUCCEEDED, view.run.reason
    (file,) = await installation.runs.artifacts(RunId(made.run.id))
    assert lines(installation, file) == [
        {"name": "T-10", "amount": "0.0000000001", "day": "2026-11-20", "note": "", "twice": "0.0000000002"},
        {"name": "T-610", "amount": "11", "day": "2027-02-28", "note": "", "twice": "22"},
        {"name": "T-1200", "amount": "11", "day": "2027-02-28", "note": "", "twice": "22"},
    ]
    after = await desk.of(parent)
    assert {after[row].state for row in (10, 610, 1200)} == {ExceptionState.RESOLVED}
    assert after[20].state == ExceptionState.OPEN
    history = await desk.exceptions.history(first.id)
    actions = [one.action for one in history.events]
    assert actions == [ExceptionAction.AMENDED, ExceptionAction.RESUBMITTED, ExceptionAction.RESOLVED]
    (kept,) = history.amendments
    assert (kept.old, kept.new, Decimal(kept.old or "")) == ("-1.1000000000", "0.0000000001", Decimal("-1.1"))


async def test_a_killed_supplemental_run_is_resumed_with_the_same_bytes_and_each_record_once(
    installation: Installation, demo_source: SourceAddress
) -> None:
    desk = Desk(installation)
    parent = await run_of(installation, demo_source)
    again = (await installation.run(ReportId(parent.report_id))).run
    contents = []
    for run, is_killed in ((parent, False), (again, True)):
        chosen = [Chosen(one.id) for one in (await desk.of(run)).values()]
        change = Change(AmendmentFrame.SOURCE, "amount", expression="abs(amount) + 1")
        await desk.amendments.amend(chosen, [change], "A sign too many.")
        (made,) = await desk.resubmission.resubmit(chosen)
        if is_killed:
            await kill_at_work(installation, RunId(made.run.id))
        ended = (await installation.finish(RunId(made.run.id))).run
        assert (ended.state, ended.rows_out, ended.attempt > 1) == (RunState.SUCCEEDED, 120, is_killed), ended.reason
        (file,) = await installation.runs.artifacts(RunId(ended.id))
        contents.append(installation.content(file))
        assert {one.state for one in (await desk.of(run)).values()} == {ExceptionState.RESOLVED}
    assert contents[0] == contents[1]
    names = [one["name"] for one in csv.DictReader(io.StringIO(contents[1].decode()))]
    assert names == [f"T-{number}" for number in range(10, 1201, 10)]


async def kill_at_work(installation: Installation, run_id: RunId) -> None:
    """A worker takes the run and is killed with all that hangs on it as soon as its child works."""
    worker = await asyncio.to_thread(start_supervisor, installation, run_id)
    try:

        async def works() -> bool:
            has_child = bool(psutil.Process(worker.pid).children())
            return has_child and (await installation.runs.get(run_id)).fencing_token > 0

        await until(works, 60)
    finally:
        family = [*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)]
        for process in family:
            process.kill()
        await asyncio.to_thread(worker.wait, 60)


async def test_what_an_amendment_may_not_do(installation: Installation, demo_source: SourceAddress) -> None:
    desk = Desk(installation)
    one = (await desk.of(await run_of(installation, demo_source)))[20]
    source, target = AmendmentFrame.SOURCE, AmendmentFrame.TARGET
    for change, error in (
        (Change(source, "amount", new="1", old="-1.2", is_old_known=True), AmendmentOutdated),
        (Change(source, "note", new="x", old=None, is_old_known=True), AmendmentOutdated),
        (Change(source, "amount", new="0.00000000001"), AmendmentValueInvalid),
        (Change(source, "amount", new="1e3"), AmendmentValueInvalid),
        (Change(source, "amount", new=""), AmendmentValueInvalid),
        (Change(source, "day", new="20.11.2026"), AmendmentValueInvalid),
        (Change(source, "amount", expression="amount +"), AmendmentValueInvalid),
        (Change(source, "amuont", new="1"), AmendmentColumnUnknown),
        (Change(target, "n", new="1"), AmendmentColumnUnknown),
        (Change(source, "amount", new="-1.1"), AmendmentChangesNothing),
    ):
        with pytest.raises(error):
            await desk.amendments.amend([Chosen(one.id)], [change], "Not possible.")
    assert (await desk.exceptions.history(one.id)).events == []


async def test_a_record_that_fails_again_is_open_again_and_a_run_that_fails_gives_all_back(
    installation: Installation, demo_source: SourceAddress
) -> None:
    limit = {
        "id": "OWN-LIMIT", "title": "Below the limit", "phase": "target", "severity": "correctable",
        "expression": "amount < 5000", "message": "The amount is too large.",
    }  # fmt: skip
    block = limit | {"id": "OWN-BLOCK", "severity": "blocking", "expression": "amount <> 4444", "message": "No 4444."}
    parent = await run_of(installation, demo_source, rules=[POSITIVE, limit, block], filter="amount <> 7777")
    desk = Desk(installation)
    found = await desk.of(parent)
    for row, amount in ((10, "6000"), (20, "7777"), (30, "30")):
        change = Change(AmendmentFrame.SOURCE, "amount", new=amount)
        await desk.amendments.amend([Chosen(found[row].id)], [change], "Another amount.")
    (made,) = await desk.resubmission.resubmit([Chosen(found[row].id) for row in (10, 20, 30)])
    with pytest.raises(ExceptionTransitionRefused):
        await desk.resubmission.resubmit([Chosen(found[30].id)])
    ended = (await installation.finish(RunId(made.run.id))).run
    assert (ended.state, ended.rows_out, ended.set_aside, ended.filtered) == (RunState.PARTIAL, 1, 1, 1)
    after = await desk.of(parent)
    assert [after[row].state for row in (10, 20, 30)] == ["open", "amended", "resolved"]
    assert after[10].rule_ids == ["OWN-LIMIT"]
    assert await desk.of(ended) == {}, "what came from an exception opens no second one"
    await desk.amendments.amend(
        [Chosen(found[10].id)], [Change(AmendmentFrame.SOURCE, "amount", new="4444")], "It stops the run."
    )
    (again,) = await desk.resubmission.resubmit([Chosen(found[10].id), Chosen(found[20].id)])
    failed = (await installation.finish(RunId(again.run.id))).run
    assert failed.state == RunState.FAILED
    after = await desk.of(parent)
    assert [after[row].state for row in (10, 20)] == ["amended", "amended"]
    with pytest.raises(RunNotRetryable):
        await installation.runs.retry(RunId(failed.id))
    (waiting,) = await desk.resubmission.resubmit([Chosen(found[20].id)])
    await installation.runs.cancel(RunId(waiting.run.id))
    assert (await desk.of(parent))[20].state == "amended", "a cancelled run gives back too"


async def test_a_reported_record_is_cancelled_and_reported_anew_in_this_order(
    installation: Installation, demo_source: SourceAddress, schema_archive: bytes | None
) -> None:
    if schema_archive is not None:
        await installation.schemas.install(installation.scope, "mifir.zip", schema_archive)
    parent = (await installation.run(await installation.add_demo_report(demo_source))).run
    desk = Desk(installation)
    found = await desk.of(parent)
    with pytest.raises(RecordInQueue):
        await desk.resubmission.open_reported(parent.id, min(found), "It was set aside.")
    with pytest.raises(RecordNotReported):
        await desk.resubmission.open_reported(parent.id, parent.rows_in + 1, "There is no such row.")
    row = next(number for number in range(1, parent.rows_in) if number not in found)
    opened = await desk.resubmission.open_reported(parent.id, row, "The venue was wrong.")
    change = Change(AmendmentFrame.TARGET, "venue", new="XOFF")
    await desk.amendments.amend([Chosen(opened.id)], [change], "Off venue, but admitted.")
    view = await desk.records.view(opened.id)
    assert view.record.after.outcome is RowOutcome.REPORTED, view.record.after.findings
    # A record that was set aside for its quantity goes into the same run, as a new one.
    read = view.records.read(found).select("row_number", "quantity").iter_rows()
    zero = found[next(number for number, quantity in read if quantity == 0)]
    (fault,) = await ExceptionFaultService(desk.records).find([zero.id])
    assert any(value.column.startswith("quantity") for value in fault.values)
    await desk.amendments.amend([Chosen(zero.id)], [Change(AmendmentFrame.SOURCE, "quantity", new="100")], "A typo.")
    (made,) = await desk.resubmission.resubmit([Chosen(opened.id), Chosen(zero.id)])
    ended = (await installation.finish(RunId(made.run.id))).run
    assert (ended.state, ended.rows_in, ended.rows_out) == (RunState.SUCCEEDED, 3, 3), ended.reason
    file = (await installation.artifacts(RunId(ended.id)))["xml"]
    assert file.schema_status == ("valid" if schema_archive is not None else "unverified")
    xml = zipfile.ZipFile(io.BytesIO(installation.content(file)))
    records = re.findall(rb"<Tx><(New|Cxl)>.*?<TxId>(.*?)</TxId>", xml.read(xml.namelist()[0]), re.DOTALL)
    assert [kind for kind, _ in records] == [b"Cxl", b"New", b"New"]
    assert records[0][1] == records[1][1] == str(opened.reference).encode()
    assert records[2][1].decode() in str(zero.record_key)
    after = await desk.of(parent)
    assert (after[row].state, after[zero.row_number].state) == ("resolved", "resolved")
    lineage = await desk.lineages.trace(parent.id, row)
    assert [one.record.is_cancellation for one in lineage.later if one.record] == [True, False]
    assert [one.status for one in lineage.later] == ["CANC", "NEWT"]
    places = [[place.position for place in one.files if place.artifact.format == "xml"] for one in lineage.later]
    assert places == [[1], [2]]
    assert [place.artifact.run_id for place in lineage.reporting.files] == [parent.id] * len(lineage.reporting.files)
    assert lineage.reporting.files
    await personal_data_is_masked(desk, Desk(installation, ALL_PERMISSIONS - {Permission.PII_READ.value}), zero)


async def personal_data_is_masked(seeing: Desk, blind: Desk, one: ListedException) -> None:
    """Neither shown to who may not see it, nor amended by them."""
    shown = ExceptionDetailAnswer.of(await blind.records.view(one.id))
    masked = {value.column for value in shown.target if value.is_masked}
    assert "buyer_surnames" in masked
    assert {value.current for value in shown.target if value.is_masked} <= {None, MASK}
    (fault,) = await ExceptionFaultService(blind.records).find([one.id])
    assert fault.finding is None  # its quantity was amended
    open_view = ExceptionDetailAnswer.of(await seeing.records.view(one.id))
    assert not any(value.is_masked for value in open_view.target)
    change = Change(AmendmentFrame.TARGET, "buyer_surnames", new="SOMEBODY")
    with pytest.raises(AmendmentColumnMasked):
        await blind.amendments.amend([Chosen(one.id)], [change], "Unseen.")
