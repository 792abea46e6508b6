"""The tree of a checked expression: OpenReg's own nodes, every one with its type and its place in the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from backend.domain.expressions.errors import START, Position
from backend.domain.expressions.types import DataType


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of calendar months, then days, then microseconds, applied in that order."""

    months: int = 0
    days: int = 0
    microseconds: int = 0


Value = int | Decimal | float | str | bool | date | datetime | Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of all nodes."""

    type: DataType
    position: Position = field(default=START, compare=False)

    @property
    def children(self) -> tuple[Node, ...]:
        """The nodes this one is computed from, in the order they are written."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal(Node):
    """A constant; an instant is kept as an aware datetime, a wall-clock reading as a naive one."""

    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnReference(Node):
    """A column of the frame, by its exact name."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterReference(Node):
    """A parameter of the run, written ``$name``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """A function or operator of the function table, by its name there."""

    function: str
    arguments: tuple[Node, ...]

    @property
    def children(self) -> tuple[Node, ...]:
        """The arguments."""
        return self.arguments


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup(Node):
    """A column of the row of an input that has this key; NULL where there is none."""

    table: str
    keys: tuple[Node, ...]
    column: str

    @property
    def children(self) -> tuple[Node, ...]:
        """The parts of the key."""
        return self.keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast(Node):
    """A conversion; ``lenient`` (TRY_CAST) gives NULL where the plain one fails the row."""

    operand: Node
    lenient: bool = False

    @property
    def children(self) -> tuple[Node, ...]:
        """The converted value."""
        return (self.operand,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Node):
    """Conditions with their results, in order, and the result when none is true."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node

    @property
    def children(self) -> tuple[Node, ...]:
        """Condition, result, condition, result, …, otherwise."""
        return (*(node for branch in self.branches for node in branch), self.otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Node):
    """An aggregate over the rows that share a partition; with an order, over the rows up to this one."""

    aggregate: str
    operand: Node | None
    partition: tuple[Node, ...]
    order: tuple[tuple[Node, bool], ...] = ()
    """Sort keys, each with whether it descends."""

    @property
    def children(self) -> tuple[Node, ...]:
        """Operand, partition keys, sort keys."""
        operand = () if self.operand is None else (self.operand,)
        return (*operand, *self.partition, *(node for node, _ in self.order))


@dataclass(frozen=True, slots=True, order=True)
class ReferenceUse:
    """A column of a dataset that is asked for, None for its only one; ``is_dated``: of another day than the run's."""

    name: str
    column: str | None
    is_dated: bool


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression and what it depends on."""

    root: Node
    source: str
    sql: str
    columns: frozenset[str]
    parameters: frozenset[str]
    functions: frozenset[str]
    reference_uses: frozenset[ReferenceUse]
    lookups: frozenset[tuple[str, str]]
    """(input, column) of every ``lookup()`` over an input."""
    calendars: frozenset[str]
    has_windows: bool

    @property
    def type(self) -> DataType:
        """The type of the result."""
        return self.root.type

    @property
    def reference_sets(self) -> frozenset[str]:
        """The datasets and mapping sets that are asked."""
        return frozenset(use.name for use in self.reference_uses)


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, parents first."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))
