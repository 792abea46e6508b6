"""A whole run in memory: the pipeline as it is, over a table, with a store and a journal that forget at the end.

The real store and the real journal have tests of their own; here it is the bytes of files that count.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any
from uuid import UUID

import pyarrow as pa
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.reports.analysis import analyse
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.page_texts import run_facts
from backend.domain.runs import RunCounts, RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.findings import BatchFindings
from backend.pipeline.output_schemas import OutputSchemas
from backend.pipeline.plan import PackageFiles, Resumption, RunPlan
from backend.pipeline.ports import Checkpoint, OutputProgress, ProducedFile, StoredInput
from backend.pipeline.run import ReportPipeline

DAY = date(2026, 11, 19)
_NO_PACKAGES: Mapping[UUID, PackageFiles] = MappingProxyType({})
MADE = datetime(2026, 11, 20, 6, 7, 8, tzinfo=UTC)
_TYPES: Mapping[Any, DataType] = {
    pa.string(): TEXT,
    pa.int64(): INTEGER,
    pa.float64(): DOUBLE,
    pa.bool_(): BOOLEAN,
    pa.date32(): DATE,
    pa.timestamp("us", "UTC"): TIMESTAMP,
}


class Killed(Exception):
    """The process of the run has ended."""


@dataclass
class MemoryStore:
    """Objects and uploads; the parts of an upload must be as large as S3 wants them."""

    smallest_part: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)

    def put(self, key: str, content: bytes, content_type: str = "") -> None:
        """Keep an object."""
        self.objects[key] = content

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        return self.objects[key][offset : None if length is None else offset + length]

    def open_ranged(self, key: str, size: int) -> IO[bytes]:
        """A reader of an object."""
        assert len(self.objects[key]) == size
        return io.BytesIO(self.objects[key])

    def stream(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """An object in small pieces."""
        content = self.read(key, offset, length)
        return (content[start : start + 1000] for start in range(0, len(content), 1000))

    def find_size(self, key: str) -> int | None:
        """The size of an object."""
        return len(self.objects[key]) if key in self.objects else None

    def delete_prefix(self, prefix: str) -> None:
        """Forget objects."""
        self.objects = {key: content for key, content in self.objects.items() if not key.startswith(prefix)}

    def begin_upload(self, key: str, content_type: str) -> str:
        """A new upload."""
        upload = f"{key}#{len(self.uploads)}"
        self.uploads[upload] = {}
        return upload

    def upload_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """Keep a part."""
        self.uploads[upload_id][number] = content
        return str(hash(content))

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> None:
        """Join the parts."""
        kept = self.uploads.pop(upload_id)
        assert [number for number, _ in parts] == list(range(1, len(parts) + 1))
        assert all(str(hash(kept[number])) == etag for number, etag in parts)
        assert all(len(kept[number]) >= self.smallest_part for number, _ in parts[:-1])
        self.objects[key] = b"".join(kept[number] for number, _ in parts)

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Forget an upload."""
        self.uploads.pop(upload_id, None)


