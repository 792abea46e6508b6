"""``lookup()`` over the rows of an input: which rows, which of their columns, and whether the key fits.

``lookup(name, key …, column)``: as many keys as the input declares, in its order. A name that is no input is a
dataset (``functions.identifiers``), whose form has the same beginning.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from backend.core.spelling import suggest
from backend.domain.expressions.coercion import common_type, convert
from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.literal_checks import constant_text
from backend.domain.expressions.nodes import Call, ColumnReference, Literal, Lookup, Node
from backend.domain.expressions.types import DataType, Kind

#: After the name and the key.
_COLUMN_AT: Final = 2
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


@dataclass(frozen=True, slots=True)
class ReferenceShape:
    """What may be asked of a dataset or a mapping set: its columns; a mapping set has one."""

    columns: Mapping[str, DataType]
    is_mapping: bool = False


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


def check_reference(
    shapes: Mapping[str, ReferenceShape], inputs: Mapping[str, LookupTable], function: str, arguments: Sequence[Node]
) -> None:
    """The dataset of a ``lookup()``, or the mapping set of a ``map()``, exists. Raises ``ExpressionInvalid``."""
    named = arguments[0] if arguments else None
    if not isinstance(named, Literal) or not isinstance(named.value, str):
        return
    is_mapping = function == "map"
    known = [name for name, shape in shapes.items() if shape.is_mapping == is_mapping]
    if named.value in known:
        return
    if is_mapping:
        message, code = f"There is no mapping set {named.value}.", ExpressionCode.UNKNOWN_MAPPING_SET
    else:
        known += inputs
        message = f"There is no dataset {named.value}, and the report has no input of this name."
        code = ExpressionCode.UNKNOWN_DATASET
    raise ExpressionInvalid(code, message, named.position, suggestion=suggest(named.value, known))


def resolve_entry(shapes: Mapping[str, ReferenceShape], call: Call) -> Call:
    """A ``map()`` or ``lookup()`` of what exists, with the type of what it gives. Raises ``ExpressionInvalid``."""
    name = constant_text(call.arguments[0])
    shape = shapes[name]
    return replace(call, type=shape.columns[_entry_column(name, shape, call)])


def named_column(call: Call) -> Node | None:
    """The column that a ``lookup()`` of a dataset names after its key, if it does: a day may stand there as well."""
    given = call.arguments[_COLUMN_AT : _COLUMN_AT + 1] if call.function == "lookup" else ()
    return next((one for one in given if one.type.kind is Kind.TEXT), None)


def _entry_column(name: str, shape: ReferenceShape, call: Call) -> str:
    given = named_column(call)
    if given is None:
        if len(shape.columns) == 1:
            return next(iter(shape.columns))
        form = f"lookup('{name}', key, 'column')"
        raise ExpressionInvalid(
            ExpressionCode.WRONG_ARGUMENTS, f"It is written {form}.", call.position, suggestion=form
        )
    column = constant_text(given)
    if column not in shape.columns:
        raise ExpressionInvalid(
            ExpressionCode.UNKNOWN_COLUMN,
            f"The dataset {name} has no column {column}.",
            given.position,
            suggestion=suggest(column, shape.columns),
        )
    return column


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
