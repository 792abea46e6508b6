"""Texts of a file as values of declared types, exactly or not at all.

Arrow's own casts of texts are strict: no rounding, no ``NA``, no half dates. What it takes beyond that (hexadecimal
integers, infinity, year 0) is refused here; other ways to write numbers and days are turned into Arrow's first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from backend.domain.expressions.types import DataType, Kind
from backend.services.connectors.base import arrow_type
from backend.services.connectors.files.settings import ColumnSettings, ValueRules
from backend.services.connectors.files.time_formats import TimeFormat
from backend.services.connectors.source_values import at_zone

_ISO_DATE: Final = "YYYY-MM-DD"
_ISO_INSTANT: Final = "YYYY-MM-DDTHH:mm:ssfZ"
_ISO_LOCAL_TIME: Final = "YYYY-MM-DDTHH:mm:ssf"
_ISO_LOCAL: Final = frozenset({_ISO_LOCAL_TIME, "YYYY-MM-DD HH:mm:ssf"})
_SECONDS_END: Final = len("YYYY-MM-DDTHH:mm:ss")
_LOCAL: Final = pa.timestamp("us")
_INSTANT: Final = pa.timestamp("us", tz="UTC")
_DAYS: Final = (date.min, date.max)
_INSTANTS: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
_REASONS: Final = {
    Kind.TEXT: "the value is not a text",
    Kind.INTEGER: "the value is not a whole number of 64 bits",
    Kind.DOUBLE: "the value is not a finite number",
    Kind.BOOLEAN: "the value is neither of the texts for true and false",
    Kind.DATE: "the value is not a day written as declared",
    Kind.TIMESTAMP: "the value is not a time written as declared, or no single instant in its zone",
}

Convert = Callable[[pa.Array], pa.Array]


@dataclass(frozen=True)
class ColumnCast:
    """How the texts of one column become values."""

    name: str
    type: DataType
    rules: ValueRules

    @classmethod
    def of(cls, column: ColumnSettings, rules: ValueRules) -> ColumnCast:
        """The cast of a declared column."""
        return cls(column.name, column.data_type, rules)

    @property
    def reason(self) -> str:
        """What is said of a value that is none of the type."""
        if self.type.kind is Kind.DECIMAL:
            return (
                f"the value is not a number of at most {self.type.precision} digits, {self.type.scale} of them decimals"
            )
        return _REASONS[self.type.kind]

    @cached_property
    def plain(self) -> ColumnCast:
        """The cast of values that a format writes in one way only: numbers with a point, days and times by ISO 8601."""
        return ColumnCast(self.name, self.type, _plain_rules(self.rules.time_zone))

    def cast(self, texts: pa.Array) -> tuple[pa.Array, list[int]]:
        """The values, and the rows (from 0) whose text is none; these are NULL among the values."""
        if self.type.kind is Kind.TEXT:
            return texts, []
        if self._is_suspicious(texts):
            return self._cast_each(texts)
        try:
            return self._convert(texts), []
        except pa.ArrowInvalid:
            return self._cast_each(texts)

    def _cast_each(self, texts: pa.Array) -> tuple[pa.Array, list[int]]:
        """The same, for parts in which something is wrong: these are searched by halves."""
        tidy = pc.utf8_trim_whitespace(texts)
        # There is no empty number: who writes all values in quotes means NULL.
        tidy = pc.if_else(pc.equal(tidy, ""), pa.scalar(None, pa.string()), tidy)
        if self.type.kind is Kind.INTEGER:
            tidy = pc.replace_substring_regex(tidy, r"^\+([0-9])", r"\1")
            tidy = _without(tidy, pc.invert(pc.match_substring_regex(tidy, r"^-?[0-9]+$")), by="?")
        wrong = list(failing_rows(tidy, self._convert))
        if wrong:
            bad = pa.array([False] * len(tidy), pa.bool_()).to_numpy(zero_copy_only=False)
            bad[wrong] = True
            tidy = pc.if_else(pa.array(bad), pa.scalar(None, pa.string()), tidy)
        return self._convert(tidy), wrong

    def _is_suspicious(self, texts: pa.Array) -> bool:
        """Whether Arrow may take a text for a number that is none."""
        if self.type.kind is not Kind.INTEGER:
            return False
        return bool(pc.any(pc.match_substring(texts, "x", ignore_case=True)).as_py())

    @cached_property
    def _convert(self) -> Convert:
        """Texts to values of the type; raises ArrowInvalid where one is none."""
        match self.type.kind:
            case Kind.BOOLEAN:
                return self._booleans
            case Kind.DATE:
                return self._dates
            case Kind.TIMESTAMP:
                return self._instants
            case _:
                return self._numbers

    def _numbers(self, texts: pa.Array) -> pa.Array:
        point, thousands = self.rules.decimal_separator, self.rules.thousands_separator
        if self.type.kind is not Kind.INTEGER or thousands is not None:
            texts = _plain_numbers(texts, point, thousands)
        found = texts.cast(arrow_type(self.type))
        if self.type.kind is Kind.DOUBLE and pc.all(pc.is_finite(found)).as_py() is False:
            raise pa.ArrowInvalid("not finite")
        return found

    def _booleans(self, texts: pa.Array) -> pa.Array:
        known = pa.array([*self.rules.true_texts, *self.rules.false_texts], pa.string())
        place = pc.index_in(texts, value_set=known)
        if place.null_count != texts.null_count:
            raise pa.ArrowInvalid("neither true nor false")
        return pc.less(place, len(self.rules.true_texts))

    def _dates(self, texts: pa.Array) -> pa.Array:
        if self.rules.date_format != _ISO_DATE:
            texts = self._date_format.to_iso(texts)
        return in_calendar(texts.cast(pa.date32()))

    def _instants(self, texts: pa.Array) -> pa.Array:
        if self.rules.timestamp_format == _ISO_INSTANT:
            return in_calendar(texts.cast(_INSTANT))
        if self.rules.timestamp_format in _ISO_LOCAL:
            # Arrow would take a day, or a time without seconds, as well.
            shortest = pc.min(pc.binary_length(texts)).as_py()
            if shortest is not None and shortest < _SECONDS_END:
                raise pa.ArrowInvalid("no time of the day")
            return in_calendar(at_zone(texts.cast(_LOCAL), self.rules.time_zone or "UTC"))
        texts = self._timestamp_format.to_iso(texts)
        if self._timestamp_format.has_offset:
            return in_calendar(texts.cast(_INSTANT))
        return in_calendar(at_zone(texts.cast(_LOCAL), self.rules.time_zone or "UTC"))

    @cached_property
    def _date_format(self) -> TimeFormat:
        return TimeFormat(self.rules.date_format)

    @cached_property
    def _timestamp_format(self) -> TimeFormat:
        return TimeFormat(self.rules.timestamp_format)


def _plain_rules(time_zone: str | None) -> ValueRules:
    return ValueRules(timestamp_format=_ISO_LOCAL_TIME, time_zone=time_zone)


def in_calendar(found: pa.Array) -> pa.Array:
    """Days or instants as they are. Raises ArrowInvalid for one outside of the years 1 to 9999."""
    ends = pc.min_max(found)
    # Compared by Arrow: Python has no day of the year 0 or 10000.
    first, last = (pa.scalar(one, found.type) for one in (_DAYS if pa.types.is_date(found.type) else _INSTANTS))
    if pc.less(ends["min"], first).as_py() or pc.greater(ends["max"], last).as_py():
        raise pa.ArrowInvalid("outside the years 1 to 9999")
    return found


def _plain_numbers(texts: pa.Array, point: str, thousands: str | None) -> pa.Array:
    """Numbers as Arrow reads them; one that is written otherwise than declared becomes a text that is no number."""
    if point == "." and thousands is None:
        return texts
    dot, comma = re.escape(point), re.escape(thousands or "")
    whole = rf"(?:[0-9]{{1,3}}(?:{comma}[0-9]{{3}})+|[0-9]*)" if thousands else "[0-9]*"
    is_number = pc.match_substring_regex(texts, rf"^[+-]?{whole}(?:{dot}[0-9]*)?$")
    if thousands:
        texts = pc.replace_substring(texts, thousands, "")
    if point != ".":
        texts = pc.replace_substring(texts, point, ".")
    return _without(texts, pc.invert(is_number), by="?")


def _without(texts: pa.Array, which: pa.Array, *, by: str) -> pa.Array:
    return pc.if_else(which, by, texts)


def failing_rows(texts: pa.Array, convert: Convert, first: int = 0) -> Iterator[int]:
    """Rows that cannot be converted, in order."""
    if not len(texts):
        return
    try:
        convert(texts)
    except pa.ArrowInvalid:
        if len(texts) == 1:
            yield first
            return
        half = len(texts) // 2
        yield from failing_rows(texts.slice(0, half), convert, first)
        yield from failing_rows(texts.slice(half), convert, first + half)
