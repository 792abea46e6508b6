"""Aggregates over a partition, as set rules use them."""

from __future__ import annotations

from typing import Protocol

from sqlglot import exp

from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.table import AGGREGATE_NAMES, FUNCTIONS
from backend.domain.expressions.nodes import Call, Node, Window, walk
from backend.domain.expressions.resolution import resolve_call
from backend.domain.expressions.types import INTEGER, Kind
from backend.domain.expressions.vocabulary import Scope


class Reader(Protocol):
    """What reading a window asks of the reader of the whole expression."""

    @property
    def scope(self) -> Scope:
        """Columns, parameters, and whether windows are possible."""

    def position(self, tree: exp.Expression) -> Position:
        """Where a part of the tree stands in the author's text."""

    def read(self, tree: exp.Expression) -> Node:
        """A part of the tree as a checked node."""

    def expect_only(self, tree: exp.Expression, *names: str) -> None:
        """Refuse a part that says more than is understood. Raises ExpressionInvalid."""


def read_window(reader: Reader, tree: exp.Expression) -> Node:
    """``aggregate OVER (PARTITION BY … ORDER BY …)``; frames are not possible."""
    position = reader.position(tree)
    if not reader.scope.allow_windows:
        raise ExpressionInvalid(ExpressionCode.NOT_ALLOWED, "OVER is possible in set rules only.", position)
    aggregate = tree.this
    if not isinstance(aggregate, exp.Anonymous) or str(aggregate.this) not in AGGREGATE_NAMES:
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_FUNCTION, f"Before OVER stands {', '.join(sorted(AGGREGATE_NAMES))}.", position
        )
    reader.expect_only(aggregate, "this", "expressions")
    name = str(aggregate.this)
    partition = tuple(_key(reader, part, position) for part in tree.args.get("partition_by") or ())
    order = tuple(_read_order(reader, tree.args.get("order"), position))
    if name == "count" and len(aggregate.expressions) == 1 and isinstance(aggregate.expressions[0], exp.Star):
        reader.expect_only(aggregate.expressions[0])
        return Window(
            type=INTEGER, aggregate="count", operand=None, partition=partition, order=order, position=position
        )
    call = resolve_call(FUNCTIONS[name], [reader.read(part) for part in aggregate.expressions], position)
    operand = _without_window(call.children[0]) if isinstance(call, Call) else call
    return Window(type=call.type, aggregate=name, operand=operand, partition=partition, order=order, position=position)


def _read_order(reader: Reader, order: exp.Expression | None, position: Position) -> list[tuple[Node, bool]]:
    if order is None:
        return []
    reader.expect_only(order, "expressions")
    keys: list[tuple[Node, bool]] = []
    for ordered in order.expressions:
        reader.expect_only(ordered, "this", "desc", "nulls_first")
        keys.append((_key(reader, ordered.this, position), bool(ordered.args.get("desc"))))
    return keys


def _key(reader: Reader, tree: exp.Expression, position: Position) -> Node:
    node = reader.read(tree)
    if node.type.kind in {Kind.INTERVAL, Kind.NULL}:
        raise ExpressionInvalid(ExpressionCode.TYPE_MISMATCH, "Rows cannot be grouped or sorted by this.", position)
    return _without_window(node)


def _without_window(node: Node) -> Node:
    if any(isinstance(part, Window) for part in walk(node)):
        raise ExpressionInvalid(ExpressionCode.NOT_ALLOWED, "An aggregate cannot stand inside another.", node.position)
    return node
