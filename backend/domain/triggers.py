"""What starts a run besides a person and a schedule: a call, a file that arrives, a watermark, the end of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.runs import RunState, RunTrigger
from backend.domain.schedules.definition import MAX_PARAMETERS, NameOfCalendar, ReportingDate
from backend.domain.schedules.local_time import ZoneName

#: A look belongs to one worker for so long, which is longer than a look may take; after it another may look.
LOOK_LEASE: Final = timedelta(minutes=5)
#: While something in a folder may still be written, and after a look that could not take everything.
LOOK_AGAIN: Final = timedelta(seconds=10)
#: Ends of runs older than this start nothing any more.
OLDEST_RUN: Final = timedelta(days=14)
#: How often a look may fail for a reason that may pass before somebody is told.
PATIENCE: Final = 3
MAX_WATERMARK_LENGTH: Final = 500
_MOST_TOLD: Final = 10


class TriggerKind(StrEnum):
    """What a trigger waits for."""

    API = "api"
    FILE_ARRIVAL = "file_arrival"
    WATERMARK = "watermark"
    RUN_EVENT = "run_event"


class FiringOutcome(StrEnum):
    """What came of an occasion."""

    STARTED = "started"
    SKIPPED = "skipped"


class SkipCode(StrEnum):
    """Why an occasion started nothing, where that was meant; what is refused has the code of its error."""

    PAUSED = "paused"
    REPORT_INACTIVE = "report_inactive"
    STILL_RUNNING = "still_running"
    DEBOUNCED = "debounced"


class WhileRunning(StrEnum):
    """What becomes of an occasion while the same run is under way."""

    WAIT = "wait"
    SKIP = "skip"


class ExistingFiles(StrEnum):
    """What becomes of the files that lie in a folder when it is looked into for the first time."""

    IGNORE = "ignore"
    START = "start"


#: Placeholders of parameters beyond those of schedules.
PLACEHOLDERS_OF: Final[Mapping[TriggerKind, tuple[str, ...]]] = {
    TriggerKind.API: ("trigger",),
    TriggerKind.FILE_ARRIVAL: ("trigger", "file_name", "file_size", "file_time"),
    TriggerKind.WATERMARK: ("trigger", "watermark", "previous_watermark"),
    TriggerKind.RUN_EVENT: ("trigger", "run_id", "run_state"),
}
#: What a run says started it.
RUN_TRIGGERS: Final[Mapping[TriggerKind, RunTrigger]] = {
    TriggerKind.API: RunTrigger.API,
    TriggerKind.FILE_ARRIVAL: RunTrigger.FILE,
    TriggerKind.WATERMARK: RunTrigger.WATERMARK,
    TriggerKind.RUN_EVENT: RunTrigger.RUN,
}


class TriggerCycle(OpenRegError):
    """Reports would start each other without end."""

    code: ClassVar[str] = "trigger_cycle"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class WatermarkUnusable(OpenRegError):
    """The query does not give one value that grows."""

    code: ClassVar[str] = "watermark_unusable"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class WatermarkWentBack(OpenRegError):
    """The watermark is lower than the last one seen."""

    code: ClassVar[str] = "watermark_went_back"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiCall(_Part):
    """Somebody's program calls the trigger's address."""

    kind: Literal[TriggerKind.API] = TriggerKind.API


class FileArrival(_Part):
    """A file in a folder of a destination that can be read.

    A relative folder starts at the destination's own. A file counts when it has had the same size and time for
    ``settle_seconds``, in two looks at least. Capital letters of the pattern count.
    """

    kind: Literal[TriggerKind.FILE_ARRIVAL] = TriggerKind.FILE_ARRIVAL
    destination_id: UUID
    folder: Annotated[str, Field(max_length=1000)] = ""
    name_pattern: Annotated[str, Field(min_length=1, max_length=200)] = "*"
    every_seconds: Annotated[int, Field(ge=10, le=86_400)] = 60
    settle_seconds: Annotated[int, Field(ge=1, le=3600)] = 20
    existing: ExistingFiles = ExistingFiles.IGNORE

    def is_wanted(self, name: str) -> bool:
        """Whether a file's name is one that is waited for."""
        return fnmatchcase(name, self.name_pattern)


class SourceWatermark(_Part):
    """A value that grows in a source: the query gives one row with one column."""

    kind: Literal[TriggerKind.WATERMARK] = TriggerKind.WATERMARK
    connector_id: UUID
    query: Annotated[str, Field(min_length=1, max_length=20_000)]
    every_minutes: Annotated[int, Field(ge=1, le=1440)] = 5


class RunEvent(_Part):
    """A regular run of another report has ended in one of these states."""

    kind: Literal[TriggerKind.RUN_EVENT] = TriggerKind.RUN_EVENT
    report_id: UUID
    states: Annotated[tuple[RunState, ...], Field(min_length=1, max_length=4)] = (RunState.SUCCEEDED,)

    @model_validator(mode="after")
    def _states_are_ends(self) -> Self:
        if len(set(self.states)) != len(self.states) or not all(one.is_terminal for one in self.states):
            raise ValueError("the states are ends of runs, each told once: succeeded, partial, failed, cancelled")
        return self


Occurrence = Annotated[ApiCall | FileArrival | SourceWatermark | RunEvent, Field(discriminator="kind")]


