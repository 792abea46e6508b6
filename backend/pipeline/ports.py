"""What a run needs from the outside, as protocols; services bring the adapters.

Everything here is synchronous: the pipeline runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import IO, Protocol, runtime_checkable

import pyarrow as pa

from backend.domain.runs import RunCounts, RunStep, StepState
from backend.pipeline.findings import BatchFindings


class RowStream(Protocol):
    """An opened extraction: Arrow batches of the declared schema, in the source's order, bounded memory."""

    @property
    def schema(self) -> pa.Schema:
        """The schema of every batch."""
        ...

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Batches in order; may be iterated once."""
        ...


class BadRow(Protocol):
    """A row of a source that is not as declared, and so is no row of its result."""

    @property
    def table(self) -> str:
        """The table it would belong to."""
        ...

    @property
    def file(self) -> str:
        """The file it stands in."""
        ...

    @property
    def line(self) -> int:
        """The line it begins on, from 1."""
        ...

    @property
    def column(self) -> str | None:
        """The column at fault, None for the row as a whole."""
        ...

    @property
    def reason(self) -> str:
        """What is wrong with it; holds no value."""
        ...

    @property
    def raw(self) -> str:
        """Its text, as it stands in the file."""
        ...


class TableReading(Protocol):
    """What was read of a table of a source: ``rows_read`` = ``rows_taken`` + ``quarantined``."""

    @property
    def table(self) -> str:
        """Its name."""
        ...

    @property
    def files(self) -> int:
        """How many files it was read from."""
        ...

    @property
    def rows_read(self) -> int:
        """Rows that stand in them."""
        ...

    @property
    def rows_taken(self) -> int:
        """Rows that the query could see."""
        ...

    @property
    def quarantined(self) -> int:
        """Rows that were put aside."""
        ...


@runtime_checkable
class QuarantiningStream(Protocol):
    """A ``RowStream`` that puts rows of its source aside; asked when it has been read to its end."""

    def bad_rows(self) -> Sequence[BadRow]:
        """The rows put aside, in the order of the source."""
        ...

    def readings(self) -> Sequence[TableReading]:
        """What was read of each table."""
        ...


class RowSource(Protocol):
    """A source that can be read once per call."""

    def open(self) -> AbstractContextManager[RowStream]:
        """Run the query; leaving the context ends it at the source."""
        ...


class ArtifactStore(Protocol):
    """Object storage as the pipeline sees it. Keys are full object keys, sizes are bytes."""

    def put(self, key: str, content: bytes, content_type: str = ...) -> object:
        """Store a small object."""
        ...

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of an object."""
        ...

    def open_ranged(self, key: str, size: int, *, window: int = ...) -> IO[bytes]:
        """A seekable reader that fetches what is read, and at least ``window`` bytes at a time."""
        ...

    def stream(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of an object, piece by piece."""
        ...

    def find_size(self, key: str) -> int | None:
        """Size of an object, None when it is not there."""
        ...

    def delete_prefix(self, prefix: str) -> object:
        """Remove every object below a prefix."""
        ...

    def begin_upload(self, key: str, content_type: str) -> str:
        """Open a multipart upload; its id."""
        ...

    def upload_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        """Store a part and give its etag; the same number replaces the part.

        Raises an error of code ``upload_lost`` when the upload is gone.
        """
        ...

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> object:
        """Make the object visible. Raises code ``upload_lost`` when the upload is gone."""
        ...

    def abort_upload(self, key: str, upload_id: str) -> None:
        """Forget an upload; nothing happens when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class StoredInput:
    """The extracted rows in object storage: one Parquet object, pinned by its hash."""

    key: str
    sha256: str
    size_bytes: int
    rows: int
    row_groups: int
    quarantine: StoredQuarantine | None = None


@dataclass(frozen=True, slots=True)
class StoredQuarantine:
    """Rows the source put aside, in one Parquet object; ``key`` is None when there are none.

    ``tables`` is what was read of each table, ``reasons`` how often each reason was found where.
    """

    key: str | None
    rows: int
    tables: tuple[dict[str, object], ...]
    reasons: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class OutputProgress:
    """A file in the making at a checkpoint: what is stored of it and where its packaging stands.

    ``parts`` are (number, etag, size) of the multipart upload; ``tail_key`` names an object with the bytes
    that are too few for a part, ``front_key`` one with the first bytes behind a header that is not known yet;
    ``packaging`` is the packager's own state.
    """

    output_number: int
    file_number: int
    object_key: str
    upload_id: str
    parts: tuple[tuple[int, str, int], ...]
    tail_key: str | None
    packaging: dict[str, int]
    records: int
    is_closed: bool
    front_key: str | None = None


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Rows and seconds of a step since the last checkpoint."""

    step: RunStep
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """The written records of a row group, in object storage."""

    key: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """An earlier run whose records count as reported."""

    reporting_date: date
    ledgers: tuple[StoredLedger, ...]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A row group of the input that is done: committed as a whole or not at all.

    ``findings_key`` names the object with its findings, ``ledger`` the one with the records that were written.
    """

    row_group: int
    counts: RunCounts
    findings: BatchFindings
    findings_key: str | None
    outputs: tuple[OutputProgress, ...]
    steps: tuple[StepProgress, ...]
    decisions_key: str | None = None
    ledger: StoredLedger | None = None


@dataclass(frozen=True, slots=True)
class ProducedFile:
    """A complete file in object storage, ready to become an artifact."""

    output_number: int
    file_number: int
    name: str
    format: str
    media_type: str
    object_key: str
    size_bytes: int
    sha256: str
    content_size_bytes: int
    content_sha256: str
    records: int
    schema_status: str


class Journal(Protocol):
    """The run's memory in PostgreSQL: every call is one short transaction that carries the fencing token.

    Each raises ``LeaseLost`` when another worker has claimed the run since.
    """

    def log(self, level: str, event: str, **values: object) -> None:
        """A line of the run's log."""
        ...

    def step(self, step: RunStep, state: StepState, rows: int | None = None, seconds: float = 0.0) -> None:
        """A step has changed its state; rows and seconds are added to it."""
        ...

    def progress(self, step: RunStep, rows: int) -> None:
        """Rows done so far in a step."""
        ...

    def input_stored(self, stored: StoredInput, inputs: Mapping[str, StoredInput]) -> None:
        """The extract stage is done; ``inputs`` are the rows of the report's further inputs, by name."""
        ...

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """A row group is done, as a whole."""
        ...

    def blocked(self, findings: BatchFindings) -> None:
        """Record the findings that stop the run."""
        ...

    def restart_produce(self) -> None:
        """Forget the checkpoints of the produce stage."""
        ...

    def complete(self, files: Sequence[ProducedFile]) -> None:
        """The run has done its work: artifacts, deliveries, state and events at once."""
        ...
