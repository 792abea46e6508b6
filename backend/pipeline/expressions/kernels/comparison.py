"""Comparisons, lists, NOT and the conditions that look at NULL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from backend.domain.expressions.nodes import Literal
from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.expressions.kernels.site import Kernel, Site

_LISTED: Final = frozenset({Kind.TEXT, Kind.INTEGER, Kind.DATE})


def _compare(operator: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Kernel:
    return lambda site: operator(site.values[0], site.values[1])


def _is_distinct(site: Site) -> pl.Expr:
    return site.values[0].ne_missing(site.values[1])


def _is_null(site: Site) -> pl.Expr:
    return site.values[0].is_null()


def _is_true(site: Site) -> pl.Expr:
    return site.values[0].fill_null(value=False)


def _is_false(site: Site) -> pl.Expr:
    return ~site.values[0].fill_null(value=True)


def _not(site: Site) -> pl.Expr:
    return ~site.values[0]


def _between(site: Site) -> pl.Expr:
    value, low, high = site.values
    return (value >= low) & (value <= high)


def _in(site: Site) -> pl.Expr:
    """A list of constants becomes one set; NULL in it leaves a value that is not found open."""
    value, *listed = site.values
    constants = site.node.arguments[1:]
    alike = all(isinstance(node, Literal) and node.type == site.argument(0).type for node in constants)
    if site.kind(0) not in _LISTED or not alike:
        return pl.any_horizontal([value == candidate for candidate in listed])
    values = [node.value for node in constants if isinstance(node, Literal)]
    known = pl.Series([item for item in values if item is not None], dtype=polars_type(site.argument(0).type))
    found = value == known[0] if len(known) == 1 else value.is_in(known.implode())
    return found if len(known) == len(values) else pl.when(found).then(pl.lit(True)).otherwise(None)


def _nullif(site: Site) -> pl.Expr:
    value, unwanted = site.values
    return pl.when(value == unwanted).then(None).otherwise(value)


def _greatest(site: Site) -> pl.Expr:
    return pl.max_horizontal(site.values)


def _least(site: Site) -> pl.Expr:
    return pl.min_horizontal(site.values)


COMPARISON: Final[Mapping[str, Kernel]] = {
    "=": _compare(lambda left, right: left == right),
    "<>": _compare(lambda left, right: left != right),
    "<": _compare(lambda left, right: left < right),
    "<=": _compare(lambda left, right: left <= right),
    ">": _compare(lambda left, right: left > right),
    ">=": _compare(lambda left, right: left >= right),
    "is_distinct": _is_distinct,
    "is_null": _is_null,
    "is_true": _is_true,
    "is_false": _is_false,
    "not": _not,
    "between": _between,
    "in": _in,
    "nullif": _nullif,
    "greatest": _greatest,
    "least": _least,
}
