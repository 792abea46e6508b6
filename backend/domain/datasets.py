"""Datasets and mapping sets: reference data whose entries are valid for a time, in numbered versions that never change.

Two clocks are kept apart. An entry is valid from one day to another (both inclusive; open where there is none), which
is what a report asks for. A version is what was known when it was published, which is what a run is pinned to: the
same run repeated finds the same entries, whatever was learnt since.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.spelling import suggest

MAX_COLUMNS: Final = 100
MAX_TEXT: Final = 4_000
MAX_KEY: Final = 300
#: Faults of an import that are told one by one; all of them are counted.
MAX_FAULTS_TOLD: Final = 200
#: The one column of a mapping set.
MAPPED: Final = "value"
KEY, VALID_FROM, VALID_TO, IS_REMOVED = "key", "valid_from", "valid_to", "is_removed"
#: Columns that every file of entries has or may have; no column of a dataset is called so.
RESERVED: Final = frozenset({KEY, VALID_FROM, VALID_TO, IS_REMOVED})
DatasetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
#: Digits of a decimal before and after its point.
WHOLE_DIGITS: Final = 28
DECIMALS: Final = 10
_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,19}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_LARGEST: Final = 2**63 - 1


class DatasetEntriesInvalid(OpenRegError):
    """Some entries cannot be taken, so none was."""

    code: ClassVar[str] = "dataset_entries_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class DatasetColumnsInvalid(OpenRegError):
    """The columns of a dataset cannot be these."""

    code: ClassVar[str] = "dataset_columns_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class DatasetKind(StrEnum):
    """What it is called by: ``lookup('name', key, 'column')`` or ``map('name', code)``."""

    DATASET = "dataset"
    MAPPING_SET = "mapping_set"


class ColumnType(StrEnum):
    """What the values of a column are."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"


class ImportMode(StrEnum):
    """What a file is of a dataset.

    ``replace``: all of it, with its periods. ``merge``: additions, corrections and, where ``is_removed`` is true,
    removals; an entry is known by its key and ``valid_from``. ``snapshot``: all that is valid on a day, without
    periods; what changed is ended on the day before and begins on that day, so that earlier days keep their answer.
    """

    REPLACE = "replace"
    MERGE = "merge"
    SNAPSHOT = "snapshot"


class DatasetColumn(BaseModel):
    """A column: its name in ``lookup()``, its type, and a title for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: DatasetName
    type: ColumnType = ColumnType.TEXT
    title: Annotated[str, Field(max_length=200)] = ""


#: What a mapping set has.
MAPPING_COLUMNS: Final = (DatasetColumn(name=MAPPED, title="Value"),)


@dataclass(frozen=True, slots=True)
class EntryFault:
    """What is wrong with a line of an import, or with the change of that number; lines are counted from 1."""

    line: int
    column: str | None
    code: str
    message: str
    other_line: int | None = None


class ValueUnreadable(ValueError):
    """A text is no value of its column; the message says what is expected."""


def check_columns(columns: Iterable[DatasetColumn], before: Iterable[DatasetColumn] = ()) -> tuple[DatasetColumn, ...]:
    """Columns may come and be retitled; none goes and none changes its type, for reports are typed by them.

    Raises DatasetColumnsInvalid.
    """
    wanted = tuple(columns)
    types = {one.name: one.type for one in wanted}
    reserved = sorted(types.keys() & RESERVED)
    if reserved:
        raise DatasetColumnsInvalid(f"Every entry has a {reserved[0]} of its own.", fix="Choose another name.")
    if not wanted or len(types) != len(wanted) or len(wanted) > MAX_COLUMNS:
        raise DatasetColumnsInvalid(f"A dataset has 1 to {MAX_COLUMNS} columns, each with its own name.")
    for one in before:
        if types.get(one.name) is not one.type:
            raise DatasetColumnsInvalid(
                f"The column {one.name} is a {one.type} and stays one.",
                fix="Add a column of another name instead.",
                extra={"column": one.name},
            )
    return wanted


def read_value(kind: ColumnType, text: str | None) -> str | None:
    """A value in the one form it is stored in; None for an empty text. Raises ValueUnreadable."""
    if not text:
        return None
    return _READERS[kind](text)


def read_day(text: str | None) -> date | None:
    """A day as ``2026-01-31``; None for an empty text. Raises ValueUnreadable."""
    if not text:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueUnreadable("A day is written like 2026-01-31.") from error


def check_period(valid_from: date | None, valid_to: date | None) -> None:
    """Raises ValueUnreadable for a period that ends before it begins."""
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise ValueUnreadable(f"It ends on {valid_to}, before it begins on {valid_from}.")


def period_text(valid_from: date | None, valid_to: date | None) -> str:
    """A period in words."""
    if valid_from is None and valid_to is None:
        return "always"
    begin = "" if valid_from is None else f"from {valid_from} "
    return f"{begin}{'on' if valid_to is None else f'to {valid_to}'}"


def fresh_until(as_at: datetime | None, stale_after_days: int | None) -> datetime | None:
    """Up to when data of that moment is as young as it has to be; None where nobody says so."""
    return None if as_at is None or stale_after_days is None else as_at + timedelta(days=stale_after_days)


def stale_since(as_at: datetime | None, stale_after_days: int | None, now: datetime) -> datetime | None:
    """Since when data of that moment is older than it may be; None while it is not."""
    until = fresh_until(as_at, stale_after_days)
    return until if until is not None and now > until else None


def column_suggestion(name: str, columns: Iterable[str]) -> str | None:
    """The column that an unknown heading of a file may mean."""
    return suggest(name, [*columns, *sorted(RESERVED)])


def _read_text(text: str) -> str:
    if len(text) > MAX_TEXT or "\x00" in text:
        raise ValueUnreadable(f"A text has at most {MAX_TEXT} characters, and no U+0000.")
    return text


def _read_integer(text: str) -> str:
    stripped = text.strip()
    if not _INTEGER.fullmatch(stripped) or not -_LARGEST <= int(stripped) <= _LARGEST:
        raise ValueUnreadable("It is no whole number of 64 bits.")
    return str(int(stripped))


def _read_decimal(text: str) -> str:
    stripped = text.strip()
    if not _DECIMAL.fullmatch(stripped):
        raise ValueUnreadable("It is no decimal number, with a point before its decimals.")
    whole, _, decimals = f"{Decimal(stripped):f}".lstrip("-").partition(".")
    if len(whole.lstrip("0")) > WHOLE_DIGITS or len(decimals.rstrip("0")) > DECIMALS:
        raise ValueUnreadable(f"It has more than {WHOLE_DIGITS} digits before the point, or {DECIMALS} after it.")
    return f"{Decimal(stripped):f}"


def _read_boolean(text: str) -> str:
    lowered = text.strip().lower()
    if lowered not in {"true", "false"}:
        raise ValueUnreadable("It is neither true nor false.")
    return lowered


def _read_date(text: str) -> str:
    found = read_day(text)
    return "" if found is None else found.isoformat()


_READERS: Final = MappingProxyType(
    {
        ColumnType.TEXT: _read_text,
        ColumnType.INTEGER: _read_integer,
        ColumnType.DECIMAL: _read_decimal,
        ColumnType.BOOLEAN: _read_boolean,
        ColumnType.DATE: _read_date,
    }
)
