"""Target frames made from a pack's own element tree: records of every branch, and ways to break them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from backend.domain.expressions.types import DataType, Kind
from backend.domain.regulations.model import Element, Pack, TargetColumn

_SIMPLE = {
    Kind.TEXT: pl.String,
    Kind.INTEGER: pl.Int64,
    Kind.BOOLEAN: pl.Boolean,
    Kind.DATE: pl.Date,
    Kind.TIMESTAMP: pl.Datetime("us", "UTC"),
}
#: Texts that trip up a check which looks at too little: white space, line ends, other alphabets, XML's own characters.
HOSTILE_TEXTS = (
    "",
    " ",
    "x",
    "\x01",
    "A\x0bB",
    "Z\ufffe",
    "\uffff",
    "٣٣٣",
    "É" * 351,
    "A" * 141,
    "]]>",
    "<Nm>&amp;</Nm>",
    "a\"b'c",
    "tab\tnew\nline\r\n",
    "|",
    "OILQ|",
    "|".join(["OILQ"] * 7),
    "🏦" * 25,
)


def polars_type(data_type: DataType) -> pl.DataType | type[pl.DataType]:
    """The type of a target column in a frame."""
    return _SIMPLE.get(data_type.kind) or pl.Decimal(data_type.precision, data_type.scale)


def to_frame(pack: Pack, records: Sequence[Mapping[str, Any]], mapped: Iterable[str] | None = None) -> pl.DataFrame:
    """A target frame of the records with the mapped columns (default: all of the pack) and ``row_number``."""
    names = list(pack.columns if mapped is None else mapped)
    series = [
        pl.Series(name, [record.get(name) for record in records], dtype=polars_type(pack.columns[name].type))
        for name in names
    ]
    return pl.DataFrame([pl.Series("row_number", range(1, len(records) + 1), dtype=pl.Int64), *series])


def make_large_frame(pack: Pack, rows: int, *, is_uniform: bool, seed: int = 1) -> pl.DataFrame:
    """New reports with at least 40 filled columns and everyday texts, for measurements.

    Uniform: all records fill the same columns. Otherwise every branch of the message occurs. Few hundred records
    are drawn and repeated under references of their own; only columns with values are in the frame.
    """
    maker = RecordMaker(pack, seed)
    models = [record for record in (maker.make(0.6) for _ in range(3_000)) if len(record) >= 40]
    if is_uniform:
        chosen = {child.when.column for _, child in pack.message.record.walk() if child.when}
        (model, *_) = sorted(models, key=len)
        models = [
            {name: value if name in chosen else maker.value(pack.columns[name]) for name, value in model.items()}
            for _ in range(400)
        ]
    names = [name for name, column in pack.columns.items() if column.format.max_length]
    for number, model in enumerate(models):
        model |= {name: f"EVERYDAY TEXT {number}" for name in names if name in model}
    frame = to_frame(pack, models, [name for name in pack.columns if any(name in model for model in models)])
    return frame[[row % frame.height for row in range(rows)]].with_columns(
        pl.int_range(1, rows + 1, dtype=pl.Int64).alias("row_number"),
        (pl.lit("TRN") + pl.int_range(rows).cast(pl.String)).alias("transaction_reference_number"),
    )


class RecordMaker:
    """Draws records from the element tree of a pack; the same seed draws the same records."""

    def __init__(self, pack: Pack, seed: int) -> None:
        self.pack = pack
        self.random = random.Random(seed)

    def make(self, share_of_optional: float = 0.5) -> dict[str, Any]:
        """A record that fills its branches consistently; optional parts are there with the given probability."""
        record: dict[str, Any] = {}
        self._fill(self.pack.message.record, record, share_of_optional)
        return record

    def make_broken(self) -> dict[str, Any]:
        """A record with one to three things wrong or merely unusual."""
        record = self.make()
        for _ in range(self.random.randint(1, 3)):
            self.random.choice((self._drop, self._add, self._replace, self._hurt))(record)
        return record

    def value(self, column: TargetColumn) -> Any:
        """A value that fulfils the format of the column."""
        if column.repeats > 1:
            count = self.random.randint(1, min(column.repeats, 4))
            return "|".join(self._text(column) for _ in range(count))
        return self._makers()[column.format.kind](column)

    def broken_value(self, column: TargetColumn) -> Any:
        """A value of the column's type that its format may refuse."""
        kind, scale = column.format.kind, column.type.scale or 0
        if kind is Kind.TEXT:
            good = self._text(column)
            return self.random.choice(
                (*HOSTILE_TEXTS, good + "\n", good.lower(), good + good[:1], good[:-1], f" {good}")
            )
        if kind is Kind.DECIMAL:
            small, large = Decimal(1).scaleb(-scale), Decimal(10) ** ((column.type.precision or 1) - scale - 1)
            ten = Decimal(10)
            return self.random.choice((Decimal(0), -small, small, ten, ten - small, ten + small, large, large + small))
        if kind is Kind.INTEGER:
            return self.random.choice((-1, 0, 999, 1000, -999, -1000, 2**63 - 1, -(2**63)))
        return self.value(column)

    def _fill(self, element: Element, record: dict[str, Any], share: float) -> None:
        for name in (element.column, *(column for _, column in element.attributes)):
            if name is not None and name not in record:
                record[name] = self.value(self.pack.columns[name])
        children = [self.random.choice(element.children)] if element.choice else element.children
        for child in children:
            if element.choice or child.required or self.random.random() < share:
                self._enter(child, record, share)

    def _enter(self, child: Element, record: dict[str, Any], share: float) -> None:
        if child.when is not None:
            record[child.when.column] = self.random.choice(child.when.values)
        before = len(record)
        self._fill(child, record, share)
        if len(record) == before and child.children:
            self._fill(child, record, 1.0)

    def _drop(self, record: dict[str, Any]) -> None:
        record.pop(self.random.choice(list(record)), None)

    def _add(self, record: dict[str, Any]) -> None:
        name = self.random.choice(list(self.pack.columns))
        record[name] = self.value(self.pack.columns[name])

    def _replace(self, record: dict[str, Any]) -> None:
        name = self.random.choice(list(record))
        record[name] = self.broken_value(self.pack.columns[name])

    def _hurt(self, record: dict[str, Any]) -> None:
        name = self.random.choice(list(self.pack.columns))
        record[name] = self.broken_value(self.pack.columns[name])

    def _makers(self) -> Mapping[Kind, Callable[[TargetColumn], Any]]:
        return {
            Kind.TEXT: self._text,
            Kind.DECIMAL: self._decimal,
            Kind.INTEGER: lambda _: self.random.randint(1, 999),
            Kind.BOOLEAN: lambda _: self.random.random() < 0.5,
            Kind.DATE: lambda _: date(1950, 1, 1) + timedelta(days=self.random.randint(0, 30_000)),
            Kind.TIMESTAMP: self._timestamp,
        }

    def _timestamp(self, _: TargetColumn) -> datetime:
        unit = self.random.choice((1, 1_000, 1_000_000))
        return datetime(2024, 3, 1, tzinfo=UTC) + timedelta(microseconds=self.random.randint(0, 10**10 // unit) * unit)

    def _decimal(self, column: TargetColumn) -> Decimal:
        fraction = self.random.randint(0, column.format.fraction_digits or 0)
        digits = self.random.randint(max(fraction, 1), column.format.total_digits or 1)
        return Decimal(self.random.randint(1, 10**digits - 1)).scaleb(-fraction)

    def _text(self, column: TargetColumn) -> str:
        facets = column.format
        if facets.code_list:
            return self.random.choice(facets.code_list)
        if facets.pattern:
            return draw_match(facets.pattern, self.random)
        words = "".join(
            self.random.choices("ABC abc,.-'&<>\"éßŁ中🏦\t\n\r", k=self.random.randint(1, facets.max_length or 20))
        )
        return words or "A"


def draw_match(pattern: str, source: random.Random) -> str:
    """A text that the pattern matches; for the literals, classes, groups and counts that packs use."""
    return _draw(_parsed(pattern), source)


@cache
def _parsed(pattern: str) -> Any:
    return re._parser.parse(pattern)


def _draw(parts: Any, source: random.Random) -> str:
    text = ""
    for code, argument in parts:
        name = str(code)
        if name == "LITERAL":
            text += chr(argument)
        elif name == "IN":
            text += source.choice([character for member in argument for character in _members(member)])
        elif name == "SUBPATTERN":
            text += _draw(argument[-1], source)
        elif name == "BRANCH":
            text += _draw(source.choice(argument[1]), source)
        elif name == "MAX_REPEAT":
            low, high, inner = argument
            text += "".join(_draw(inner, source) for _ in range(source.randint(low, min(high, low + 20))))
        else:
            raise NotImplementedError(name)
    return text


def _members(member: Any) -> str:
    code, argument = member
    if str(code) == "RANGE":
        return "".join(map(chr, range(argument[0], argument[1] + 1)))
    return chr(argument)
