"""The facets of one column as Polars expressions: what XML Schema part 2 would refuse, seen before rendering.

Facets the column's type already implies are left out. A null fulfils every facet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import polars as pl

from backend.domain.expressions.types import Kind
from backend.domain.regulations.model import UNBOUNDED, VALUE_SEPARATOR, Format, TargetColumn
from backend.pipeline.rendering.plain import is_plain

#: Characters outside the production Char of XML 1.0; UTF-8 text cannot hold the surrogates.
FORBIDDEN: Final = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_FIRST_DAY, _LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_FIRST_INSTANT: Final = datetime.min.replace(tzinfo=UTC)
_LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)
_CODES_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Facet:
    """One demand on the values of a column: in plain words, and as an expression that is false where it fails."""

    demand: str
    ok: pl.Expr


def list_facets(column: TargetColumn) -> Iterator[Facet]:
    """The demands of a column's format, most basic first."""
    value = pl.col(column.name)
    if column.format.kind is Kind.TEXT:
        yield from _text_facets(value, column)
    elif column.format.kind is Kind.DECIMAL:
        yield from _decimal_facets(value, column)
    elif column.format.kind is Kind.INTEGER:
        yield from _integer_facets(value, column.format)
    elif column.format.kind is Kind.DATE:
        yield Facet("must be a date of the years 1 to 9999", value.is_between(_FIRST_DAY, _LAST_DAY))
    elif column.format.kind is Kind.TIMESTAMP:
        yield Facet("must be a time of the years 1 to 9999", value.is_between(_FIRST_INSTANT, _LAST_INSTANT))


def _text_facets(value: pl.Expr, column: TargetColumn) -> Iterator[Facet]:
    facets = column.format
    if not is_plain(facets):
        yield Facet("must not hold a character that XML forbids", ~value.str.contains(FORBIDDEN))
    if column.repeats > 1:
        yield from _repeated_facets(value, column)
        return
    if facets.code_list is not None:
        yield Facet(_codes_demand(facets.code_list), value.is_in(facets.code_list))
    if facets.pattern is not None:
        yield Facet(f"must have the form {facets.pattern}", value.str.contains(f"^(?:{facets.pattern})$"))
    shortest, longest = facets.min_length, facets.max_length
    if shortest is not None or longest is not None:
        length = value.str.len_chars()
        upper = length <= longest if longest is not None else pl.lit(value=True)
        yield Facet(_length_demand(shortest or 0, longest), (length >= (shortest or 0)) & upper)


def _repeated_facets(value: pl.Expr, column: TargetColumn) -> Iterator[Facet]:
    """Values between separators: one expression for the form of all of them, one for their number."""
    facets = column.format
    separator = re.escape(VALUE_SEPARATOR)
    if facets.code_list is not None:
        single, demand = "|".join(map(re.escape, facets.code_list)), _codes_demand(facets.code_list)
    elif facets.pattern is not None:
        single, demand = facets.pattern, f"must have the form {facets.pattern}"
    else:
        longest = "" if facets.max_length is None else facets.max_length
        single = f"[^{separator}]{{{facets.min_length or 0},{longest}}}"
        demand = _length_demand(facets.min_length or 0, facets.max_length)
    every = f"^(?:{single})(?:{separator}(?:{single}))*$"
    yield Facet(f"{demand}, in each of its values separated by {VALUE_SEPARATOR}", value.str.contains(every))
    if column.repeats < UNBOUNDED:
        separators = value.str.count_matches(VALUE_SEPARATOR, literal=True)
        yield Facet(f"may have at most {column.repeats} values", separators < column.repeats)


def _decimal_facets(value: pl.Expr, column: TargetColumn) -> Iterator[Facet]:
    facets, scale = column.format, column.type.scale or 0
    digits = facets.total_digits
    if digits is not None and (column.type.precision or 0) > digits:
        fraction = facets.fraction_digits if facets.fraction_digits is not None else scale
        fits = value.map_batches(_DigitCount(digits, scale), return_dtype=pl.Boolean, is_elementwise=True)
        yield Facet(f"may have at most {digits} digits, {fraction} of them after the point", fits)
    if facets.fraction_digits is not None and scale > facets.fraction_digits:
        exact = value == value.round(facets.fraction_digits)
        yield Facet(f"may have at most {facets.fraction_digits} digits after the point", exact)
    yield from _minimum_facets(value, facets)


def _integer_facets(value: pl.Expr, facets: Format) -> Iterator[Facet]:
    if facets.total_digits is not None:
        largest = 10**facets.total_digits - 1
        yield Facet(f"may have at most {facets.total_digits} digits", value.is_between(-largest, largest))
    yield from _minimum_facets(value, facets)


def _minimum_facets(value: pl.Expr, facets: Format) -> Iterator[Facet]:
    if facets.minimum is None:
        return
    bound = pl.lit(Decimal(facets.minimum)) if facets.kind is Kind.DECIMAL else pl.lit(facets.minimum)
    if facets.exclusive_minimum:
        yield Facet(f"must be greater than {facets.minimum}", value > bound)
    else:
        yield Facet(f"must not be less than {facets.minimum}", value >= bound)


@dataclass(frozen=True, slots=True)
class _DigitCount:
    """Whether decimals have at most so many digits, trailing zeros of the fraction not counted.

    XSD counts the digits of the value, so 18 digits may stand before the point or, here, 17 behind it. Most
    values are small enough to fit whatever their fraction; only the others are counted, as text.
    """

    digits: int
    scale: int

    def __call__(self, values: pl.Series) -> pl.Series:
        """True where the value fits, null where it is null."""
        limit = Decimal(10) ** max(self.digits - self.scale, 0)
        fits = (values < limit) & (values > -limit)
        if fits.all():
            return fits
        text = values.filter(~fits).cast(pl.String).str.strip_chars_start("-")
        whole = text.str.split_exact(".", 1).struct.unnest()
        count = whole["field_0"].str.strip_chars_start("0").str.len_chars() + (
            whole["field_1"].fill_null("").str.strip_chars_end("0").str.len_chars()
        )
        return fits.scatter((~fits).fill_null(value=False).arg_true(), count <= self.digits)


def _codes_demand(codes: tuple[str, ...]) -> str:
    shown = ", ".join(codes[:_CODES_SHOWN])
    return f"must be one of {shown}" + (f" or {len(codes) - _CODES_SHOWN} others" if len(codes) > _CODES_SHOWN else "")


def _length_demand(shortest: int, longest: int | None) -> str:
    return f"must have {shortest} to {longest} characters" if longest is not None else f"needs {shortest} characters"
