"""Gather: the rows of a report with several inputs become one input of its run.

Each input is a Parquet object of its own, pinned by its hash; so is the source where a join reads it. The join's
result is the run's input. The stage is repeated as a whole after a crash, like that of a single source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow.parquet as pq

from backend.domain.expressions.join import Join
from backend.domain.expressions.join_plan import JoinValues, NumberedSelect, numbered_select
from backend.domain.object_keys import further_input_key, further_inputs_prefix, input_key
from backend.domain.reports.analysis import PARAMETER_TYPES, ReportProgram
from backend.domain.reports.document import SOURCE_TABLE, ReportDocument
from backend.domain.runs import RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.engine import EngineLimits
from backend.pipeline.errors import InputTooLarge
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.input_tables import InputTables, JoinedRows
from backend.pipeline.ports import StoredInput
from backend.pipeline.steps.extract import Extraction, finish, store_rows

#: Rows of a join that are handed over together: those of a batch are outside of the engine's bounds.
ROWS_PER_READ: Final = 4_096
#: Rows that ``lookup()`` keeps in memory, of all inputs together.
MAX_LOOKUP_BYTES: Final = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Gathered:
    """The run's input, and those of its inputs by name."""

    stored: StoredInput
    inputs: Mapping[str, StoredInput]


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """A document's join with the values of a run."""

    document: ReportDocument
    join: Join | None
    reporting_date: date
    parameters: Mapping[str, object]

    def select(self) -> NumberedSelect:
        """The SELECT to run; a report without a join has none."""
        if self.join is None:
            raise TypeError("a report without a join has its source as its rows")
        types = {name: PARAMETER_TYPES[one.type] for name, one in self.document.source.parameters.items()}
        return numbered_select(self.join, JoinValues(self.reporting_date, self.parameters), types)


@dataclass(frozen=True, slots=True)
class JoinSource:
    """The result of a join as a ``RowSource``."""

    tables: InputTables
    select: NumberedSelect
    size: int

    @contextmanager
    def open(self) -> Iterator[JoinedRows]:
        """Run the join. Raises JoinFailed."""
        with self.tables.open(self.select, self.size) as rows:
            yield rows


def gather(context: RunContext, folder: Path, memory_limit: str) -> Gathered:
    """Extract every input and join them; ``folder`` is the run's own.

    Raises the connectors' errors, SourceSchemaChanged, InputKeyRepeated and JoinFailed.
    """
    plan = context.plan
    context.journal.step(RunStep.EXTRACT, StepState.RUNNING)
    for earlier in range(1, context.attempt):
        context.store.delete_prefix(further_inputs_prefix(plan.prefix, earlier))
    main = None if plan.join is not None else _extract_source(context)
    inputs, files = _extract_inputs(context, folder)
    threads = 1 if plan.join is not None and plan.join.sums else plan.workers
    with InputTables.of_files(files, EngineLimits(memory_limit, threads, folder)) as tables:
        for name, one in plan.document.inputs.items():
            if one.key:
                tables.check_key(name, one.key)
        stored = main or _join(context, tables)
    for file in files.values():
        file.unlink()
    finish(context, stored, inputs)
    return Gathered(stored, inputs)


def stored_lookups(context: RunContext, inputs: Mapping[str, StoredInput]) -> dict[str, LookupRows]:
    """The rows that ``lookup()`` reads, out of object storage. Raises InputTooLarge."""
    plan = context.plan

    def open_input(name: str) -> pq.ParquetFile:
        return pq.ParquetFile(context.store.open_ranged(inputs[name].key, inputs[name].size_bytes))

    return load_lookups(plan.document, plan.program, open_input)


def load_lookups(
    document: ReportDocument, program: ReportProgram, open_input: Callable[[str], pq.ParquetFile]
) -> dict[str, LookupRows]:
    """The rows that ``lookup()`` reads: their keys and the columns that are asked for. Raises InputTooLarge."""
    asked: dict[str, set[str]] = {}
    for name, column in program.lookups:
        asked.setdefault(name, set()).add(column)
    found: dict[str, LookupRows] = {}
    left = MAX_LOOKUP_BYTES
    for name, columns in sorted(asked.items()):
        parts, left = _frames(name, open_input(name), sorted({*document.inputs[name].key, *columns}), left)
        types = program.tables[name].columns
        key = {one: types[one] for one in document.inputs[name].key}
        found[name] = LookupRows(pl.concat(parts), key, document.inputs[name].missing)
    return found


def _frames(name: str, file: pq.ParquetFile, columns: list[str], left: int) -> tuple[list[pl.DataFrame], int]:
    frames = [pl.DataFrame(pl.from_arrow(file.schema_arrow.empty_table().select(columns)))]
    for number in range(file.num_row_groups):
        frames.append(pl.DataFrame(pl.from_arrow(file.read_row_group(number, columns=columns, use_threads=False))))
        left -= int(frames[-1].estimated_size())
        if left < 0:
            raise InputTooLarge(
                f"The keys and columns of the input {name} that lookup() reads are larger than "
                f"{MAX_LOOKUP_BYTES >> 20} MiB.",
                fix="Read fewer rows, or join the input instead: a join has no such limit.",
            )
    return frames, left


def _extract_source(context: RunContext) -> StoredInput:
    plan = context.plan
    key = input_key(plan.prefix, context.attempt)
    return store_rows(context, Extraction(context.source, key, plan.program.columns))


def _extract_inputs(context: RunContext, folder: Path) -> tuple[dict[str, StoredInput], dict[str, Path]]:
    plan = context.plan
    inputs: dict[str, StoredInput] = {}
    files: dict[str, Path] = {}
    sources = {SOURCE_TABLE: context.source} if plan.join is not None else {}
    for name, source in {**sources, **context.inputs}.items():
        key = further_input_key(plan.prefix, context.attempt, name)
        title = "the source" if name == SOURCE_TABLE else f"the input {name}"
        files[name] = folder / f"{name}.parquet"
        inputs[name] = store_rows(context, Extraction(source, key, plan.tables[name], title, files[name]))
        one = inputs[name]
        context.journal.log("info", "input_extracted", input=name, rows=one.rows, sha256=one.sha256)
    return inputs, files


def _join(context: RunContext, tables: InputTables) -> StoredInput:
    plan = context.plan
    key = input_key(plan.prefix, context.attempt)
    wanted = JoinRequest(plan.document, plan.join, plan.reporting_date, plan.parameters)
    source = JoinSource(tables, wanted.select(), ROWS_PER_READ)
    return store_rows(context, Extraction(source, key, plan.program.columns, "the join"))
