"""The join of a report: one SELECT in DuckDB's dialect over the rows of its source and inputs, read and checked.

A closed list of forms and functions, none of which depends on the order in which rows are read or on the clock: the
same rows give the same result. What an author may not write is refused with its place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError

from backend.core.spelling import suggest
from backend.domain.expressions.dialect import QueryDialect, syntax_error
from backend.domain.expressions.errors import START, ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.signature import Group
from backend.domain.expressions.functions.table import AGGREGATE_NAMES, FUNCTIONS, find_hint
from backend.domain.expressions.types import DataType
from backend.domain.expressions.vocabulary import position_at

MAX_DEPTH: Final = 40
MAX_NODES: Final = 20_000
AGGREGATES: Final = AGGREGATE_NAMES | {"bool_and", "bool_or"}
REPORTING_DATE: Final = "reporting_date"
_OWN: Final = frozenset({Group.IDENTIFIERS, Group.REFERENCE, Group.SETS})
_FUNCTIONS: Final = (
    frozenset(name for name, one in FUNCTIONS.items() if one.callable and one.group not in _OWN) | AGGREGATES
)


@dataclass(frozen=True, slots=True)
class JoinScope:
    """The names a join may use; ``tables`` are those of the document, ``parameters`` those of the report."""

    tables: Collection[str]
    parameters: Mapping[str, DataType]


@dataclass(frozen=True, slots=True)
class Join:
    """A checked join. ``tables`` are those it reads; ``sums``: it adds numbers up."""

    text: str
    tree: exp.Expression
    tables: frozenset[str]
    parameters: frozenset[str]
    sums: bool


def parse_join(text: str, scope: JoinScope) -> Join:
    """Read and check a join. Raises ``ExpressionInvalid`` with place and suggestion."""
    tree = _parse(text)
    checker = _Checker(text, scope)
    checker.check(tree)
    calls = {str(one.this).lower() for one in tree.find_all(exp.Anonymous)}
    return Join(text, tree, frozenset(checker.tables), frozenset(checker.parameters), "sum" in calls)


def _parse(text: str) -> exp.Expression:
    dialect = QueryDialect()
    try:
        trees = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(dialect.tokenize(text), text)
    except ParseError as error:
        raise syntax_error(error) from error
    except (TokenError, RecursionError) as error:
        message = "The text cannot be read; a quote may not be closed, or it is nested too deep."
        raise ExpressionInvalid(ExpressionCode.SYNTAX_ERROR, message, START) from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Select | exp.Union):
        raise ExpressionInvalid(ExpressionCode.NOT_ALLOWED, "A join is one SELECT.", START)
    return trees[0]


class _Checker:
    def __init__(self, text: str, scope: JoinScope) -> None:
        self.tables: set[str] = set()
        self.parameters: set[str] = set()
        self._text = text
        self._scope = scope

    def check(self, tree: exp.Expression) -> None:
        named = [str(one.alias) for one in tree.find_all(exp.CTE)]
        taken = [name for name in named if name in self._scope.tables or named.count(name) > 1]
        if taken:
            raise self._refuse(tree, f"{taken[0]} is the name of a table already.")
        for number, (node, depth) in enumerate(_walk(tree)):
            if number > MAX_NODES or depth > MAX_DEPTH:
                raise ExpressionInvalid(ExpressionCode.TOO_LARGE, "The join is too large or nested too deep.", START)
            allowed = _ALLOWED.get(type(node))
            if allowed is None:
                raise self._refuse(node, f"{_spelled(node)} is not possible in a join.", _HINTS.get(type(node)))
            self._expect_only(node, allowed)
            look = _LOOKS.get(type(node))
            if look is not None:
                look(self, node, named)

    def _expect_only(self, node: exp.Expression, allowed: Collection[str]) -> None:
        for name, value in node.args.items():
            if value and name not in allowed and name not in _HARMLESS:
                raise self._refuse(node, _REFUSED.get(name, f"{_spelled(node)} cannot have this form in a join."))

    def function(self, node: exp.Expression, _named: Sequence[str]) -> None:
        name = str(node.this).lower()
        if name in _FUNCTIONS:
            return
        is_ours = name in FUNCTIONS and FUNCTIONS[name].callable
        raise ExpressionInvalid(
            ExpressionCode.NOT_ALLOWED if is_ours else ExpressionCode.UNKNOWN_FUNCTION,
            f"{name} is possible in fields and rules, not in a join." if is_ours else f"There is no function {name}.",
            self.position(node),
            suggestion=None if is_ours else find_hint(name) or suggest(name, _FUNCTIONS),
        )

    def table(self, node: exp.Expression, named: Sequence[str]) -> None:
        name = node.name
        if not isinstance(node.this, exp.Identifier):
            raise self._refuse(node, "A join reads the source and the inputs, nothing else.")
        if name in named:
            return
        if name not in self._scope.tables:
            raise ExpressionInvalid(
                ExpressionCode.UNKNOWN_INPUT,
                f"The report has no input {name}.",
                self.position(node),
                suggestion=suggest(name, self._scope.tables),
            )
        self.tables.add(name)

    def parameter(self, node: exp.Expression, _named: Sequence[str]) -> None:
        name = str(node.this)
        if name not in self._scope.parameters:
            raise ExpressionInvalid(
                ExpressionCode.UNKNOWN_PARAMETER,
                f"There is no parameter ${name}.",
                position_at(self._text, max(0, self._text.find(f"${name}"))),
                suggestion=suggest(name, self._scope.parameters),
            )
        self.parameters.add(name)

    def join(self, node: exp.Expression, _named: Sequence[str]) -> None:
        if str(node.args.get("kind") or "").upper() not in {"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"}:
            raise self._refuse(node, "This kind of join depends on the order of rows, or is not known.")

    def select(self, node: exp.Expression, _named: Sequence[str]) -> None:
        if _is_first(node):
            for column in node.expressions:
                if not isinstance(column, exp.Alias | exp.Column | exp.Star):
                    raise self._refuse(column, "A computed column needs a name.", "… AS name")

    def distinct(self, node: exp.Expression, _named: Sequence[str]) -> None:
        if node.args.get("on"):
            raise self._refuse(node, "DISTINCT ON depends on the order of rows.", "GROUP BY with min or max")

    def data_type(self, node: exp.Expression, _named: Sequence[str]) -> None:
        if node.args.get("nested"):
            raise self._refuse(node, "Lists and structures are not possible in a join.")

    def column(self, node: exp.Expression, _named: Sequence[str]) -> None:
        if node.args.get("db"):
            raise self._refuse(node, "A column is written table.column.")

    def position(self, node: exp.Expression) -> Position:
        """Where the part begins."""
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        return position_at(self._text, min(starts)) if starts else START

    def _refuse(self, node: exp.Expression, message: str, suggestion: str | None = None) -> ExpressionInvalid:
        return ExpressionInvalid(ExpressionCode.NOT_ALLOWED, message, self.position(node), suggestion=suggestion)


def _is_first(node: exp.Expression) -> bool:
    """Whether this SELECT names the columns of the result."""
    while isinstance(node.parent, exp.Union) and node.arg_key == "this":
        node = node.parent
    return node.parent is None


def _walk(tree: exp.Expression) -> Iterator[tuple[exp.Expression, int]]:
    """Every part with its depth, in the order of the text; a long chain of one operator counts as one level."""
    pending: list[tuple[exp.Expression, int]] = [(tree, 0)]
    while pending:
        node, depth = pending.pop()
        yield node, depth
        for child in node.iter_expressions(reverse=True):
            chained = type(child) is type(node) and isinstance(node, exp.Connector | exp.DPipe | exp.Add | exp.Union)
            pending.append((child, depth + (not chained)))


def _spelled(node: exp.Expression) -> str:
    return str(node.key).upper()


_PAIR: Final = ("this", "expression")
_ALLOWED: Final[Mapping[type[exp.Expression], tuple[str, ...]]] = {
    exp.Select: ("expressions", "from_", "joins", "where", "group", "having", "distinct", "with_"),
    exp.Union: ("this", "expression", "distinct", "with_"),
    exp.From: ("this",),
    exp.Join: ("this", "on", "using", "side", "kind"),
    exp.Where: ("this",),
    exp.Group: ("expressions", "all"),
    exp.Having: ("this",),
    exp.Distinct: ("expressions", "on"),
    exp.With: ("expressions",),
    exp.CTE: ("this", "alias"),
    exp.Table: ("this", "alias"),
    exp.TableAlias: ("this",),
    exp.Subquery: ("this", "alias"),
    exp.Exists: ("this",),
    exp.Identifier: ("this",),
    exp.Column: ("this", "table", "db"),
    exp.Star: (),
    exp.Alias: ("this", "alias"),
    exp.Literal: ("this",),
    exp.Boolean: ("this",),
    exp.Null: (),
    exp.Placeholder: ("this",),
    exp.Paren: ("this",),
    exp.Tuple: ("expressions",),
    exp.Neg: ("this",),
    exp.Not: ("this",),
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.IntDiv, exp.Mod, exp.And, exp.Or, exp.DPipe), _PAIR),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ, exp.NullSafeNEQ), _PAIR),
    exp.Is: _PAIR,
    exp.Like: (*_PAIR, "negate"),
    exp.Escape: _PAIR,
    exp.Between: ("this", "low", "high"),
    exp.In: ("this", "expressions", "query"),
    exp.Case: ("this", "ifs", "default"),
    exp.If: ("this", "true"),
    exp.Cast: ("this", "to"),
    exp.TryCast: ("this", "to"),
    exp.DataType: ("this", "expressions", "nested"),
    exp.DataTypeParam: ("this",),
    exp.Extract: _PAIR,
    exp.Var: ("this",),
    exp.Interval: ("this", "unit"),
    exp.AtTimeZone: ("this", "zone"),
    exp.Anonymous: ("this", "expressions"),
}
_HARMLESS: Final = frozenset({"typed", "safe", "big_int", "quoted", "is_string", "requires_string", "kind"})
"""Arguments of sqlglot's nodes that only say how they were spelled; a join's kind is looked at by itself."""

_REFUSED: Final[Mapping[str, str]] = {
    "limit": "LIMIT is not possible: a report has all rows.",
    "offset": "OFFSET is not possible: a report has all rows.",
    "order": "ORDER BY is not possible: the rows keep the order of the source.",
    "qualify": "QUALIFY is not possible: use GROUP BY in a subquery.",
    "sample": "A sample differs from run to run.",
    "method": "This kind of join depends on the order of rows, or on all names at once; write JOIN … ON ….",
    "recursive": "A query that calls itself is not possible here.",
    "columns": "Name the columns where they are selected.",
}
_HINTS: Final[Mapping[type[exp.Expression], str]] = {
    exp.Window: "GROUP BY in a subquery, joined by its key",
    exp.Div: "divide in a field, where decimals stay exact, or use // for whole numbers",
    exp.Ordered: "leave it out: the rows keep the order of the source",
}
_LOOKS: Final[Mapping[type[exp.Expression], Callable[[_Checker, exp.Expression, Sequence[str]], None]]] = {
    exp.Anonymous: _Checker.function,
    exp.Table: _Checker.table,
    exp.Placeholder: _Checker.parameter,
    exp.Join: _Checker.join,
    exp.Select: _Checker.select,
    exp.Distinct: _Checker.distinct,
    exp.DataType: _Checker.data_type,
    exp.Column: _Checker.column,
}
