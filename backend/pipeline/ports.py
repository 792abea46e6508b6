"""What a run needs from the outside, as protocols; services bring the adapters.

Everything here is synchronous: the pipeline runs in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import IO, Protocol

import pyarrow as pa

from backend.domain.runs import RunCounts, RunStep, StepState
from backend.pipeline.findings import BatchFindings


class RowStream(Protocol):
    """An opened extraction: Arrow batches of the declared schema, in the source's order, bounded memory."""

    @property
    def schema(self) -> pa.Schema: ...

    def __iter__(self) -> Iterator[pa.RecordBatch]: ...


class RowSource(Protocol):
    """A source that can be read once per call."""

    def open(self) -> AbstractContextManager[RowStream]: ...


class ArtifactStore(Protocol):
    """Object storage as the pipeline sees it. Keys are full object keys, sizes are bytes."""

    def put(self, key: str, content: bytes, content_type: str = ...) -> object: ...

    def read(self, key: str, offset: int = 0, length: int | None = None) -> bytes: ...

    def open_ranged(self, key: str, size: int) -> IO[bytes]: ...

    def stream(self, key: str, offset: int = 0, length: int | None = None) -> Iterator[bytes]: ...

    def find_size(self, key: str) -> int | None: ...

    def delete_prefix(self, prefix: str) -> object: ...

    def begin_upload(self, key: str, content_type: str) -> str: ...

    def upload_part(self, key: str, upload_id: str, number: int, content: bytes) -> str: ...

    def complete_upload(self, key: str, upload_id: str, parts: Sequence[tuple[int, str]]) -> object: ...

    def abort_upload(self, key: str, upload_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class StoredInput:
    """The extracted rows in object storage: one Parquet object, pinned by its hash."""

    key: str
    sha256: str
    size_bytes: int
    rows: int
    row_groups: int


@dataclass(frozen=True, slots=True)
class OutputProgress:
    """A file in the making at a checkpoint: what is stored of it and where its packaging stands.

    ``parts`` are (number, etag, size) of the multipart upload; ``tail_key`` names an object with the bytes
    that are too few for a part; ``packaging`` is the packager's own state.
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


@dataclass(frozen=True, slots=True)
class StepProgress:
    """Rows and seconds of a step since the last checkpoint."""

    step: RunStep
    rows: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A row group of the input that is done: committed as a whole or not at all."""

    row_group: int
    counts: RunCounts
    findings: BatchFindings
    findings_key: str | None
    outputs: tuple[OutputProgress, ...]
    steps: tuple[StepProgress, ...]


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

    def log(self, level: str, event: str, **values: object) -> None: ...

    def step(self, step: RunStep, state: StepState, rows: int | None = None, seconds: float = 0.0) -> None: ...

    def progress(self, step: RunStep, rows: int) -> None: ...

    def input_stored(self, stored: StoredInput) -> None: ...

    def checkpoint(self, checkpoint: Checkpoint) -> None: ...

    def blocked(self, findings: BatchFindings) -> None: ...

    def restart_produce(self) -> None: ...

    def complete(self, files: Sequence[ProducedFile]) -> None: ...
