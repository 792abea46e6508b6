"""Rows that a source put aside: one Parquet object of the run, and counts of what was found where."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from backend.pipeline.errors import CountsNotReconciled
from backend.pipeline.ports import ArtifactStore, BadRow, QuarantiningStream, StoredQuarantine, TableReading

MEDIA_TYPE = "application/vnd.apache.parquet"
SCHEMA = pa.schema(
    [
        ("table", pa.string()),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("raw", pa.string()),
    ]
)
MAX_REASONS = 100


def store_quarantine(store: ArtifactStore, key: str, stream: QuarantiningStream) -> StoredQuarantine:
    """Store what a stream put aside, when it has been read. Raises CountsNotReconciled."""
    bad, readings = stream.bad_rows(), stream.readings()
    _reconcile(bad, readings)
    if bad:
        rows = [{name: getattr(one, name) for name in SCHEMA.names} for one in bad]
        target = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), target, compression="zstd")
        store.put(key, target.getvalue(), MEDIA_TYPE)
    counted = Counter((one.table, one.file, one.column, one.reason) for one in bad).most_common(MAX_REASONS)
    return StoredQuarantine(
        key if bad else None,
        len(bad),
        tuple(
            {
                "table": one.table,
                "files": one.files,
                "rows_read": one.rows_read,
                "rows_taken": one.rows_taken,
                "quarantined": one.quarantined,
            }
            for one in readings
        ),
        tuple(
            {"table": table, "file": file, "column": column, "reason": reason, "count": count}
            for (table, file, column, reason), count in counted
        ),
    )


def _reconcile(bad: Sequence[BadRow], readings: Sequence[TableReading]) -> None:
    """Every row that stands in a file was taken or put aside, and no row twice."""
    for one in readings:
        found = sum(row.table == one.table for row in bad)
        if one.rows_read != one.rows_taken + one.quarantined or one.quarantined != found:
            raise CountsNotReconciled(
                f"{one.rows_read} rows of {one.table} were read, {one.rows_taken} taken and {found} put aside.",
                fix="Report this: the file must not be trusted.",
            )
