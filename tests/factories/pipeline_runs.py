"""Whole runs of the pipeline over rows in memory: object storage is real, what a run says is kept in a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from backend.core.ids import new_id
from backend.domain.expressions.types import DataType
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import analyse
from backend.domain.reports.document import ReportDocument
from backend.domain.runs import RunCounts, RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.execute import execute_plan
from backend.pipeline.findings import BatchFindings
from backend.pipeline.plan import Resumption, RunPlan
from backend.pipeline.ports import Checkpoint, ProducedFile, ReportedRun, StoredInput
from backend.services.storage import ObjectStorage

CONNECTOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"


@dataclass
class PlayedJournal:
    """What a run has said of itself."""

    checkpoints: list[Checkpoint] = field(default_factory=list)
    files: Sequence[ProducedFile] = ()
    blocking: BatchFindings | None = None

    def log(self, level: str, event: str, **values: object) -> None:
        """Not kept."""

    def step(self, step: RunStep, state: StepState, rows: int | None = None, seconds: float = 0.0) -> None:
        """Not kept."""

    def progress(self, step: RunStep, rows: int) -> None:
        """Not kept."""

    def input_stored(self, stored: StoredInput, inputs: Mapping[str, StoredInput]) -> None:
        """Not kept."""

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """A row group is done."""
        self.checkpoints.append(checkpoint)

    def blocked(self, findings: BatchFindings) -> None:
        """The run is stopped."""
        self.blocking = findings

    def restart_produce(self) -> None:
        """Begin anew."""
        self.checkpoints.clear()

    def complete(self, files: Sequence[ProducedFile]) -> None:
        """The run has done its work."""
        self.files = files

    @property
    def details(self) -> pl.DataFrame:
        """All findings."""
        return pl.concat([one.findings.details for one in self.checkpoints])

    @property
    def counts(self) -> RunCounts:
        """The records counted."""
        return sum((one.counts for one in self.checkpoints), RunCounts())

    def reported(self, reporting_date: date) -> ReportedRun:
        """The run as one whose records are reported."""
        return ReportedRun(reporting_date, tuple(one.ledger for one in self.checkpoints if one.ledger is not None))


@dataclass(frozen=True)
class TableSource:
    """A table as the source of a run."""

    table: pa.Table

    @property
    def schema(self) -> pa.Schema:
        """Its columns."""
        return self.table.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return iter(self.table.to_batches(10_000))

    @contextmanager
    def open(self) -> Iterator[TableSource]:
        """Itself."""
        yield self


@dataclass(frozen=True)
class PlayedRun:
    """A report over rows in memory, to be run as often as wanted."""

    document: dict[str, Any]
    columns: Mapping[str, DataType]
    pack: Pack | None
    reporting_date: date
    created_at: datetime = datetime(2026, 11, 23, 9, tzinfo=UTC)

    def execute(self, table: pa.Table, storage: ObjectStorage, scratch: Path, **changes: Any) -> PlayedJournal:
        """Run it to its end; ``changes`` are of the plan. Raises what ends the run."""
        document = ReportDocument.model_validate(
            {"source": {"connector_id": CONNECTOR, "query": "select 1"}, "outputs": [{"format": "csv"}]} | self.document
        )
        run = str(new_id())
        plan = RunPlan(
            run_id=run,
            prefix=f"played/{run}",
            document=document,
            program=analyse(document, self.pack, self.columns),
            pack=self.pack,
            schemas=None,
            reporting_date=self.reporting_date,
            parameters={},
            created_at=self.created_at,
            message_identifier="PLAYED",
            file_tokens={
                "report": "played",
                "reporting_date": self.reporting_date.isoformat(),
                "sequence": "1",
                "version": "1.0",
            },
            resumption=Resumption(),
            **changes,
        )
        journal = PlayedJournal()
        execute_plan(RunContext(plan, TableSource(table), storage, journal, 1), scratch)
        return journal
