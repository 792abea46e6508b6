"""A million findings in one run: counted one by one, kept up to a limit, all of them in the findings files."""

from __future__ import annotations

import io

import polars as pl
import pytest
from sqlalchemy import func, select

from backend.core.ids import RunId
from backend.domain.runs import RunState
from backend.persistence.models.run import Finding
from backend.persistence.repositories.run_progress import MAX_DETAILS
from backend.services.run_findings import RunFindingService
from tests.factories.documents import own_rule
from tests.harness.installation import SourceAddress, create_installation
from tests.integration.backend.runs.test_run import numbers_document
from tests.services.servers import PostgresServer, S3Address

ROWS = 1_000_000
#: What a run of so many rows may hold in memory, whatever is found about them.
MAX_RSS_BYTES = 1_500_000_000


@pytest.mark.long
async def test_a_million_findings_are_counted_exactly_and_bounded_in_database_and_memory(
    postgres_server: PostgresServer,
    s3_server: S3Address,
    demo_source: SourceAddress,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installation = await create_installation(postgres_server, s3_server)
    for name, value in installation.env.items():
        monkeypatch.setenv(name, value)
    failing = own_rule(id="OWN-01", phase="target", severity="warning", expression="number < 0", message="Below one.")
    connector = await installation.add_connector(demo_source)
    view = await installation.run(await installation.add_report(numbers_document(connector, ROWS, rules=[failing])))
    run = view.run
    assert run.state == RunState.SUCCEEDED, run.reason
    assert [(one.rule_id, one.count) for one in view.findings] == [("OWN-01", ROWS)]
    assert (run.rows_out, run.with_findings) == (ROWS, ROWS)
    assert run.peak_rss_bytes < MAX_RSS_BYTES, f"{run.peak_rss_bytes:,}"
    async with installation.database.transaction(installation.tenant) as session:
        kept = await session.scalar(select(func.count()).select_from(Finding).where(Finding.run_id == run.id))
    assert kept == MAX_DETAILS
    numbers = set[int]()
    findings = RunFindingService(installation.scope, installation.adapters.storage)
    told = await findings.by_rule(RunId(run.id))
    assert (told.count, told.kept) == (ROWS, MAX_DETAILS)
    for key in await findings.keys(RunId(run.id)):
        stored = pl.read_parquet(io.BytesIO(installation.adapters.storage.read(key)), columns=["row_number"])
        numbers.update(stored["row_number"].to_list())
    assert numbers == set(range(1, ROWS + 1)), "every one of them is in the findings files"
    await installation.close()
