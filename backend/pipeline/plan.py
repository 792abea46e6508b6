"""What one run will do, fixed before it starts: the same plan gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from backend.domain.calendars import WorkCalendar
from backend.domain.expressions.join import Join
from backend.domain.expressions.types import DataType
from backend.domain.reference_pins import ReferencePin
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportProgram
from backend.domain.reports.document import ReportDocument
from backend.domain.runs import RunCounts
from backend.pipeline.ports import OutputProgress, ReportedRun, StoredInput
from backend.pipeline.xsd import SchemaFile

ROWS_PER_GROUP = 32_768
#: Rows that are judged together: fewer, and planning the expressions costs more than evaluating them.
ROWS_PER_BATCH = 16_384
#: Records that are rendered, checked and packaged together: bounds the text in memory.
ROWS_PER_SLICE = 8_192
MIN_PART_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Resumption:
    """What earlier attempts left behind: the stored input, the checkpoints, the files in the making."""

    stored_input: StoredInput | None = None
    inputs: Mapping[str, StoredInput] = field(default_factory=lambda: MappingProxyType({}))
    row_groups_done: int = 0
    counts: RunCounts = field(default_factory=RunCounts)
    outputs: tuple[OutputProgress, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaFiles:
    """The installed XSDs of the pack's message: namespace to content, and the name of the package."""

    contents: Mapping[str, bytes]
    package: str


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """A schema package as a run is pinned to it."""

    name: str
    files: tuple[SchemaFile, ...]


@dataclass(frozen=True, slots=True)
class RunPlan:
    """One run: what to read, what to make of it, under which names.

    ``join`` is the document's, read; ``tables`` are the columns of the source and of each input, empty where the
    report has nothing but its source. ``reference`` are the versions of datasets and mapping sets it is bound to.
    ``prefix`` is the folder of the run in object storage; ``created_at`` and ``message_identifier`` come from the run's
    row, so that a repeated run writes the same header. ``inherited`` are the stored inputs of a supplemental run's
    parent, which reads none of its own; ``overrides`` are the target columns whose values its rows bring along.
    ``packages`` are the schema packages of outputs that are not the pack's message.
    ``reported`` are the runs whose records count as reported before, in their order.
    """

    run_id: str
    prefix: str
    document: ReportDocument
    program: ReportProgram
    pack: Pack | None
    schemas: SchemaFiles | None
    reporting_date: date
    parameters: Mapping[str, object]
    created_at: datetime
    message_identifier: str
    file_tokens: Mapping[str, str]
    resumption: Resumption
    join: Join | None = None
    tables: Mapping[str, Mapping[str, DataType]] = field(default_factory=lambda: MappingProxyType({}))
    reference: Mapping[str, ReferencePin] = field(default_factory=lambda: MappingProxyType({}))
    inherited: Mapping[str, StoredInput] | None = None
    overrides: tuple[str, ...] = ()
    calendars: Mapping[str, WorkCalendar] = field(default_factory=lambda: MappingProxyType({}))
    reported: tuple[ReportedRun, ...] = ()
    packages: Mapping[UUID, PackageFiles] = field(default_factory=lambda: MappingProxyType({}))
    rows_per_group: int = ROWS_PER_GROUP
    rows_per_batch: int = ROWS_PER_BATCH
    rows_per_slice: int = ROWS_PER_SLICE
    workers: int = 2
