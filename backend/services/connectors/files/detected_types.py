"""Types of columns by a sample of their texts, tried with the very casts that a run reads with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.services.connectors.files.casting import ColumnCast
from backend.services.connectors.files.settings import ValueRules, read_type

_SHOWN_VALUES: Final = 3
_DATES: Final = ("YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "YYYYMMDD")
_TIMES: Final = (
    "YYYY-MM-DDTHH:mm:ssfZ",
    "YYYY-MM-DDTHH:mm:ssf",
    "YYYY-MM-DD HH:mm:ssf",
    "DD.MM.YYYY HH:mm:ss",
    "DD.MM.YYYY HH:mm",
)
_TRUTHS: Final = (("true", "false"), ("TRUE", "FALSE"), ("Y", "N"), ("J", "N"))
_NUMBERS: Final = (
    {"decimal_separator": "."},
    {"decimal_separator": ","},
    {"decimal_separator": ",", "thousands_separator": "."},
)
_ANY_NUMBER: Final = "decimal(38,10)"
_WAYS: Final[Mapping[str, Sequence[dict[str, Any]]]] = {
    "date": [{"date_format": one} for one in _DATES],
    "timestamp": [{"timestamp_format": one} for one in _TIMES],
    "boolean": [{"true_texts": [yes], "false_texts": [no]} for yes, no in _TRUTHS],
    _ANY_NUMBER: [dict(one) for one in _NUMBERS],
}
_MOST_DIGITS: Final = 38
_MOST_ODD: Final = 0.05
"""The share of values that may be of another type: a file that was edited by hand has some."""
_UNFIT: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class DetectedColumn:
    """A column with the type that all its values in the sample have."""

    name: str
    source: str
    type: str
    reason: str
    samples: tuple[str, ...]
    position: int | None = None
    width: int | None = None


@dataclass(frozen=True, slots=True)
class DetectedFile:
    """A file as it seems to be: settings of a table, but for its name."""

    file: dict[str, Any]
    values: dict[str, Any]
    columns: tuple[DetectedColumn, ...]
    reasons: tuple[str, ...]


def rules_of(texts: Sequence[pa.Array]) -> ValueRules:
    """How days, times, numbers and truth are written: the first way that fits a whole column."""
    found: dict[str, Any] = {}
    for column in texts:
        has_mark = bool(pc.any(pc.match_substring_regex(column, "[.,]")).as_py())
        for kind, ways in _WAYS.items():
            if kind == _ANY_NUMBER and not has_mark:
                continue  # whole numbers say nothing of how others are written
            for way in ways:
                rules = ValueRules.model_validate({"time_zone": "UTC", **way})
                if not (way.keys() & found.keys()) and _fits(column, kind, rules):
                    found |= way
    return ValueRules.model_validate(found)


def column_of(title: str, texts: pa.Array, rules: ValueRules) -> DetectedColumn:
    """A column by its values."""
    type_, reason = _type(texts, rules)
    samples = [str(one) for one in texts.drop_null().unique().slice(0, _SHOWN_VALUES).to_pylist()]
    return DetectedColumn(plain_name(title), title, type_, reason, tuple(samples))


def _type(texts: pa.Array, rules: ValueRules) -> tuple[str, str]:
    count = len(texts) - texts.null_count
    if not count:
        return "text", "the sample has no value"
    if pc.any(pc.match_substring_regex(texts, r"^[+-]?0[0-9]")).as_py() and not _fits(texts, "date", rules):
        return "text", "values begin with zeros that a number would lose"
    for kind in ("boolean", "integer", "date", "timestamp"):
        if _fits(texts, kind, rules):
            return kind, _reason(texts, kind, rules)
    scale, whole = digits_of(texts, rules.decimal_separator)
    wanted = f"decimal({min(38, max(18, whole + scale))},{scale})"
    if scale and whole + scale <= _MOST_DIGITS and _fits(texts, wanted, rules):
        return wanted, _reason(texts, wanted, rules)
    return "text", "not all values of the sample are of another type"


def _fits(texts: pa.Array, type_: str, rules: ValueRules) -> bool:
    if texts.null_count == len(texts):
        return False
    return bool(_odd(texts, type_, rules) <= _MOST_ODD * (len(texts) - texts.null_count))


def _odd(texts: pa.Array, type_: str, rules: ValueRules) -> int:
    """How many values are not of a type."""
    _, wrong = ColumnCast("sample", read_type(type_), rules).cast(texts)
    return len(wrong)


def _reason(texts: pa.Array, type_: str, rules: ValueRules) -> str:
    count, odd = len(texts) - texts.null_count, _odd(texts, type_, rules)
    if not odd:
        return f"all {count} values of the sample are of this type"
    return f"{count - odd} of {count} values of the sample are of this type; the others would be bad rows"


def digits_of(texts: pa.Array, separator: str) -> tuple[int, int]:
    """The most decimals, and the most digits before them."""
    numbers = texts.filter(pc.match_substring_regex(texts, r"^\s*[+-]?[0-9.,]+\s*$"))
    parts = [str(one).strip().lstrip("+-").partition(separator) for one in numbers.to_pylist()]
    return max((len(after) for _, _, after in parts), default=0), max((len(one) for one, _, _ in parts), default=0)


def plain_name(title: str) -> str:
    """A name that needs no quotes in a query."""
    name = _UNFIT.sub("_", title.strip().lower()).strip("_") or "column"
    return f"c_{name}" if name[0].isdigit() else name


def distinct(columns: Sequence[DetectedColumn]) -> tuple[DetectedColumn, ...]:
    """The same columns; one whose name stood before gets a number."""
    seen: dict[str, int] = {}
    found = []
    for column in columns:
        seen[column.name] = seen.get(column.name, 0) + 1
        number = seen[column.name]
        found.append(column if number == 1 else replace(column, name=f"{column.name}_{number}"))
    return tuple(found)
