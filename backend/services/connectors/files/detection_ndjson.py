"""What lines of JSON seem to hold: a column for each key, by the values of the sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from backend.services.connectors.files.detected_types import (
    DetectedColumn,
    DetectedFile,
    column_of,
    digits_of,
    distinct,
    rules_of,
)
from backend.services.connectors.files.ndjson_reader import MISSING, LineRefused, Number, find, one_array, read_object
from backend.services.connectors.files.settings import MAX_COLUMNS, ValueRules

_SAMPLE_ROWS: Final = 5000
_MOST_NESTED: Final = 4
_MOST_DIGITS: Final = 38
_LEAST_PRECISION: Final = 18

Record = dict[str, Any]


def is_ndjson(name: str, head: bytes) -> bool:
    """Whether the first line is an object. Raises FileUnreadable for JSON that is one list."""
    first = _lines(head)[0]
    if first.lstrip().startswith("["):
        raise one_array(name)
    return first.lstrip().startswith("{") and bool(_records([first]))


def ndjson(head: bytes) -> DetectedFile:
    """Columns and types; objects in objects become columns with dots in their names, lists are left out."""
    lines = _lines(head)
    records = _records(lines[: _SAMPLE_ROWS + 1])
    everything = {key: [find(one, key) for one in records] for key in _keys(records)[:MAX_COLUMNS]}
    values = {key: found for key, found in everything.items() if _is_plain(found)}
    rules = rules_of([_texts(one) for one in values.values() if _is_of(one, str) and not _is_of(one, Number)])
    columns = [_column(key, found, rules) for key, found in values.items()]
    are_missing = any(MISSING in found for found in values.values())
    reasons = ["Its lines are JSON objects."]
    if are_missing:
        reasons.append("Some objects of the sample lack a key that others have: it means NULL there.")
    lists = [key for key, found in everything.items() if any(isinstance(one, list) for one in found)]
    if lists:
        reasons.append(f"Lists are no values: {', '.join(lists)}.")
    file = {"format": "ndjson", "missing_keys": "null" if are_missing else "refuse"}
    return DetectedFile(file, rules.model_dump(exclude_defaults=True), distinct(columns), tuple(reasons))


def _lines(head: bytes) -> list[str]:
    whole = head[: head.rfind(b"\n") + 1] or head
    return [line for line in whole.decode("utf-8-sig", errors="replace").split("\n") if line.strip()] or [""]


def _records(lines: Sequence[str]) -> list[Record]:
    found: list[Record] = []
    for line in lines:
        try:
            found.append(read_object(line))
        except LineRefused:
            continue  # a run puts it aside
    return found


def _keys(records: Sequence[Record]) -> list[str]:
    return list(dict.fromkeys(key for record in records for key in _paths(record)))


def _paths(record: Mapping[str, Any], before: str = "", depth: int = 1) -> Iterator[str]:
    for key, value in islice(record.items(), MAX_COLUMNS):
        if isinstance(value, dict) and depth < _MOST_NESTED:
            yield from _paths(value, f"{before}{key}.", depth + 1)
        else:
            yield before + key


def _is_plain(values: Sequence[Any]) -> bool:
    """Whether there is a value that a column can take, or nothing else."""
    kinds = [type(one) for one in values]
    return any(issubclass(kind, str | bool) for kind in kinds) or not any(issubclass(one, dict | list) for one in kinds)


def _is_of(values: Sequence[Any], kind: type) -> bool:
    """Whether all values that are there are of a kind, and there is one."""
    there = [one for one in values if one is not None and one is not MISSING]
    return bool(there) and all(isinstance(one, kind) for one in there)


def _texts(values: Sequence[Any]) -> pa.Array:
    texts = [
        ("true" if one else "false") if isinstance(one, bool) else one if isinstance(one, str) else None
        for one in values
    ]
    return pa.array(texts, pa.string())


def _column(key: str, values: Sequence[Any], rules: ValueRules) -> DetectedColumn:
    texts = _texts(values)
    if _is_of(values, Number):
        return _of_numbers(column_of(key, texts, ValueRules()), texts)
    if _is_of(values, bool):
        return column_of(key, texts, ValueRules())
    if _is_of(values, str) and not any(isinstance(one, Number) for one in values):
        return column_of(key, texts, rules)
    return replace(column_of(key, texts, rules), type="text", reason="the sample has values of several types")


def _of_numbers(column: DetectedColumn, texts: pa.Array) -> DetectedColumn:
    """Numbers are numbers, also where they have exponents or more digits than usual."""
    if column.type != "text":
        return column
    if any("e" in one.lower() for one in texts.drop_null().to_pylist()):
        return replace(column, type="double", reason="its numbers have exponents")
    scale, whole = digits_of(texts, ".")
    if whole + scale > _MOST_DIGITS:
        return replace(column, reason=f"its numbers have more than {_MOST_DIGITS} digits")
    type_ = f"decimal({max(_LEAST_PRECISION, whole + scale)},{scale})"
    return replace(column, type=type_, reason="all values of the sample are numbers")
