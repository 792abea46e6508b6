"""The types a value can have in an author's expression.

Integers are 64 bit, decimals hold at most 38 digits, dates run from year 1 to year 9999,
``timestamp`` is an instant (aware, UTC, microseconds) and ``local_timestamp`` a wall-clock reading whose
zone nobody has stated yet (``strptime`` gives one, ``timezone(zone, …)`` turns one into an instant).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

MAX_PRECISION: Final = 38
"""Digits of the widest decimal, in DuckDB, Arrow and Polars alike."""

INTEGER_DIGITS: Final = 19
"""Digits of the largest 64-bit integer."""


class Kind(StrEnum):
    """The family of a type."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LOCAL_TIMESTAMP = "local_timestamp"
    INTERVAL = "interval"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class DataType:
    """A kind and, for decimals only, the number of digits and how many of them follow the point."""

    kind: Kind
    precision: int | None = None
    scale: int | None = None

    def __post_init__(self) -> None:
        """Refuse a decimal without digits and digits on anything else."""
        if self.kind is not Kind.DECIMAL:
            if self.precision is not None or self.scale is not None:
                raise ValueError(f"{self.kind} has no digits")
        elif self.precision is None or self.scale is None:
            raise ValueError("a decimal states its digits")
        elif not (1 <= self.precision <= MAX_PRECISION and 0 <= self.scale <= self.precision):
            raise ValueError(f"decimal({self.precision}, {self.scale}) cannot exist")

    @property
    def digits(self) -> tuple[int, int]:
        """Precision and scale of a number without fraction loss: of an integer 19 and 0."""
        if self.precision is not None and self.scale is not None:
            return self.precision, self.scale
        return INTEGER_DIGITS, 0

    def __str__(self) -> str:
        """The name authors read, e.g. ``decimal(18,2)``."""
        if self.kind is Kind.DECIMAL:
            return f"decimal({self.precision},{self.scale})"
        return self.kind.value


def decimal(precision: int, scale: int) -> DataType:
    """The exact number of ``precision`` digits, ``scale`` of them after the point."""
    return DataType(Kind.DECIMAL, precision, scale)


TEXT: Final = DataType(Kind.TEXT)
INTEGER: Final = DataType(Kind.INTEGER)
DOUBLE: Final = DataType(Kind.DOUBLE)
BOOLEAN: Final = DataType(Kind.BOOLEAN)
DATE: Final = DataType(Kind.DATE)
TIMESTAMP: Final = DataType(Kind.TIMESTAMP)
LOCAL_TIMESTAMP: Final = DataType(Kind.LOCAL_TIMESTAMP)
INTERVAL: Final = DataType(Kind.INTERVAL)
NULL: Final = DataType(Kind.NULL)
