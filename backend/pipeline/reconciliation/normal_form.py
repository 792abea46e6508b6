"""Values in the one form in which they are compared: 1.50 is 1.5, an instant is one in every zone, nothing is nothing.

What cannot be read as what its column holds keeps its text, so that it differs and is seen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

from backend.domain.extract_mapping import ExtractMapping, MappedColumn, ValueKind

_PLAIN_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)$"
_EXPONENT: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,2}$"
_DATE: Final = r"^(\d{4})-?(\d{2})-?(\d{2})$"
_INSTANT: Final = (
    r"^(?P<day>\d{4}-\d{2}-\d{2})[T ](?P<time>\d{2}:\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?"
    r" ?(?P<zone>Z|z|UTC|[+-]\d{2}(?::?\d{2})?)?$"
)
_TRUE: Final = ("true", "t", "yes", "y", "1")
_FALSE: Final = ("false", "f", "no", "n", "0")
_SECONDS: Final = "%Y-%m-%dT%H:%M:%S"


@dataclass(frozen=True, slots=True)
class NormalForm:
    """How the texts of one column become comparable. ``format`` and ``decimal_comma`` are those of their side."""

    kind: ValueKind
    time_zone: str = "UTC"
    format: str | None = None
    decimal_comma: bool = False
    ignore_case: bool = False
    empty_words: Collection[str] = ()

    @classmethod
    def theirs(cls, column: MappedColumn, mapping: ExtractMapping) -> NormalForm:
        """For values of the extract."""
        return cls(
            column.kind or ValueKind.TEXT,
            mapping.time_zone,
            column.format,
            mapping.decimal_comma,
            column.ignore_case,
            mapping.empty_words,
        )

    @classmethod
    def ours(cls, column: MappedColumn) -> NormalForm:
        """For our values, which are written in one way."""
        return cls(column.kind or ValueKind.TEXT, ignore_case=column.ignore_case)

    def of(self, texts: pl.Series) -> pl.Series:
        """The texts in their normal form; NULL where nothing stands."""
        stripped = texts.str.strip_chars()
        is_empty = (stripped == "") | stripped.is_in(list(self.empty_words))
        present = pl.select(pl.when(~is_empty).then(stripped)).to_series()
        match self.kind:
            case ValueKind.NUMBER:
                return _numbers(present, decimal_comma=self.decimal_comma)
            case ValueKind.DATE:
                return _dates(present, self.format)
            case ValueKind.TIMESTAMP:
                return _instants(present, self.format, self.time_zone)
            case ValueKind.BOOLEAN:
                return _booleans(present)
            case ValueKind.TEXT:
                return present.str.to_lowercase() if self.ignore_case else present


def text_of(values: pl.Series) -> pl.Series:
    """Typed values of a report as texts, each in one way: dates and instants as ISO 8601, instants in UTC."""
    kind = values.dtype
    if isinstance(kind, pl.Datetime):
        aware = values.dt.convert_time_zone("UTC") if kind.time_zone else values
        return aware.dt.strftime(f"{_SECONDS}%.6f" + ("Z" if kind.time_zone else ""))
    if kind == pl.Date:
        return values.dt.strftime("%Y-%m-%d")
    return values.cast(pl.String, strict=False)


def _numbers(texts: pl.Series, *, decimal_comma: bool) -> pl.Series:
    frame = pl.DataFrame({"t": texts})
    if decimal_comma:
        grouped = pl.col("t").str.replace_all(r"[. \u00a0\u202f']", "").str.replace(",", ".", literal=True)
        is_number = grouped.str.contains(_PLAIN_NUMBER)
        frame = frame.with_columns(t=pl.when(is_number).then(grouped).otherwise(pl.col("t")))
    text = pl.col("t")
    body = text.str.strip_prefix("+").str.strip_prefix("-")
    whole = body.str.extract(r"^(\d*)").str.strip_chars_start("0")
    fraction = body.str.extract(r"\.(\d*)$").fill_null("").str.strip_chars_end("0")
    size = pl.concat_str(
        pl.when(whole == "").then(pl.lit("0")).otherwise(whole),
        pl.when(fraction == "").then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), fraction)),
    )
    sign = pl.when(text.str.starts_with("-") & (size != "0")).then(pl.lit("-")).otherwise(pl.lit(""))
    plain = text.str.contains(_PLAIN_NUMBER)
    read = frame.select(
        t=pl.when(plain).then(pl.concat_str(sign, size)).otherwise(text), e=text.str.contains(_EXPONENT)
    )
    numbers = read.get_column("t")
    if not read.get_column("e").any():
        return numbers
    # Few numbers are written with an exponent; they are read one by one, exactly.
    return pl.Series(
        [
            _number(text) if is_exponent else text
            for text, is_exponent in zip(numbers, read.get_column("e").fill_null(value=False), strict=True)
        ],
        dtype=pl.String,
    )


def _number(text: str) -> str:
    digits = f"{Decimal(text):f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits in {"-0", ""} else digits


def _dates(texts: pl.Series, form: str | None) -> pl.Series:
    if form is not None:
        read = texts.str.to_date(form, strict=False)
    else:
        parts = texts.str.replace(_DATE, "$1-$2-$3")
        read = parts.str.to_date("%Y-%m-%d", strict=False)
    return pl.select(pl.coalesce(read.dt.strftime("%Y-%m-%d"), texts)).to_series()


def _instants(texts: pl.Series, form: str | None, zone: str) -> pl.Series:
    frame = pl.DataFrame({"t": texts})
    if form is not None:
        return _formed_instants(texts, form, zone)
    parts = frame.select("t", p=pl.col("t").str.extract_groups(_INSTANT)).unnest("p")
    second = pl.coalesce(pl.col("second"), pl.lit("00"))
    clock = pl.concat_str(pl.col("day"), pl.lit("T"), pl.col("time"), pl.lit(":"), second)
    naive = clock.str.to_datetime(_SECONDS, strict=False, time_unit="us")
    offset = pl.col("zone").str.replace(":", "", literal=True)
    minutes = offset.str.slice(1, 2).cast(pl.Int32, strict=False) * 60 + offset.str.slice(3, 2).replace("", "0").cast(
        pl.Int32, strict=False
    )
    minutes = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    is_utc = offset.is_in(["Z", "z", "UTC"])
    local = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    instant = (
        pl.when(is_utc)
        .then(naive.dt.replace_time_zone("UTC"))
        .when(offset.is_not_null())
        .then((naive - pl.duration(minutes=minutes)).dt.replace_time_zone("UTC"))
        .otherwise(local.dt.convert_time_zone("UTC"))
    )
    fraction = pl.col("fraction").fill_null("").str.strip_chars_end("0")
    tail = pl.when(fraction == "").then(pl.lit("Z")).otherwise(pl.concat_str(pl.lit("."), fraction, pl.lit("Z")))
    written = pl.concat_str(instant.dt.strftime(_SECONDS), tail)
    return parts.select(pl.coalesce(written, pl.col("t"))).to_series()


def _formed_instants(texts: pl.Series, form: str, zone: str) -> pl.Series:
    is_aware = "%z" in form
    read = texts.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC" if is_aware else None)
    if not is_aware:
        read = read.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")
    fraction = read.dt.strftime("%.6f").str.strip_chars_start(".").str.strip_chars_end("0")
    frame = pl.DataFrame({"at": read.dt.strftime(_SECONDS), "f": fraction, "t": texts})
    tail = pl.when(pl.col("f") == "").then(pl.lit("Z")).otherwise(pl.concat_str(pl.lit("."), "f", pl.lit("Z")))
    return frame.select(pl.coalesce(pl.concat_str("at", tail), pl.col("t"))).to_series()


def _booleans(texts: pl.Series) -> pl.Series:
    lower = texts.str.to_lowercase()
    read = (
        pl.when(lower.is_in(list(_TRUE)))
        .then(pl.lit("true"))
        .when(lower.is_in(list(_FALSE)))
        .then(pl.lit("false"))
        .otherwise(texts)
    )
    return pl.select(pl.when(texts.is_not_null()).then(read)).to_series()
