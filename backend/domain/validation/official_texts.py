"""A regulator's list of its rules as somebody brings it: its columns, its rows, and what differs from the list before.

Nothing here knows of a file's format: rows are cells with the line they stand in.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from itertools import zip_longest
from typing import ClassVar, Final
from uuid import UUID

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.datasets import EntryFault

MAX_TEXTS: Final = 5_000
MAX_COLUMNS: Final = 200
_YEAR_DIGITS: Final = 4


class OfficialTextsInvalid(OpenRegError):
    """Rows of a rule list cannot be taken; ``errors`` tells each with its line."""

    code: ClassVar[str] = "official_texts_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class ListPart(StrEnum):
    """What a column of a list says. Code and text every list has."""

    CODE = "code"
    ERROR_CODE = "error_code"
    FIELD = "field"
    SEVERITY = "severity"
    TEXT = "text"
    CITATION = "citation"
    VALID_FROM = "valid_from"
    VALID_TO = "valid_to"


#: How long each may be, as the database takes it.
LONGEST: Final[Mapping[ListPart, int]] = {
    ListPart.CODE: 60,
    ListPart.ERROR_CODE: 60,
    ListPart.FIELD: 200,
    ListPart.SEVERITY: 60,
    ListPart.TEXT: 8_000,
    ListPart.CITATION: 500,
}


class DayOrder(StrEnum):
    """How a list writes days that are not written as 2026-11-27."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class TextChange(StrEnum):
    """What became of a text since the list before."""

    ADDED = "added"
    CHANGED = "changed"
    SAME = "same"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class ListReading:
    """How a list is read. ``columns`` are counted from 0; ``header_line`` is the last line before the rules.

    ``leaves_out_headings`` leaves lines out that have no code, such as headings between the rules.
    """

    columns: Mapping[ListPart, int]
    header_line: int
    day_order: DayOrder = DayOrder.DAY_FIRST
    leaves_out_headings: bool = False


@dataclass(frozen=True, slots=True)
class OfficialRow:
    """One rule as the regulator writes it; both days belong to the period. ``line`` is None in an earlier list."""

    line: int | None
    code: str
    text: str
    error_code: str = ""
    field: str = ""
    severity: str = ""
    citation: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    rule_id: str | None = None
    withdrawn_in: int | None = None

    @property
    def says(self) -> tuple[object, ...]:
        """Everything but where it stands and which rule of ours it is: two that say the same are the same."""
        return (
            self.code,
            self.text,
            self.error_code,
            self.field,
            self.severity,
            self.citation,
            self.valid_from,
            self.valid_to,
        )

    @property
    def shown_code(self) -> str:
        """Both of its codes, where the list has two."""
        return f"{self.code} ({self.error_code})" if self.error_code and self.error_code != self.code else self.code

    def overlaps(self, other: OfficialRow) -> bool:
        """Whether both are valid on some day."""
        begins = max(self.valid_from or date.min, other.valid_from or date.min)
        return begins <= min(self.valid_to or date.max, other.valid_to or date.max)


