"""The rows of a trial of several inputs: joined and looked up by what does it in a run, over sample rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain.reports.document import SOURCE_TABLE
from backend.pipeline.engine import EngineLimits
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.gather import JoinRequest, load_lookups
from backend.pipeline.input_tables import InputTables
from backend.pipeline.plan import RunPlan

_MEMORY: Final = "256MB"


def join_sample(wanted: JoinRequest, tables: Mapping[str, pa.Table], folder: Path, limit: int) -> pa.Table:
    """At most ``limit`` rows of the report over these rows of its source and inputs.

    Raises InputKeyRepeated, JoinFailed and JoinColumnUnusable.
    """
    files = {name: folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        pq.write_table(table, files[name])
    with InputTables.of_files(files, EngineLimits(_MEMORY, 1, folder)) as known:
        for name, one in wanted.document.inputs.items():
            if one.key:
                known.check_key(name, one.key)
        if wanted.join is None:
            return tables[SOURCE_TABLE].slice(0, limit)
        with known.open(wanted.select(), limit) as rows:
            batches = [batch for batch, _ in zip(rows, range(1), strict=False)]
            return pa.Table.from_batches(batches, rows.schema).slice(0, limit)


def sample_lookups(plan: RunPlan, folder: Path) -> dict[str, LookupRows]:
    """What ``lookup()`` finds in the rows that ``join_sample`` was given. Raises InputTooLarge."""
    return load_lookups(plan.document, plan.program, lambda name: pq.ParquetFile(folder / f"{name}.parquet"))
