"""The same run repeated for an old date reads the old datasets: its file is the same, byte for byte."""

import asyncio
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from backend.core.clock import utc_now
from backend.core.ids import DatasetId, ReportId, RunId
from backend.domain.datasets import DatasetColumn, DatasetKind, ImportMode
from backend.domain.reports.analysis import ReportDocumentInvalid
from backend.domain.reports.document import MissingKey
from backend.domain.runs import REFERENCE_STALE, RunState
from backend.persistence.models.run import Run
from backend.pipeline.trial import RowOutcome
from backend.services.dataset_imports import DatasetImports, ImportOptions
from backend.services.dataset_publication import DatasetPublisher
from backend.services.datasets import DatasetService, EntryEdit, NewDataset
from backend.services.exceptions import Chosen
from backend.services.wakeups import NoWakeups
from tests.harness.installation import REPORTING_DATE, Installation, SourceAddress
from tests.integration.backend.runs.test_resubmission import Desk

FIRST, SECOND = date(2026, 3, 2), date(2026, 6, 1)
CSV = {"format": "csv", "packaging": "none", "file_name": "{report}"}
ROWS = 1_200
QUERY = f"""
SELECT n::bigint AS n, 'V' || n % 10 AS venue, 'B' || n % 4 AS broker,
       date '2026-01-01' + ((n % 300)::int) AS traded
FROM generate_series(1, {ROWS}) AS n ORDER BY n
"""
FIELDS = {
    "number": "n",
    "status": "lookup('venues', venue, 'status')",
    "lots": "lookup('venues', venue, 'lots') * 2",
    "opened": "lookup('venues', venue, 'opened')",
    "then": "lookup('venues', venue, 'status', traded)",
    "lei": "map('brokers', broker)",
}
COLUMNS = (
    DatasetColumn(name="status"),
    DatasetColumn(name="lots", type="integer"),
    DatasetColumn(name="opened", type="date"),
)


class Kept:
    """Two kinds of reference data of an installation, and a report that asks both."""

    def __init__(self, installation: Installation) -> None:
        publisher = DatasetPublisher(installation.scope, installation.adapters.storage, NoWakeups())
        self.installation = installation
        self.imports = DatasetImports(publisher)
        self.services = {kind: DatasetService(installation.scope, publisher, kind) for kind in DatasetKind}

    async def add(self, kind: DatasetKind, wanted: NewDataset) -> DatasetId:
        return DatasetId((await self.services[kind].create(wanted)).dataset.id)

    async def load(self, dataset_id: DatasetId, mode: ImportMode, day: date | None = None, **columns: Any) -> None:
        batch = pa.RecordBatch.from_pydict(columns)
        await self.imports.replace(dataset_id, [batch], ImportOptions(mode, effective_from=day))

    async def finish(self, report: ReportId, day: date, as_of: datetime | None = None) -> tuple[Run, bytes]:
        run = await self.installation.runs.request(report, day, {}, reference_as_of=as_of)
        view = await self.installation.finish(RunId(run.id))
        files = await self.installation.artifacts(RunId(run.id))
        return view.run, self.installation.content(files["csv"]) if files else b""


def venues(statuses: Sequence[str], count: int = 10) -> dict[str, Any]:
    names = [f"V{number}" for number in range(count)]
    return {
        "key": names,
        "status": [statuses[number % len(statuses)] for number in range(count)],
        "lots": [str(number) for number in range(count)],
        "opened": ["2020-02-29"] * count,
    }


@pytest.fixture
async def kept(installation: Installation) -> Kept:
    return Kept(installation)


