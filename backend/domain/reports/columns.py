"""The columns of a source as they are stored with a report version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from backend.domain.expressions.types import DataType, Kind


def columns_as_json(columns: Mapping[str, DataType]) -> list[dict[str, object]]:
    """Name and type of each column, in order."""
    return [
        {"name": name, "kind": type_.kind.value, "precision": type_.precision, "scale": type_.scale}
        for name, type_ in columns.items()
    ]


def read_columns(stored: Iterable[Mapping[str, object]]) -> dict[str, DataType]:
    """The columns that were stored by ``columns_as_json``."""
    return {
        str(one["name"]): DataType(Kind(str(one["kind"])), _digits(one["precision"]), _digits(one["scale"]))
        for one in stored
    }


def tables_as_json(tables: Mapping[str, Mapping[str, DataType]]) -> dict[str, object]:
    """The columns of several tables by name."""
    return {name: columns_as_json(columns) for name, columns in tables.items()}


def read_tables(stored: Mapping[str, object]) -> dict[str, dict[str, DataType]]:
    """The tables that were stored by ``tables_as_json``."""
    return {name: read_columns(columns) for name, columns in stored.items() if isinstance(columns, list)}


def _digits(value: object) -> int | None:
    return int(value) if isinstance(value, int) else None
