"""Values of run parameters: read as their declared type, never guessed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from backend.domain.reports.document import ParameterType

_MIN_INTEGER: Final = -(2**63)
_MAX_INTEGER: Final = 2**63 - 1


def read_parameter(kind: ParameterType, value: object) -> object:
    """A JSON value, or one that was read before, as a value of the type. Raises ValueError."""
    try:
        return _READERS[kind](value)
    except (InvalidOperation, TypeError) as error:
        raise ValueError(f"not a {kind.value}") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _integer(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError
    number = int(value)
    if not _MIN_INTEGER <= number <= _MAX_INTEGER:
        raise ValueError("an integer has 64 bits")
    return number


def _decimal(value: object) -> Decimal:
    number = Decimal(str(value))
    if not number.is_finite():
        raise ValueError("a decimal is a number")
    return number


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(_text(value))


def _timestamp(value: object) -> datetime:
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError("a timestamp needs a zone")
    return moment


_READERS: Final = {
    ParameterType.TEXT: _text,
    ParameterType.INTEGER: _integer,
    ParameterType.DECIMAL: _decimal,
    ParameterType.BOOLEAN: _boolean,
    ParameterType.DATE: _date,
    ParameterType.TIMESTAMP: _timestamp,
}
