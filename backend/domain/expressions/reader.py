"""sqlglot's tree read into OpenReg's own nodes, typed on the way up; whatever has no reader is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlglot import exp

from backend.domain.expressions.conversions import cast_node, read_type
from backend.domain.expressions.errors import START, ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.table import AGGREGATE_NAMES, FUNCTIONS
from backend.domain.expressions.literals import read_interval, read_number
from backend.domain.expressions.lookups import check_reference, resolve_entry, resolve_lookup
from backend.domain.expressions.nodes import (
    Call,
    Case,
    ColumnReference,
    Literal,
    Node,
    ParameterReference,
)
from backend.domain.expressions.resolution import common_call_type, convert_all, resolve_call
from backend.domain.expressions.types import BOOLEAN, NULL, TEXT
from backend.domain.expressions.vocabulary import Scope, position_at
from backend.domain.expressions.windows import read_window

MAX_DEPTH: Final = 60
"""Deepest tree; AND, OR and || of any length count as one level."""

_BINARY: Final[Mapping[type[exp.Expression], str]] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.IntDiv: "//",
    exp.Mod: "%",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_COMPARISONS: Final[frozenset[type[exp.Expression]]] = frozenset({exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE})
_CHAINS: Final[Mapping[type[exp.Expression], str]] = {exp.And: "and", exp.Or: "or", exp.DPipe: "||"}
_HARMLESS: Final = frozenset({"typed", "safe", "big_int", "quoted", "nested", "is_string"})
"""Arguments of sqlglot's nodes that only say how they were spelled."""


