"""A million records against an extract of a million: within a few times what DuckDB needs to join the same two files.

``OPENREG_BENCH_RECONCILED`` sets the number of records. The floor reads the extract and the stored input by DuckDB as
they are, joins them by reference and compares five columns as texts; it normalises nothing, knows no ledger and keeps
no differences.
"""

from __future__ import annotations

import os
import resource
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from backend.core.clock import utc_now
from backend.domain.extract_mapping import mapping_of
from backend.domain.permissions import ALL_PERMISSIONS
from backend.domain.reconciliation import Period
from backend.domain.submissions import SubmissionEnvironment
from backend.services.reconciliation_work import ReconciliationWorker
from backend.services.reconciliations import Comparing, ReconciliationService
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.stored_rows import REPORTING_DATE
from tests.factories.submitted_runs import LEI, MAPPING, submitted_frame, submitted_report
from tests.factories.wakeups import NotedWakeups
from tests.harness.figures import show

RECORDS = int(os.environ.get("OPENREG_BENCH_RECONCILED", "1000000"))
#: Measured 2026-11-28 on two busy cores; the rest is normalising, the ledger, and the file of differences.
MOST = 12.0


async def test_a_million_records_are_compared_in_a_few_times_a_bare_join(
    tmp_path: Path, rows: Rows, owner: Person, installation: Installation
) -> None:
    storage = installation.adapters.storage
    report = await submitted_report(rows)
    frame = _trades()
    run, _ = await submitted_frame(rows, storage, report, frame)
    extract, stored = tmp_path / "extract.csv", tmp_path / "input.parquet"
    _write(frame, extract)
    stored.write_bytes(storage.read(str(run.input_key)))
    floor = _joined(extract, stored)

    service = ReconciliationService(
        owner.scope(installation.database), ALL_PERMISSIONS, storage, NotedWakeups(), 10**10
    )
    period = Period(REPORTING_DATE, REPORTING_DATE)
    wanted = Comparing(extract.name, report.report.id, period, SubmissionEnvironment.PRODUCTION, mapping_of(MAPPING))
    with extract.open("rb") as content:
        started = await service.start(content, extract.stat().st_size, wanted)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    await ReconciliationWorker(installation.database, storage, utc_now, tmp_path).compare(
        owner.tenant, started.reconciliation.id
    )
    taken = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    one = (await service.get(started.reconciliation.id)).listed.reconciliation
    assert (one.state, one.reason) == ("done", None)
    counts = one.counts
    assert (counts.ours, counts.missing, counts.extra) == (RECORDS, -(-RECORDS // 1000), 0)
    assert counts.different == counts.fields == RECORDS // 100
    ratio = taken / floor
    show(
        f"{RECORDS:,} records against an extract of {extract.stat().st_size / 1e6:.0f} MB: bare join {floor:.2f} s, "
        f"compared in {taken:.2f} s: {ratio:.2f} of the floor; peak memory grew by {grown:.0f} MB"
    )
    assert ratio <= MOST


def _trades() -> pl.DataFrame:
    number = pl.int_range(0, RECORDS, dtype=pl.Int64)
    start = datetime(2026, 11, 19, 8, tzinfo=UTC)
    return pl.select(number.alias("n")).select(
        trn=pl.format("TRN{}", "n"),
        status=pl.lit("NEWT"),
        quantity=(pl.col("n") % 100_000).cast(pl.Decimal(23, 5)),
        price=(pl.col("n") % 977).cast(pl.Decimal(31, 13)),
        traded_at=pl.lit(start).cast(pl.Datetime("us", "UTC")) + pl.duration(milliseconds=pl.col("n") % 30_000_000),
        venue=pl.lit("XETR"),
        is_sft=pl.col("n") % 2 == 0,
        buyer=pl.format("NAME{}", pl.col("n") % 1000),
    )


def _write(frame: pl.DataFrame, target: Path) -> None:
    """One record in a thousand is missing, one in a hundred has another quantity; the order is another one."""
    number = pl.int_range(0, pl.len())
    frame.with_columns(n=number).filter(pl.col("n") % 1000 != 0).with_columns(
        quantity=pl.when(pl.col("n") % 100 == 1).then(pl.col("quantity") + 1).otherwise(pl.col("quantity"))
    ).sort(pl.col("n").hash(seed=1)).select(
        Firm=pl.lit(LEI),
        TRN="trn",
        Qty=pl.col("quantity").cast(pl.Float64).cast(pl.Int64).cast(pl.String),
        Price=pl.col("price").cast(pl.Float64).cast(pl.Int64).cast(pl.String) + ".0",
        Time=(pl.col("traded_at") + timedelta(0)).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f") + "Z",
        MIC="venue",
        SFT="is_sft",
        Buyer="buyer",
    ).write_csv(target)


def _joined(extract: Path, stored: Path) -> float:
    """Seconds for a join by DuckDB with the same threads, of which only the count comes back."""
    began = time.perf_counter()
    with duckdb.connect(":memory:", config={"threads": "2"}) as engine:
        engine.execute("SET enable_progress_bar = false")
        row = engine.execute(
            "SELECT count(*) FILTER (WHERE o.trn IS NULL OR t.TRN IS NULL), count(*) FILTER (WHERE "
            "o.quantity::VARCHAR <> t.Qty OR o.price::VARCHAR <> t.Price OR o.traded_at::VARCHAR <> t.Time "
            "OR o.venue <> t.MIC OR o.buyer <> t.Buyer) "
            f"FROM read_parquet('{stored}') o FULL JOIN read_csv('{extract}', all_varchar = true) t ON o.trn = t.TRN"
        ).fetchone()
    assert row is not None
    return time.perf_counter() - began
