"""How a join is run so that the same rows always come in the same order, and where its columns come from.

Every table of the outermost FROM carries its row number, and the result is sorted by these numbers: the order of the
source, whatever order the engine works in. A result that is not made of whole rows (GROUP BY, DISTINCT, UNION, a
subquery in FROM) is sorted by its values besides; rows equal in all of them can change places unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final, cast

import sqlglot
from sqlglot import exp

from backend.domain.expressions.join import AGGREGATES, REPORTING_DATE, Join
from backend.domain.expressions.nodes import Literal, Value
from backend.domain.expressions.rendering import quoted, render, type_name
from backend.domain.expressions.types import DATE, DataType

ROW: Final = "\u241f row"
_NUMBERED: Final = " \u241f numbered"
_DIALECT: Final = "duckdb"


def numbered(table: str) -> str:
    """The name of the view that has the rows of a table with their number, in the column ``ROW``."""
    return f"{table}{_NUMBERED}"


@dataclass(frozen=True, slots=True)
class JoinValues:
    """What a join needs of the run; a parameter without a value is NULL."""

    reporting_date: date | None
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NumberedSelect:
    """The author's SELECT with the row numbers of its tables in further columns; ``by_value``: they do not suffice."""

    sql: str
    numbers: tuple[str, ...]
    by_value: bool

    def sorted(self, columns: Mapping[str, str]) -> str:
        """The SQL whose rows come in the one right order, each column as a type that DuckDB knows by this name."""
        shown = ", ".join(f"CAST({quoted(name)} AS {to}) AS {quoted(name)}" for name, to in columns.items())
        order = [quoted(name) for name in (*self.numbers, *(columns if self.by_value else ()))]
        keys = ", ".join(f"{name} ASC NULLS FIRST" for name in order)
        return f"SELECT {shown} FROM ({self.sql}) ORDER BY {keys}"  # noqa: S608 - made from a checked tree


def numbered_select(join: Join, values: JoinValues, types: Mapping[str, DataType]) -> NumberedSelect:
    """The SELECT of a join; ``types`` are those of the parameters."""
    tree = join.tree.copy()
    _bind(tree, values, types)
    if not isinstance(tree, exp.Select) or not _has_whole_rows(tree):
        return NumberedSelect(_sql(tree), (), by_value=True)
    views = {str(one.alias) for one in tree.find_all(exp.CTE)}
    tables = [one for one in _visible(tree) if isinstance(one, exp.Table) and one.name not in views]
    owners = [str(one.alias_or_name) for one in tables]
    for table in tables:
        _number(table)
    _leave_numbers_out(tree, owners)
    columns = tuple(f"{ROW} {place}" for place in range(len(owners)))
    for owner, column in zip(owners, columns, strict=True):
        tree.append("expressions", exp.alias_(_column(ROW, owner), column, quoted=True))
    return NumberedSelect(_sql(tree), columns, by_value=len(tables) < len(list(_visible(tree))))


def column_origins(join: Join, tables: Mapping[str, Sequence[str]]) -> dict[str, frozenset[tuple[str, str]]]:
    """Where the columns of the result come from, as (table, column), where it is plain to see.

    ``tables`` are the columns of each table. Columns of subqueries and of a UNION are left out.
    """
    tree = join.tree
    if not isinstance(tree, exp.Select):
        return {}
    views = {str(one.alias) for one in tree.find_all(exp.CTE)}
    known = {
        str(one.alias_or_name): one.name
        for one in _visible(tree)
        if isinstance(one, exp.Table) and one.name not in views
    }
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for item in tree.expressions:
        if item.is_star:
            for owner in [item.table] if isinstance(item, exp.Column) else known:
                for column in tables[known[owner]] if owner in known else ():
                    found.setdefault(column, frozenset({(known[owner], column)}))
            continue
        origins = {_origin(one, known, tables) for one in item.find_all(exp.Column)}
        plain = frozenset(one for one in origins if one is not None)
        if len(plain) == len(origins) and item.find(exp.Select) is None:
            found[item.alias_or_name] = plain
    return found


def _origin(
    column: exp.Column, known: Mapping[str, str], tables: Mapping[str, Sequence[str]]
) -> tuple[str, str] | None:
    owners = [known[column.table]] if column.table in known else list(known.values()) if not column.table else []
    for owner in owners:
        for name in tables[owner]:
            if name.lower() == column.name.lower():
                return owner, name
    return None


def _has_whole_rows(tree: exp.Select) -> bool:
    """Whether every row of the result is one row of each table."""
    if tree.args.get("group") or tree.args.get("distinct") or tree.args.get("having"):
        return False
    calls = (one for item in tree.expressions for one in item.find_all(exp.Anonymous))
    return not any(str(one.this).lower() in AGGREGATES and one.parent_select is tree for one in calls)


def _visible(tree: exp.Select) -> Iterator[exp.Expression]:
    """What stands in FROM and can be selected from."""
    yield tree.args["from_"].this
    for join in tree.args.get("joins") or ():
        if str(join.args.get("kind") or "").upper() not in {"SEMI", "ANTI"}:
            yield join.this


def _number(table: exp.Table) -> None:
    alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name, quoted=True))
    table.set("alias", alias)
    table.set("this", exp.to_identifier(numbered(table.name), quoted=True))


def _leave_numbers_out(tree: exp.Select, owners: Collection[str]) -> None:
    """``*`` means what the author sees."""
    for item in tree.expressions:
        star = item.this if isinstance(item, exp.Column) else item
        if isinstance(star, exp.Star) and (item.table in owners if isinstance(item, exp.Column) else owners):
            star.set("except_", [exp.to_identifier(ROW, quoted=True)])


def _column(name: str, table: str) -> exp.Column:
    return exp.Column(this=exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True))


def _sql(tree: exp.Expression) -> str:
    return str(tree.sql(dialect=_DIALECT, comments=False))


def _bind(tree: exp.Expression, values: JoinValues, types: Mapping[str, DataType]) -> None:
    for node in list(tree.find_all(exp.Placeholder)):
        name = str(node.this)
        node.replace(_constant(values.parameters.get(name), types[name]))
    for call in list(tree.find_all(exp.Anonymous)):
        if str(call.this).lower() == REPORTING_DATE:
            call.replace(_constant(values.reporting_date, DATE))


def _constant(value: object, kind: DataType) -> exp.Expression:
    known = cast("Value", value.astimezone(UTC) if isinstance(value, datetime) else value)
    text = f"CAST({render(Literal(type=kind, value=known))} AS {type_name(kind)})"
    return cast("exp.Expression", sqlglot.parse_one(text, read=_DIALECT))
