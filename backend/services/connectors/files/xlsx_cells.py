"""Cells of a sheet as texts or as values that Excel itself knows: exact, or refused with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from backend.domain.expressions.types import DataType, Kind

MAX_TEXT: Final = 32_767
_MOST_DIGITS: Final = 15
_NUMBER: Final = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
_NOT_CODE: Final = re.compile(r'"[^"]*"|\\.|_.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_FORMATS: Final = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_DATES: Final = frozenset({Kind.DATE, Kind.TIMESTAMP})
_LEAP_ERROR: Final = 60
_LAST_SERIAL: Final = 2_958_466
_MILLISECONDS: Final = 86_400_000


class CellRefused(ValueError):
    """A cell that cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell is: a text to be read as declared, or a native value."""

    text: str | None = None
    native: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as the sheet writes it; ``kind`` is its ``t``."""

    kind: str
    content: str | None
    is_date: bool
    is_formula: bool


def is_date_format(number: int, code: str | None) -> bool:
    """Whether a number format shows days or times."""
    if code is None:
        return number in _DATE_FORMATS
    return bool(re.search(r"[dmyhs]", _NOT_CODE.sub("", code.partition(";")[0]), re.IGNORECASE))


def value_of(cell: Cell, type_: DataType, *, is_1904: bool) -> Value:
    """The value of a cell for a column that is no formula or may be one. Raises CellRefused."""
    match cell.kind:
        case "e":
            raise CellRefused(f"the cell holds the error {(cell.content or '')[:20]}")
        case "s" | "str" | "inlineStr":
            return Value(text=cell.content)
        case "b":
            return Value(native="true" if cell.content == "1" else "false") if cell.content else Value()
        case "n":
            return _number(cell.content, cell.is_date, type_, is_1904=is_1904) if cell.content else Value()
        case _:
            raise CellRefused("the cell is of a kind that is not read")


def _number(content: str, is_date: bool, type_: DataType, *, is_1904: bool) -> Value:
    if not _NUMBER.fullmatch(content):
        raise CellRefused("the cell holds no number")
    number = float(content)
    if is_date:
        if type_.kind not in _DATES:
            raise CellRefused("the cell holds a day or a time")
        return Value(native=moment(number, type_.kind, is_1904=is_1904))
    exact = Decimal(repr(number))
    if type_.kind is Kind.DOUBLE:
        return Value(native=repr(number))
    if len(exact.normalize().as_tuple().digits) > _MOST_DIGITS:
        raise CellRefused(f"the number has more than {_MOST_DIGITS} digits, which Excel does not keep")
    plain = format(exact.normalize(), "f")
    return Value(text=plain) if type_.kind in _DATES else Value(native=plain)


def moment(serial: float, kind: Kind, *, is_1904: bool) -> str:
    """A day or a time by its number; times are whole milliseconds. Raises CellRefused."""
    milliseconds = round(serial * _MILLISECONDS)
    days, rest = divmod(milliseconds, _MILLISECONDS)
    if kind is Kind.DATE and rest:
        raise CellRefused("the cell holds a time of the day besides the day")
    if is_1904:
        start = datetime(1904, 1, 1)  # noqa: DTZ001 - Excel's times have no zone; the table's is applied to them
    else:
        if days < 1 or days == _LEAP_ERROR:
            raise CellRefused("the number is no day of the calendar")
        start = datetime(1899, 12, 31 if days < _LEAP_ERROR else 30)  # noqa: DTZ001 - as above
    if not 0 <= days < _LAST_SERIAL:
        raise CellRefused("the number is no day of the calendar")
    try:
        found = start + timedelta(days=days, milliseconds=rest)
    except OverflowError as error:
        raise CellRefused("the number is no day of the calendar") from error
    return found.date().isoformat() if kind is Kind.DATE else found.isoformat(timespec="milliseconds")
