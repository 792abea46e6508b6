"""``lookup()`` over the rows of an input: which rows, which of their columns, and whether the key fits.

``lookup(name, key …, column)``: as many keys as the input declares, in its order. A name that is no input is a
dataset (``functions.identifiers``), whose form has the same beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.domain.expressions.coercion import common_type, convert
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.literal_checks import constant_text
from backend.domain.expressions.nodes import ColumnReference, Literal, Lookup, Node
from backend.domain.expressions.spelling import suggest
from backend.domain.expressions.types import DataType, Kind

#: Kinds of which two values are either the same or not; of doubles that cannot be said.
KEY_KINDS = frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.DATE, Kind.TIMESTAMP, Kind.BOOLEAN})


@dataclass(frozen=True, slots=True)
class LookupTable:
    """Rows that ``lookup()`` finds by their key."""

    columns: Mapping[str, DataType]
    key: tuple[str, ...]

    def form(self, name: str) -> str:
        """How a call is written."""
        return f"lookup('{name}', {', '.join(self.key) or 'key'}, 'column')"


def resolve_lookup(tables: Mapping[str, LookupTable], arguments: Sequence[Node], position: Position) -> Lookup | None:
    """The typed call, or None when its name is no input. Raises ``ExpressionInvalid``."""
    named = arguments[0] if arguments else None
    name = named.value if isinstance(named, Literal) else None
    if named is None or not isinstance(name, str) or name not in tables:
        return None
    table = tables[name]
    if not table.key:
        raise ExpressionInvalid(
            ExpressionCode.KEY_NOT_DECLARED,
            f"The input {name} declares no key.",
            named.position,
            suggestion=f"Name the columns of {name} that tell its rows apart as its key.",
        )
    if len(arguments) != len(table.key) + 2:
        raise ExpressionInvalid(
            ExpressionCode.WRONG_ARGUMENTS, f"It is written {table.form(name)}.", position, suggestion=table.form(name)
        )
    *keys, column = arguments[1:]
    wanted = _column(name, table, column)
    converted = tuple(_key(name, table, place, node) for place, node in enumerate(keys))
    return Lookup(type=table.columns[wanted], table=name, keys=converted, column=wanted, position=position)


def _column(name: str, table: LookupTable, node: Node) -> str:
    if not isinstance(node, Literal):
        raise ExpressionInvalid(
            ExpressionCode.LITERAL_REQUIRED, "column must be written out here, not computed.", node.position
        )
    column = constant_text(node)
    if column not in table.columns:
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_COLUMN,
            f"The input {name} has no column {column}.",
            node.position,
            suggestion=suggest(column, table.columns),
        )
    return column


def _key(name: str, table: LookupTable, place: int, node: Node) -> Node:
    """The key as a value of the type in which it is compared with the column."""
    column = ColumnReference(type=table.columns[table.key[place]], name=table.key[place])
    common = common_type([column, node])
    converted = convert(node, common) if common is not None and common.kind in KEY_KINDS else None
    if converted is None or common is None or convert(column, common) is None:
        raise ExpressionInvalid(
            ExpressionCode.TYPE_MISMATCH,
            f"The key {column.name} of {name} is a {column.type}, not a {node.type}.",
            node.position,
            suggestion=f"CAST(… AS {column.type})" if column.type.kind in KEY_KINDS else None,
        )
    return converted
