"""Runs over files: joined, put aside with place and reason, stopped; nothing half-imported."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.core.ids import ConnectorId, RunId
from backend.domain.permissions import ALL_PERMISSIONS
from backend.domain.runs import RunState
from backend.persistence.models.run import Run
from backend.services.run_quarantine import MASK, RunQuarantineService
from backend.services.source_uploads import NewUpload, SourceUploadService
from tests.harness.installation import REPORTING_DATE, Installation

CSV = {"format": "csv", "packaging": "none", "file_name": "{report}_{sequence}"}
TRADES = {
    "name": "trades",
    "pattern": "trades-{reporting_date}.csv",
    "file": {"format": "csv", "delimiter": ";", "encoding": "windows-1252"},
    "values": {"decimal_separator": ",", "date_format": "DD.MM.YYYY"},
    "columns": [
        {"name": "id", "source": "Nummer", "type": "integer"},
        {"name": "client", "source": "Kunde", "type": "text"},
        {"name": "day", "source": "Tag", "type": "date"},
        {"name": "price", "source": "Kurs", "type": "decimal(18,4)"},
    ],
    "on_bad_row": "quarantine",
    "max_bad_rows": 2,
}
CLIENTS = {
    "name": "clients",
    "file": {"format": "parquet"},
    "columns": [{"name": "client", "type": "text"}, {"name": "country", "type": "text"}],
}
QUERY = """
select t.id, t.day, t.price, c.country, t.client
  from files.trades t join files.clients c on c.client = t.client where t.day = :reporting_date order by t.id
"""
FIELDS = {name: name for name in ("id", "day", "price", "country", "client")}
GOOD = "Nummer;Kunde;Tag;Kurs\n1;Müller;20.11.2026;1,5\n2;Nampa;20.11.2026;0,0001\n3;Müller;19.11.2026;7\n"


@dataclass
class Files:
    """A connector for files and what is uploaded for it."""

    installation: Installation
    connector: ConnectorId

    async def upload(self, table: str, name: str, content: bytes) -> None:
        uploads = SourceUploadService(self.installation.scope, self.installation.adapters.storage, 10**9)
        digest = hashlib.sha256(content).hexdigest()
        begun = await uploads.begin(self.connector, NewUpload(name, table, len(content), digest))
        await uploads.add_part(self.connector, begun.id, 0, content)
        await uploads.complete(self.connector, begun.id)

    async def run(self, query: str = QUERY, **changes: Any) -> Run:
        source = {"connector_id": str(self.connector), "query": query}
        document = {"source": source, "fields": FIELDS, "outputs": [CSV], **changes}
        return (await self.installation.run(await self.installation.add_report(document))).run


async def files_of(installation: Installation, *tables: dict[str, Any]) -> Files:
    stored = await installation.connectors.create(
        name=f"files {hashlib.sha256(repr(tables).encode()).hexdigest()[:8]}",
        kind="files",
        settings={"tables": list(tables)},
        credentials=None,
    )
    files = Files(installation, ConnectorId(stored.id))
    target = io.BytesIO()
    pq.write_table(pa.table({"country": ["DE", "NA"], "client": ["Müller", "Nampa"]}), target)
    await files.upload("clients", "clients.parquet", target.getvalue())
    return files


@pytest.fixture
async def files(installation: Installation, request: pytest.FixtureRequest) -> Files:
    return await files_of(installation, TRADES | {"max_bad_rows": 2 + len(request.node.name)}, CLIENTS)


async def content_of(installation: Installation, run: Run) -> list[str]:
    (file,) = await installation.runs.artifacts(RunId(run.id))
    return installation.content(file).decode().splitlines()


async def test_two_files_are_joined_into_one_report(installation: Installation, files: Files):
    await files.upload("trades", f"trades-{REPORTING_DATE}.csv", GOOD.encode("windows-1252"))
    await files.upload("trades", "trades-2026-11-19.csv", b"not looked at")
    run = await files.run()
    assert run.state == RunState.SUCCEEDED, run.reason
    assert await content_of(installation, run) == [
        "id,day,price,country,client",
        "1,2026-11-20,1.5,DE,Müller",
        "2,2026-11-20,0.0001,NA,Nampa",
    ]
    assert run.quarantined == 0
    assert run.quarantine is not None
    assert run.quarantine["tables"] == [
        {"table": "trades", "files": 1, "rows_read": 3, "rows_taken": 3, "quarantined": 0},
        {"table": "clients", "files": 1, "rows_read": 2, "rows_taken": 2, "quarantined": 0},
    ]


async def test_a_row_that_is_not_as_declared_is_put_aside_and_the_run_is_partial(
    installation: Installation, files: Files
):
    bad = "4;Geheim;20.11.2026;1.5\n5;zu;viele;20.11.2026;1\n"
    await files.upload("trades", f"trades-{REPORTING_DATE}.csv", (GOOD + bad).encode("windows-1252"))
    run = await files.run()
    assert run.state == RunState.PARTIAL, run.reason
    assert len(await content_of(installation, run)) == 3
    assert run.quarantined == 2
    assert "Geheim" not in str(run.quarantine), "only who may see personal data sees the row"

    def quarantine(*without: str) -> RunQuarantineService:
        permissions = ALL_PERMISSIONS - set(without)
        return RunQuarantineService(installation.scope, permissions, installation.adapters.storage)

    found = await quarantine().read(RunId(run.id))
    assert found.shown is not None
    name = f"trades-{REPORTING_DATE}.csv"
    expected = [
        ("trades", name, 5, "price", "4;Geheim;20.11.2026;1.5"),
        ("trades", name, 6, None, "5;zu;viele;20.11.2026;1"),
    ]
    rows = found.shown.to_pylist()
    assert [tuple(row[part] for part in ("table", "file", "line", "column", "raw")) for row in rows] == expected
    assert rows[0]["reason"] == "the value is not a number of at most 18 digits, 4 of them decimals"
    assert rows[1]["reason"] == "the row has 5 fields instead of 4"
    masked = await quarantine("pii:read").read(RunId(run.id))
    assert masked.shown is not None
    assert masked.shown.column("raw").to_pylist() == [MASK, MASK]
    downloaded = (await quarantine().as_csv(RunId(run.id))).decode()
    assert len(downloaded.splitlines()) == 3
    assert "Geheim" in downloaded
    assert "Geheim" not in (await quarantine("pii:read").as_csv(RunId(run.id))).decode()


async def test_more_bad_rows_than_allowed_fail_the_run_and_leave_no_file(installation: Installation):
    files = await files_of(installation, TRADES, CLIENTS)
    bad = "".join(f"{number};x;20.11.2026;teuer\n" for number in range(3))
    await files.upload("trades", f"trades-{REPORTING_DATE}.csv", (GOOD + bad).encode("windows-1252"))
    run = await files.run()
    assert run.state == RunState.FAILED
    assert run.reason is not None
    assert run.reason["code"] == "source_bad_rows_exceeded"
    assert "line 7, column price" in str(run.reason["message"])
    assert "teuer" not in str(run.reason)
    assert await installation.runs.artifacts(RunId(run.id)) == []
