"""Queries whose text never changes: compiled once, and sent by the driver itself.

What stands between a statement and the driver (its cache key, its context, its result) costs several times what the
driver takes; that is little beside a use case and much beside what every call asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.dialects.postgresql.asyncpg import dialect


class FixedQuery:
    """A query with named parameters; its values must be of the types the driver takes and gives."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]  # SQLAlchemy's own
        self.text = compiled.string
        self._names: Sequence[str] = compiled.positiontup or ()
        self._constants = {name: value for name, value in compiled.params.items() if value is not None}

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The values in the order of the text. Raises KeyError for one that is missing."""
        return [values[name] if name in values else self._constants[name] for name in self._names]