async def test_an_old_date_gives_the_old_answer_byte_for_byte(kept: Kept, demo_source: SourceAddress):
    dataset = await kept.add(DatasetKind.DATASET, NewDataset("venues", columns=COLUMNS))
    brokers = await kept.add(
        DatasetKind.MAPPING_SET,
        NewDataset("brokers", columns=(DatasetColumn(name="value"),), missing=MissingKey.FINDING),
    )
    connector = await kept.installation.add_connector(demo_source)
    document = {
        "source": {"connector_id": str(connector), "query": QUERY},
        "fields": FIELDS,
        "outputs": [CSV],
        "on_partial": "deliver",
    }
    wrong = {**document, "fields": {"number": "lookup('venuez', venue, 'status')", "b": "lookup('venues', venue, 'x')"}}
    with pytest.raises(ReportDocumentInvalid) as refused:
        await kept.installation.add_report(wrong)
    faults = refused.value.extra["errors"]
    assert isinstance(faults, list)
    assert [one["suggestion"] for one in faults] == ["venues", None]
    report = await kept.installation.add_report(document)
    await kept.load(dataset, ImportMode.SNAPSHOT, FIRST, **venues(["open", "closed"]))
    await kept.load(brokers, ImportMode.REPLACE, key=["B0", "B1", "B2"], value=["L0", "L1", "L2"])

    first_run, first = await kept.finish(report, FIRST)
    assert (first_run.state, first_run.set_aside) == (RunState.PARTIAL, ROWS // 4), first_run.reason
    assert first.decode().splitlines()[1] == "1,closed,2,2020-02-29,closed,L1"
    known = utc_now()
    await asyncio.sleep(0.01)

    # By validity: what is learnt of later days changes nothing of the earlier ones.
    await kept.load(dataset, ImportMode.SNAPSHOT, SECOND, **venues(["suspended"]))
    _, by_validity = await kept.finish(report, FIRST)
    then = [line.split(b",")[4] for line in by_validity.splitlines()[1:]]
    assert {b"suspended"} < set(then)
    without = [b",".join([*line.split(b",")[:4], line.split(b",")[5]]) for line in by_validity.splitlines()]
    assert without == [b",".join([*line.split(b",")[:4], line.split(b",")[5]]) for line in first.splitlines()]

    # By version: a correction of the past changes the answer of now, and not that of then.
    edits = [EntryEdit("B3", None, None, {"value": "L3"}), EntryEdit("B1", None, None, {"value": "L9"})]
    await kept.services[DatasetKind.MAPPING_SET].edit(brokers, edits, note="", based_on=1)
    await kept.load(dataset, ImportMode.REPLACE, **venues(["gone"]))
    now_run, now = await kept.finish(report, FIRST)
    assert (now_run.state, now_run.set_aside) == (RunState.SUCCEEDED, 0)
    assert now != first
    repeated_run, repeated = await kept.finish(report, FIRST, known)
    assert repeated == first
    assert repeated_run.reference == first_run.reference
    assert {name: pin["version"] for name, pin in now_run.reference.items()} == {"brokers": 2, "venues": 3}

    # A record that was set aside then is judged, and resubmitted, by what is known now.
    desk = Desk(kept.installation)
    row, waiting = next(iter((await desk.of(first_run)).items()))
    record = (await desk.records.view(waiting.id)).record
    assert (record.before.outcome, record.after.outcome) == (RowOutcome.SET_ASIDE, RowOutcome.REPORTED)
    assert record.after.target is not None
    (made,) = await desk.resubmission.resubmit([Chosen(waiting.id)])
    ended = (await kept.installation.finish(RunId(made.run.id))).run
    assert (ended.state, ended.rows_out) == (RunState.SUCCEEDED, 1), ended.reason
    assert ended.reference == now_run.reference
    (file,) = await kept.installation.runs.artifacts(RunId(ended.id))
    (line,) = kept.installation.content(file).decode().splitlines()[1:]
    shown = ["" if value is None else str(value) for value in list(record.after.target.values())]
    assert sorted(line.split(",")) == sorted(shown)
    assert line.split(",")[0] == str(row)


async def test_a_message_repeated_for_an_old_date_differs_in_its_header_alone(
    installation: Installation, demo_source: SourceAddress
):
    """What must be new in a repeated message is its identifier and when it was made; its records are the same bytes."""
    report = await installation.add_demo_report(demo_source)
    known = utc_now()
    contents, pins = [], []
    for as_of in (None, known):
        run = await installation.runs.request(report, REPORTING_DATE, {}, reference_as_of=as_of)
        view = await installation.finish(RunId(run.id))
        assert view.run.state == RunState.PARTIAL, view.run.reason
        pins.append((view.run.reference, view.run.calendars, view.run.rule_sets))
        stored = installation.content((await installation.artifacts(RunId(run.id)))["xml"])
        with zipfile.ZipFile(io.BytesIO(stored)) as archive:
            contents.append(archive.read(archive.namelist()[0]))
    first, second = contents
    assert first != second
    new = [re.compile(rb"<%s>.*?</%s>" % (name, name)) for name in (b"BizMsgIdr", b"CreDt")]
    for element in new:
        first, second = element.sub(b"", first), element.sub(b"", second)
    assert first == second
    assert pins[0] == pins[1]


async def test_a_run_is_warned_once_of_what_it_reads_that_is_out_of_date(kept: Kept, demo_source: SourceAddress):
    value = (DatasetColumn(name="value"),)
    for name in ("parties", "unread"):
        made = await kept.add(DatasetKind.MAPPING_SET, NewDataset(name, columns=value, stale_after_days=7))
        batch = pa.RecordBatch.from_pydict({"key": ["B0"], "value": ["L0"]})
        as_at = utc_now() - timedelta(days=9)
        await kept.imports.replace(made, [batch], ImportOptions(ImportMode.REPLACE, as_at=as_at))
    connector = await kept.installation.add_connector(demo_source)
    query = "SELECT 1 AS n, 'B0' AS broker UNION ALL SELECT 2, 'B1'"
    fields = {"number": "n", "lei": "map('parties', broker)"}
    source = {"connector_id": str(connector), "query": query}
    report = await kept.installation.add_report({"source": source, "fields": fields, "outputs": [CSV]})
    run, _ = await kept.finish(report, FIRST)
    day = (utc_now() - timedelta(days=2)).date()
    (finding,) = (await kept.installation.runs.view(RunId(run.id))).findings
    assert (finding.rule_id, finding.severity, finding.count) == (REFERENCE_STALE, "warning", 1)
    assert finding.message == f"Reference data is out of date: parties (valid up to {day.isoformat()})."
    assert run.state == RunState.SUCCEEDED