class TriggerDefinition(_Part):
    """What is waited for, and how the run is started.

    The reporting date follows from the local day on which it fires, as with schedules; the end of a run hands over its
    own. ``min_interval_minutes`` is the least time between two runs that the trigger starts; what comes sooner is
    skipped.
    """

    on: Occurrence
    zone: ZoneName = "UTC"
    calendar: NameOfCalendar | None = None
    reporting_date: ReportingDate = ReportingDate()
    parameters: Annotated[dict[str, str | int | float | bool | None], Field(max_length=MAX_PARAMETERS)] = {}
    min_interval_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)] = 0
    while_running: WhileRunning = WhileRunning.WAIT

    @property
    def kind(self) -> TriggerKind:
        """What is waited for."""
        return self.on.kind

    @property
    def interval(self) -> timedelta | None:
        """Between two looks; None for what is not looked at."""
        if isinstance(self.on, FileArrival):
            return timedelta(seconds=self.on.every_seconds)
        if isinstance(self.on, SourceWatermark):
            return timedelta(minutes=self.on.every_minutes)
        return None


def check_no_cycle(
    starts: Mapping[UUID, Sequence[UUID]], source: UUID, report: UUID, names: Mapping[UUID, str]
) -> None:
    """``starts`` are the reports that the end of a report's run starts; now that of ``source`` shall start ``report``.

    Raises TriggerCycle with the path.
    """
    path = _path(starts, report, source)
    if path is None:
        return
    told = [names.get(one, str(one)) for one in (source, *path)]
    if len(told) > _MOST_TOLD:
        told = [*told[: _MOST_TOLD - 1], "…", told[-1]]
    raise TriggerCycle(
        f"The reports would start each other without end: {' → '.join(told)}.",
        fix="Choose another report to wait for, or remove a trigger of this path.",
        extra={"path": [str(one) for one in (source, *path)]},
    )


def _path(starts: Mapping[UUID, Sequence[UUID]], first: UUID, last: UUID) -> list[UUID] | None:
    came_from: dict[UUID, UUID | None] = {first: None}
    waiting = [first]
    for one in waiting:
        if one == last:
            path: list[UUID] = []
            step: UUID | None = one
            while step is not None:
                path.insert(0, step)
                step = came_from[step]
            return path
        for following in starts.get(one, ()):
            if following not in came_from:
                came_from[following] = one
                waiting.append(following)
    return None


def file_key(name: str, size_bytes: int, modified_at: datetime | None) -> str:
    """What tells an arrival from others: the same name with another size or time is another file."""
    return f"{name}|{size_bytes}|{'' if modified_at is None else modified_at.isoformat()}"


Watermark = int | Decimal | date | datetime | str
_READERS: Final[Mapping[str, Callable[[str], Watermark]]] = {
    "integer": int,
    "decimal": Decimal,
    "timestamp": datetime.fromisoformat,
    "date": date.fromisoformat,
    "text": str,
}


def watermark_of(columns: int, rows: Sequence[Sequence[object]]) -> Watermark | None:
    """The value that a query gave, None when there is none yet. Raises WatermarkUnusable."""
    if columns != 1 or len(rows) > 1:
        raise WatermarkUnusable(
            f"The query gives {columns} columns and {'more than one row' if len(rows) > 1 else 'one row'}.",
            fix="Write a query with one row and one column, such as SELECT max(updated_at) FROM trades.",
        )
    value = rows[0][0] if rows else None
    if value is None:
        return None
    is_flag = isinstance(value, bool)
    if isinstance(value, int | Decimal | date | str) and not is_flag and len(_text(value)) <= MAX_WATERMARK_LENGTH:
        return value
    raise WatermarkUnusable(
        "The query's value is no whole number, decimal, date, time or short text.",
        fix="Cast it to a type that can be compared exactly.",
    )


def stored_watermark(value: Watermark) -> dict[str, object]:
    """A watermark as it is kept: its type, and its text."""
    return {"type": _type(value), "value": _text(value)}


def read_watermark(stored: Mapping[str, object]) -> Watermark:
    """A watermark that was kept."""
    return _READERS[str(stored["type"])](str(stored["value"]))


def has_moved(last: Watermark | None, value: Watermark) -> bool:
    """Whether a watermark lies beyond the last one. Raises WatermarkWentBack and WatermarkUnusable."""
    if last is None:
        return True
    if _is_less(value, last):
        raise WatermarkWentBack(
            f"The watermark is {_text(value)} and was {_text(last)}; no run is started.",
            fix="If the source was built anew, remove the trigger and create it again; else look for lost rows.",
        )
    return value != last


def _is_less(one: Watermark, other: Watermark) -> bool:
    if isinstance(one, int | Decimal) and isinstance(other, int | Decimal):
        return one < other
    if isinstance(one, str) and isinstance(other, str):
        return one < other
    if isinstance(one, datetime) and isinstance(other, datetime):
        if (one.tzinfo is None) == (other.tzinfo is None):
            return one < other
    elif isinstance(one, date) and isinstance(other, date) and _type(one) == _type(other):
        return one < other
    raise WatermarkUnusable(
        f"The watermark was {_type(other)} and is now {_type(one)}.",
        fix="Correct the query; saving another query forgets the last watermark.",
    )


def _type(value: Watermark) -> str:
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "decimal"
    if isinstance(value, datetime):
        return "timestamp"
    return "date" if isinstance(value, date) else "text"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
