"""The shape of an entry of the function table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from backend.domain.expressions.nodes import Node
from backend.domain.expressions.types import DOUBLE, TEXT, DataType, Kind, decimal

ResultRule = Callable[[Sequence[Node]], DataType]
"""Result type from the arguments, already converted; raises ``ExpressionInvalid``."""

LiteralCheck = Callable[[Sequence[Node]], None]
"""Looks at constant arguments (a pattern, a format, a unit); raises ``ExpressionInvalid``."""


class Group(StrEnum):
    """The chapter of the reference an entry stands in."""

    OPERATORS = "operators"
    CONDITIONS = "conditions"
    TEXT = "text"
    PATTERNS = "patterns"
    NUMBERS = "numbers"
    DATES = "dates"
    CONVERSION = "conversion"
    IDENTIFIERS = "identifiers"
    REFERENCE = "reference"
    SETS = "sets"


NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.DOUBLE})
EXACT_NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL})
INSTANTS = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.LOCAL_TIMESTAMP})
CLOCKS = frozenset({Kind.TIMESTAMP, Kind.LOCAL_TIMESTAMP})
COMPARABLE = NUMBERS | INSTANTS | {Kind.TEXT, Kind.BOOLEAN}
SORTABLE = COMPARABLE - {Kind.BOOLEAN}


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: which kinds it takes, what they are converted to, whether it must be a constant.

    ``same`` arguments of a call are brought to one common type. ``repeated`` (last one only) may stand any
    number of times. ``preferred`` is the type a bare NULL takes here.
    """

    name: str
    kinds: frozenset[Kind]
    preferred: DataType = TEXT
    convert_to: DataType | None = None
    constant: bool = False
    optional: bool = False
    repeated: bool = False
    same: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    result: DataType | ResultRule

    @property
    def fewest(self) -> int:
        """How many arguments must be given."""
        return sum(not parameter.optional for parameter in self.parameters)

    @property
    def most(self) -> int | None:
        """How many may be given; None without limit."""
        if self.parameters and self.parameters[-1].repeated:
            return None
        return len(self.parameters)

    def parameter(self, index: int) -> Parameter:
        """The parameter that the argument of this index fills."""
        return self.parameters[min(index, len(self.parameters) - 1)]


@dataclass(frozen=True, slots=True)
class Function:
    """An entry: what authors write, what it does in one line, an example, how it may be called."""

    name: str
    group: Group
    form: str
    summary: str
    example: str
    signatures: tuple[Signature, ...] = ()
    check: LiteralCheck | None = None
    callable: bool = True
    """Whether it is written ``name(…)``; operators and CASE are not."""
    departure: str = field(default="")
    """Where it answers differently from DuckDB, in one line."""


def text(name: str, *, constant: bool = False, optional: bool = False) -> Parameter:
    """A text argument."""
    return Parameter(name, frozenset({Kind.TEXT}), TEXT, constant=constant, optional=optional)


def integer(name: str, *, constant: bool = False, optional: bool = False) -> Parameter:
    """A whole-number argument."""
    return Parameter(name, frozenset({Kind.INTEGER}), DataType(Kind.INTEGER), constant=constant, optional=optional)


def number_as_double(name: str) -> Parameter:
    """Any number, computed as a double."""
    return Parameter(name, NUMBERS, DOUBLE, convert_to=DOUBLE)


def of(name: str, *kinds: Kind) -> Parameter:
    """An argument of exactly these kinds."""
    preferred = decimal(1, 0) if kinds[0] is Kind.DECIMAL else DataType(kinds[0])
    return Parameter(name, frozenset(kinds), preferred)


def same(name: str, kinds: frozenset[Kind], *, repeated: bool = False) -> Parameter:
    """An argument that shares its type with the other ``same`` arguments."""
    return Parameter(name, kinds, same=True, repeated=repeated, optional=repeated)