@dataclass(slots=True)
class ReadList:
    """The rows of a list, the faults of those that cannot be taken, and the lines that were left out.

    ``duplicates`` are pairs of a line and the earlier one that says the same; ``named`` are the rows by code and field.
    """

    rows: list[OfficialRow] = field(default_factory=list)
    faults: list[EntryFault] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    named: dict[tuple[str, str], list[OfficialRow]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ComparedText:
    """A text of a list and what became of it; ``before`` is what the list before said, of what changed or is gone."""

    change: TextChange
    row: OfficialRow
    before: OfficialRow | None = None


@dataclass(frozen=True, slots=True)
class OfficialSource:
    """The list in which an official text stands, and who brought it: this tenant, in a file, at a time."""

    list_id: UUID
    number: int
    title: str
    file_name: str
    imported_at: datetime

    @property
    def shown(self) -> str:
        """In one line, as files carry it."""
        return f"{self.title}, {self.file_name}, {self.imported_at:%Y-%m-%d}"


@dataclass(frozen=True, slots=True)
class OfficialRule:
    """What the regulator says of a rule of ours; ``withdrawn_in`` is the list that no longer has it."""

    text: OfficialRow
    source: OfficialSource


def read_list(rows: Iterable[tuple[int, Sequence[str | None]]], how: ListReading) -> ReadList:
    """Read every row, and tell every fault. Raises OfficialTextsInvalid where there are more rows than are taken."""
    read = ReadList()
    for line, cells in rows:
        if line <= how.header_line:
            continue
        found = {part: _cell(cells, place) for part, place in how.columns.items()}
        if not any(found.values()):
            continue
        if not found.get(ListPart.CODE) and how.leaves_out_headings:
            read.headings.append(line)
            continue
        if len(read.rows) + len(read.faults) >= MAX_TEXTS:
            raise OfficialTextsInvalid(
                f"Line {line}: a list has at most {MAX_TEXTS} rules.",
                fix="Check the sheet, or take out what is no rule.",
                extra={"line": line, "error_count": 1, "errors": []},
            )
        _add(read, line, found, how)
    return read


def compare_lists(before: Sequence[OfficialRow], now: Sequence[OfficialRow]) -> list[ComparedText]:
    """The texts of the new list in its order, then those that it no longer has.

    Texts of one code and field are one rule in several periods: they are told apart by the order of their periods.
    """
    old = _by_name(before)
    compared: dict[int, ComparedText] = {}
    gone: list[ComparedText] = []
    for name, rows in _by_name(now).items():
        for row, was in zip_longest(rows, old.pop(name, [])):
            if row is None:
                gone.append(ComparedText(TextChange.WITHDRAWN, was, was))
            else:
                compared[id(row)] = _compared(row, was)
    gone += [ComparedText(TextChange.WITHDRAWN, was, was) for left in old.values() for was in left]
    places = {id(row): place for place, row in enumerate(before)}
    gone.sort(key=lambda one: places[id(one.row)])
    return [*(compared[id(row)] for row in now), *gone]


def _compared(row: OfficialRow, was: OfficialRow | None) -> ComparedText:
    if was is None or was.withdrawn_in is not None:
        return ComparedText(TextChange.ADDED, row)
    return ComparedText(TextChange.SAME if row.says == was.says else TextChange.CHANGED, row, was)


def _by_name(rows: Iterable[OfficialRow]) -> dict[tuple[str, str], list[OfficialRow]]:
    found = defaultdict[tuple[str, str], list[OfficialRow]](list)
    for row in rows:
        found[row.code, row.field].append(row)
    for some in found.values():
        some.sort(key=lambda one: one.valid_from or date.min)
    return dict(found)


def _cell(cells: Sequence[str | None], place: int) -> str:
    return (cells[place] or "").strip() if place < len(cells) else ""


def _add(read: ReadList, line: int, found: Mapping[ListPart, str], how: ListReading) -> None:
    faults = [
        *(_text_fault(line, part, found.get(part, "")) for part in LONGEST),
        *(
            EntryFault(line, part, f"{part}_missing", f"The {part} is empty.")
            for part in (ListPart.CODE, ListPart.TEXT)
            if not found.get(part)
        ),
    ]
    days: dict[ListPart, date | None] = {}
    for part in (ListPart.VALID_FROM, ListPart.VALID_TO):
        written = found.get(part, "")
        days[part] = read_day(written, how.day_order) if written else None
        if written and days[part] is None:
            faults.append(EntryFault(line, part, "day_unreadable", f"{written[:40]!r} is no day."))
    begin, end = days[ListPart.VALID_FROM], days[ListPart.VALID_TO]
    if begin is not None and end is not None and end < begin:
        faults.append(EntryFault(line, ListPart.VALID_TO, "period_ends_early", "The period ends before it begins."))
    real = [one for one in faults if one is not None]
    if real:
        read.faults += real
        return
    row = OfficialRow(
        line,
        found[ListPart.CODE],
        found[ListPart.TEXT],
        found.get(ListPart.ERROR_CODE, ""),
        found.get(ListPart.FIELD, ""),
        found.get(ListPart.SEVERITY, ""),
        found.get(ListPart.CITATION, ""),
        begin,
        end,
    )
    _place(read, row)


def _text_fault(line: int, part: ListPart, text: str) -> EntryFault | None:
    if len(text) > LONGEST[part]:
        return EntryFault(line, part, "text_too_long", f"It has more than {LONGEST[part]} characters.")
    if "\x00" in text:
        return EntryFault(line, part, "text_unfit", "It holds the character U+0000.")
    return None


def _place(read: ReadList, row: OfficialRow) -> None:
    """Keep the row, or say which earlier one it repeats."""
    line = row.line or 0
    same = read.named.setdefault((row.code, row.field), [])
    for other in same:
        if other.says == row.says:
            read.duplicates.append((line, other.line or 0))
            return
        if other.overlaps(row):
            message = f"{row.code} stands in line {other.line} already, with another text for the same days."
            read.faults.append(EntryFault(line, ListPart.CODE, "code_repeated", message, other.line))
            return
    same.append(row)
    read.rows.append(row)


def read_day(text: str, order: DayOrder) -> date | None:
    """A day as lists write them, with a time of the day or without one; None when it is no day."""
    day = text.split("T", maxsplit=1)[0].split(" ", maxsplit=1)[0].rstrip(".")
    parts = re.fullmatch(r"(\d{1,4})[-./](\d{1,2})[-./](\d{1,4})", day)
    if parts is None:
        return None
    first, second, third = (int(one) for one in parts.groups())
    if len(parts[1]) == _YEAR_DIGITS:
        year, month, number = first, second, third
    elif len(parts[3]) == _YEAR_DIGITS:
        year, (number, month) = third, (first, second) if order is DayOrder.DAY_FIRST else (second, first)
    else:
        return None
    try:
        return date(year, month, number)
    except ValueError:
        return None
