"""Queries whose text never changes: compiled once, and sent by the driver itself.

What stands between a statement and the driver (building it, its cache key, its context, its result) costs several
times what the driver takes; that is little beside a use case and much beside what every call, and every list, asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import CompoundSelect, Float, Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect

_DIALECT: Final = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
#: How many forms of one list are kept compiled: which filters, which order, first page or later.
SHAPES_HELD: Final = 256
Convert = Callable[[Any], Any]


class FixedQuery:
    """A query with named parameters, for the driver; ``statement`` is the same for a session."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        if compiled.post_compile_params:
            raise ValueError("The text depends on its values: compare with any_() of an array, not in a list.")
        self.statement = statement
        self.text: str = compiled.string
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._parameters: Sequence[tuple[str, Convert | None]] = [
            (name, compiled.binds[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT))
            for name in compiled.positiontup or ()
        ]
        columns = (one.type.dialect_impl(_DIALECT) for one in statement.selected_columns)
        self._reads = [
            (place, read)
            for place, one in enumerate(columns)
            # The driver gives a float as one; its type would ask by which number the column came.
            if not isinstance(one, Float) and (read := one.result_processor(_DIALECT, None)) is not None
        ]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text. Raises KeyError for one that is missing."""
        found = []
        for name, convert in self._parameters:
            value = values[name] if name in values else self._constants[name]
            found.append(value if convert is None else convert(value))
        return found

    def rows(self, fetched: Sequence[Any]) -> Sequence[Any]:
        """What the driver fetched, as the types of the columns have it."""
        if not self._reads:
            return fetched
        rows = [list(row) for row in fetched]
        for place, read in self._reads:
            for row in rows:
                row[place] = read(row[place])
        return rows
