"""Values as texts and back without a loss: how people see, send and change what a column holds.

None is NULL; an empty text is an empty text. Nothing is rounded, guessed or trimmed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from backend.domain.expressions.types import DataType, Kind

_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,38}(\.[0-9]{1,38})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MIN_INTEGER: Final = -(2**63)
_MAX_INTEGER: Final = 2**63 - 1
_NUL: Final = "\x00"


def show_value(value: object) -> str | None:
    """The text of a value, None for NULL."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def read_value(text: str | None, kind: DataType) -> object:
    """The value of a text, exactly. Raises ValueError that says what is wrong with it."""
    return None if text is None else _READERS[kind.kind](text, kind)


def _text(text: str, _: DataType) -> str:
    if _NUL in text:
        raise ValueError("a text cannot hold the character NUL")
    return text


def _integer(text: str, _: DataType) -> int:
    if not _INTEGER.fullmatch(text) or not _MIN_INTEGER <= int(text) <= _MAX_INTEGER:
        raise ValueError("an integer of 64 bits is needed, such as 42")
    return int(text)


def _decimal(text: str, kind: DataType) -> Decimal:
    precision, scale = kind.digits
    if not _DECIMAL.fullmatch(text):
        raise ValueError("a number is needed, such as 12.50")
    whole, _, fraction = text.lstrip("-").partition(".")
    if len(fraction.rstrip("0")) > scale:
        raise ValueError(f"at most {scale} digits may follow the point")
    if len(whole.lstrip("0")) > precision - scale:
        raise ValueError(f"at most {precision - scale} digits may stand before the point")
    return Decimal(text)


def _double(text: str, _: DataType) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise ValueError("a number is needed, such as 12.5") from error
    if not math.isfinite(number):
        raise ValueError("a number is needed, such as 12.5")
    return number


def _boolean(text: str, _: DataType) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("true or false is needed")
    return text == "true"


def _date(text: str, _: DataType) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError("a date is needed, such as 2026-11-20")
    return date.fromisoformat(text)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("a time is needed, such as 2026-11-20T09:30:00.000000+00:00") from error


def _timestamp(text: str, _: DataType) -> datetime:
    moment = _moment(text)
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone, such as +00:00")
    return moment.astimezone(UTC)


def _local_timestamp(text: str, _: DataType) -> datetime:
    moment = _moment(text)
    if moment.tzinfo is not None:
        raise ValueError("this time has no zone")
    return moment


def _unreadable(_: str, kind: DataType) -> object:
    raise ValueError(f"a value of the type {kind} cannot be given")


_READERS: Final[Mapping[Kind, Callable[[str, DataType], object]]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.DOUBLE: _double,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.TIMESTAMP: _timestamp,
    Kind.LOCAL_TIMESTAMP: _local_timestamp,
    Kind.INTERVAL: _unreadable,
    Kind.NULL: _unreadable,
}