@dataclass
class MemoryJournal:
    """Remembers what a next attempt needs; the run is killed after so many checkpoints."""

    kill_after: int | None = None
    stored: StoredInput | None = None
    row_groups: int = 0
    counts: RunCounts = field(default_factory=RunCounts)
    outputs: dict[tuple[int, int], OutputProgress] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    files: tuple[ProducedFile, ...] = ()

    def log(self, level: str, event: str, **values: object) -> None:
        """Nobody reads it."""

    def step(self, step: RunStep, state: StepState, rows: int | None = None, seconds: float = 0.0) -> None:
        """Nobody reads it."""

    def progress(self, step: RunStep, rows: int) -> None:
        """Nobody reads it."""

    def input_stored(self, stored: StoredInput, inputs: Mapping[str, StoredInput]) -> None:
        """Keep what was extracted."""
        self.stored = stored

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep where everything stands."""
        self.row_groups = checkpoint.row_group + 1
        self.counts += checkpoint.counts
        self.outputs.update({(one.output_number, one.file_number): one for one in checkpoint.outputs})
        self.findings += checkpoint.findings.details.to_dicts()
        if self.kill_after == self.row_groups:
            raise Killed

    def blocked(self, findings: BatchFindings) -> None:
        """Keep why."""
        self.findings += findings.details.to_dicts()

    def restart_produce(self) -> None:
        """Forget the checkpoints."""
        self.row_groups, self.counts, self.outputs = 0, RunCounts(), {}

    def complete(self, files: Sequence[ProducedFile]) -> None:
        """Keep the files."""
        self.files = tuple(files)

    def resumption(self) -> Resumption:
        """What the next attempt is told."""
        return Resumption(
            stored_input=self.stored,
            row_groups_done=self.row_groups,
            counts=self.counts,
            outputs=tuple(self.outputs[key] for key in sorted(self.outputs)),
        )


@dataclass(frozen=True)
class _TableSource:
    table: pa.Table

    @contextmanager
    def open(self) -> Iterator[_TableStream]:
        """Read the table."""
        yield _TableStream(self.table)


@dataclass(frozen=True)
class _TableStream:
    table: pa.Table

    @property
    def schema(self) -> pa.Schema:
        """Of the table."""
        return self.table.schema

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Its batches."""
        return iter(self.table.to_batches())


@dataclass(frozen=True)
class MadeFiles:
    """What came of a run: contents by name, the files as the journal was told of them, findings."""

    contents: Mapping[str, bytes]
    files: tuple[ProducedFile, ...]
    findings: Sequence[Mapping[str, Any]]

    @property
    def only(self) -> bytes:
        """The content of the one file."""
        (content,) = self.contents.values()
        return content


def run_table(
    table: pa.Table,
    outputs: Sequence[Mapping[str, Any]],
    folder: Path,
    *,
    kill_after: Sequence[int] = (),
    rows_per_group: int = 7,
    smallest_part: int = 0,
    packages: Mapping[UUID, PackageFiles] = _NO_PACKAGES,
    **document: Any,
) -> MadeFiles:
    """Run every column of a table into these outputs; killed after each of these row groups and started again."""
    fields = {name: f'"{name}"' for name in table.column_names}
    source = {"connector_id": str(UUID(int=1)), "query": "q"}
    wanted = {"source": source, "fields": fields, "outputs": outputs, **document}
    plan = replace(_plan(ReportDocument.model_validate(wanted), table.schema, rows_per_group), packages=packages)
    store, journal = MemoryStore(smallest_part), MemoryJournal()
    for attempt, kill in enumerate([*kill_after, None], 1):
        journal.kill_after = kill
        context = RunContext(
            replace(plan, resumption=journal.resumption()), _TableSource(table), store, journal, attempt
        )
        with pytest.raises(Killed) if kill is not None else nullcontext():
            ReportPipeline(context, folder, OutputSchemas.of_plan(context.plan)).execute()
    contents = {file.name: store.objects[file.object_key] for file in journal.files}
    assert len(contents) == len(journal.files), "two files have the same name"
    assert not store.uploads, "an upload was left behind"
    assert not [key for key in store.objects if "/tails/" in key], "tails were left behind"
    return MadeFiles(contents, journal.files, journal.findings)


def _plan(document: ReportDocument, schema: pa.Schema, rows_per_group: int) -> RunPlan:
    columns = {one.name: _type(one.type) for one in schema}
    return RunPlan(
        run_id="run",
        prefix="runs/run",
        document=document,
        program=analyse(document, None, columns),
        pack=None,
        schemas=None,
        reporting_date=DAY,
        parameters={},
        created_at=MADE,
        message_identifier="MEMORY",
        file_tokens=run_facts(
            report="trades", reporting_date=DAY, sequence=1, version="1.0", created_at=MADE, message_identifier="MEMORY"
        ),
        resumption=Resumption(),
        rows_per_group=rows_per_group,
        rows_per_slice=5,
    )


def _type(kind: pa.DataType) -> DataType:
    return decimal(kind.precision, kind.scale) if pa.types.is_decimal(kind) else _TYPES[kind]