class Reader:
    """Reads one text; ``depth`` is tracked because the reading recurses."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text = text
        self.scope = scope
        self._depth = 0

    def read(self, tree: exp.Expression) -> Node:
        """The node of a subtree."""
        reading = _READERS.get(type(tree))
        if reading is None:
            raise self.refuse(tree, f"{_spelled(tree)} is not possible here.")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ExpressionInvalid(
                ExpressionCode.TOO_LARGE, f"The expression is nested more than {MAX_DEPTH} deep.", self.position(tree)
            )
        node = reading(self, tree)
        self._depth -= 1
        return node

    def position(self, tree: exp.Expression) -> Position:
        """Where the subtree begins: sqlglot marks names, constants and calls."""
        starts = [part.meta["start"] for part in tree.walk() if "start" in part.meta]
        return position_at(self.text, min(starts)) if starts else START

    def refuse(self, tree: exp.Expression, message: str) -> ExpressionInvalid:
        """The refusal of a form that expressions do not have."""
        return ExpressionInvalid(ExpressionCode.NOT_ALLOWED, message, self.position(tree))

    def expect_only(self, tree: exp.Expression, *names: str) -> None:
        """Refuse a part of the form that would otherwise be dropped unseen."""
        for name, value in tree.args.items():
            if value and name not in names and name not in _HARMLESS:
                raise self.refuse(tree, f"{_spelled(tree)} cannot have this form here.")

    def call(self, function: str, tree: exp.Expression, *operands: exp.Expression) -> Node:
        """The call of a table entry with these operands."""
        arguments = [self.read(operand) for operand in operands]
        return resolve_call(FUNCTIONS[function], arguments, self.position(tree))

    def negated(self, node: Node) -> Node:
        """NOT node."""
        return Call(type=BOOLEAN, function="not", arguments=(node,), position=node.position)


def _spelled(tree: exp.Expression) -> str:
    return str(tree.key).upper()


def _read_paren(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this")
    return reader.read(tree.this)


def _read_column(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this")
    if not isinstance(tree.this, exp.Identifier):
        raise reader.refuse(tree, "* is only possible in count(*) OVER (…).")
    name = tree.this.name
    if name not in reader.scope.columns:
        raise ExpressionInvalid(ExpressionCode.UNKNOWN_COLUMN, f"There is no column {name}.", reader.position(tree))
    return ColumnReference(type=reader.scope.columns[name], name=name, position=reader.position(tree))


def _read_parameter(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this")
    name = str(tree.this)
    if name not in reader.scope.parameters:
        raise reader.refuse(tree, "A parameter is written $name.")
    offset = reader.text.find(f"${name}")
    return ParameterReference(
        type=reader.scope.parameters[name], name=name, position=position_at(reader.text, max(0, offset))
    )


def _read_literal(reader: Reader, tree: exp.Expression) -> Node:
    position = reader.position(tree)
    if tree.is_string:
        return Literal(type=TEXT, value=str(tree.this), position=position)
    return read_number(str(tree.this), position)


def _read_boolean(reader: Reader, tree: exp.Expression) -> Node:
    return Literal(type=BOOLEAN, value=bool(tree.this), position=reader.position(tree))


def _read_null(reader: Reader, tree: exp.Expression) -> Node:
    return Literal(type=NULL, value=None, position=reader.position(tree))


def _read_negation(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this")
    return reader.call("negate", tree, tree.this)


def _read_not(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this")
    return reader.call("not", tree, tree.this)


def _read_binary(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expression")
    return reader.call(_BINARY[type(tree)], tree, tree.this, tree.expression)


def _read_comparison(reader: Reader, tree: exp.Expression) -> Node:
    if type(tree.this) in _COMPARISONS or type(tree.expression) in _COMPARISONS:
        raise ExpressionInvalid(
            ExpressionCode.SYNTAX_ERROR,
            "Two comparisons follow each other; join them with AND or use parentheses.",
            reader.position(tree),
            suggestion="a < b AND b < c",
        )
    return _read_binary(reader, tree)


def _read_chain(reader: Reader, tree: exp.Expression) -> Node:
    kind, operands, pending = type(tree), [], [tree]
    while pending:
        current = pending.pop()
        if isinstance(current, kind):
            reader.expect_only(current, "this", "expression")
            pending.extend((current.expression, current.this))
        else:
            operands.append(current)
    return reader.call(_CHAINS[kind], tree, *operands)


def _read_same(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expression")
    distinct = reader.call("is_distinct", tree, tree.this, tree.expression)
    return reader.negated(distinct) if isinstance(tree, exp.NullSafeEQ) else distinct


def _read_is(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expression")
    if isinstance(tree.expression, exp.Null):
        return reader.call("is_null", tree, tree.this)
    if isinstance(tree.expression, exp.Boolean):
        return reader.call("is_true" if tree.expression.this else "is_false", tree, tree.this)
    raise reader.refuse(tree, "IS is followed by NULL, TRUE, FALSE or DISTINCT FROM.")


def _read_between(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "low", "high")
    return reader.call("between", tree, tree.this, tree.args["low"], tree.args["high"])


def _read_in(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expressions")
    if not tree.expressions:
        raise reader.refuse(tree, "IN is followed by a list in parentheses.")
    return reader.call("in", tree, tree.this, *tree.expressions)


def _read_like(reader: Reader, tree: exp.Expression) -> Node:
    escape: tuple[exp.Expression, ...] = ()
    if isinstance(tree, exp.Escape):
        reader.expect_only(tree, "this", "expression")
        escape, tree = (tree.expression,), tree.this
    if not isinstance(tree, exp.Like):
        raise reader.refuse(tree, "ESCAPE only follows LIKE.")
    reader.expect_only(tree, "this", "expression", "negate")
    node = reader.call("like", tree, tree.this, tree.expression, *escape)
    return reader.negated(node) if tree.args.get("negate") else node


def _read_case(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "ifs", "default")
    position = reader.position(tree)
    subject, conditions, results = tree.args.get("this"), [], []
    for branch in tree.args["ifs"]:
        reader.expect_only(branch, "this", "true")
        if subject is None:
            condition = reader.call("is_true", branch.this, branch.this)
            conditions.append(condition.children[0])
        else:
            conditions.append(reader.call("=", branch.this, subject, branch.this))
        results.append(reader.read(branch.args["true"]))
    default = tree.args.get("default")
    otherwise = Literal(type=NULL, value=None, position=position) if default is None else reader.read(default)
    common = common_call_type([*results, otherwise], position)
    *converted, last = convert_all([*results, otherwise], common)
    return Case(type=common, branches=tuple(zip(conditions, converted, strict=True)), otherwise=last, position=position)


def _read_cast(reader: Reader, tree: exp.Expression) -> Node:
    lenient = isinstance(tree, exp.TryCast)
    reader.expect_only(tree, "this", "to")
    to = read_type(tree.args["to"], reader.position(tree))
    return cast_node(reader.read(tree.this), to, lenient=lenient, position=reader.position(tree))


def _read_extract(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expression")
    position = reader.position(tree)
    part = Literal(type=TEXT, value=tree.this.name.lower(), position=position)
    return resolve_call(FUNCTIONS["date_part"], [part, reader.read(tree.expression)], position)


def _read_interval(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "unit")
    unit = tree.args.get("unit")
    if unit is None or not isinstance(unit, exp.Var) or tree.this is None:
        raise reader.refuse(tree, "A span is written INTERVAL 3 DAY or INTERVAL (n) DAY.")
    return read_interval(reader.read(tree.this), unit.name, reader.position(tree))


def _read_at_zone(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "zone")
    return reader.call("timezone", tree, tree.args["zone"], tree.this)


def _read_function(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "expressions")
    name = str(tree.this)
    if name in AGGREGATE_NAMES:
        raise ExpressionInvalid(
            ExpressionCode.NOT_ALLOWED,
            f"{name} looks at many rows; it is possible in set rules, with OVER.",
            reader.position(tree),
            suggestion=FUNCTIONS[name].form,
        )
    function = FUNCTIONS.get(name)
    if function is None or not function.callable:
        raise ExpressionInvalid(ExpressionCode.UNKNOWN_FUNCTION, f"There is no function {name}.", reader.position(tree))
    if name in {"map", "lookup"}:
        return _read_reference(reader, tree, name)
    return reader.call(name, tree, *tree.expressions)


def _read_reference(reader: Reader, tree: exp.Expression, function: str) -> Node:
    arguments, scope = [reader.read(one) for one in tree.expressions], reader.scope
    if function == "lookup":
        found = resolve_lookup(scope.tables or {}, arguments, reader.position(tree))
        if found is not None:
            return found
    is_known = scope.reference is not None or scope.tables is not None
    if is_known:
        check_reference(scope.reference or {}, scope.tables or {}, function, arguments)
    call = resolve_call(FUNCTIONS[function], arguments, reader.position(tree))
    return resolve_entry(scope.reference or {}, call) if is_known and isinstance(call, Call) else call


def _read_window(reader: Reader, tree: exp.Expression) -> Node:
    reader.expect_only(tree, "this", "partition_by", "order", "over")
    return read_window(reader, tree)


_READERS: Final[Mapping[type[exp.Expression], Callable[[Reader, exp.Expression], Node]]] = {
    **dict.fromkeys(_BINARY, _read_binary),
    **dict.fromkeys(_COMPARISONS, _read_comparison),
    **dict.fromkeys(_CHAINS, _read_chain),
    exp.Paren: _read_paren,
    exp.Column: _read_column,
    exp.Placeholder: _read_parameter,
    exp.Literal: _read_literal,
    exp.Boolean: _read_boolean,
    exp.Null: _read_null,
    exp.Neg: _read_negation,
    exp.Not: _read_not,
    exp.NullSafeEQ: _read_same,
    exp.NullSafeNEQ: _read_same,
    exp.Is: _read_is,
    exp.Between: _read_between,
    exp.In: _read_in,
    exp.Like: _read_like,
    exp.Escape: _read_like,
    exp.Case: _read_case,
    exp.Cast: _read_cast,
    exp.TryCast: _read_cast,
    exp.Extract: _read_extract,
    exp.Interval: _read_interval,
    exp.AtTimeZone: _read_at_zone,
    exp.Anonymous: _read_function,
    exp.Window: _read_window,
}
