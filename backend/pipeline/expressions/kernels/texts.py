"""Functions of texts; positions count characters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from backend.pipeline.expressions.kernels.letters import lower, upper
from backend.pipeline.expressions.kernels.site import Kernel, Site

_SPACES: Final = " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
"""Unicode's space separators: what TRIM removes in DuckDB; tabs and newlines stay."""

_FAR: Final = 2**40
"""Beyond the end of any text."""


def _substr(site: Site) -> pl.Expr:
    text, start = site.values[0], site.constant(1)
    count = site.constant(2) if site.has(2) else None
    if isinstance(start, int) and start > 0 and (not site.has(2) or (isinstance(count, int) and count >= 0)):
        return text.str.slice(min(start - 1, _FAR), min(count, _FAR) if isinstance(count, int) else None)
    return _window(site)


def _window(site: Site) -> pl.Expr:
    """The characters from start to start + length; a start below 1 counts from the end, a negative length goes back."""
    text, start = site.values[0], site.values[1].clip(-_FAR, _FAR)
    size = text.str.len_chars().cast(pl.Int64)
    begin = pl.when(start < 0).then(size + start + 1).otherwise(start)
    if site.has(2):
        end = begin + site.values[2].clip(-_FAR, _FAR)
        first, last = pl.min_horizontal(begin, end), pl.max_horizontal(begin, end)
    else:
        first, last = begin, size + 1
    first = pl.max_horizontal(first, 1)
    count = pl.max_horizontal(pl.min_horizontal(last, size + 1) - first, 0)
    known = text.is_not_null() & start.is_not_null()
    if site.has(2):
        known &= site.values[2].is_not_null()
    return pl.when(known).then(text.str.slice(first - 1, count))


def _left(site: Site) -> pl.Expr:
    return site.values[0].str.head(site.values[1].clip(-_FAR, _FAR))


def _right(site: Site) -> pl.Expr:
    return site.values[0].str.tail(site.values[1].clip(-_FAR, _FAR))


def _characters(site: Site) -> str:
    return site.text(1) if site.has(1) else _SPACES


def _trim(site: Site) -> pl.Expr:
    characters = _characters(site)
    return site.values[0].str.strip_chars(characters) if characters else site.values[0]


def _ltrim(site: Site) -> pl.Expr:
    characters = _characters(site)
    return site.values[0].str.strip_chars_start(characters) if characters else site.values[0]


def _rtrim(site: Site) -> pl.Expr:
    characters = _characters(site)
    return site.values[0].str.strip_chars_end(characters) if characters else site.values[0]


def _concat(site: Site) -> pl.Expr:
    return pl.concat_str(site.values, ignore_nulls=True)


def _concat_ws(site: Site) -> pl.Expr:
    return pl.concat_str(site.values[1:], separator=site.text(0), ignore_nulls=True)


def _join(site: Site) -> pl.Expr:
    return pl.concat_str(site.values)


def _pad(site: Site, *, left: bool) -> pl.Expr:
    text, length, fill = site.values[0], site.integer(1), site.text(2)
    if length == 0:
        return text.str.head(0)
    missing = length - pl.min_horizontal(text.str.len_chars().cast(pl.Int64), length)
    filling = pl.lit((fill * length)[:length]).str.head(missing)
    kept = text.str.head(length)
    return pl.concat_str([filling, kept] if left else [kept, filling])


def _lpad(site: Site) -> pl.Expr:
    return _pad(site, left=True)


def _rpad(site: Site) -> pl.Expr:
    return _pad(site, left=False)


def _replace(site: Site) -> pl.Expr:
    sought = site.text(1)
    return site.values[0].str.replace_all(sought, site.text(2), literal=True) if sought else site.values[0]


def _split_part(site: Site) -> pl.Expr:
    text, index = site.values[0], site.values[2]
    place = pl.when(index > 0).then(index - 1).otherwise(index).clip(-_FAR, _FAR)
    part = text.str.split(site.text(1)).list.get(place, null_on_oob=True)
    found = pl.when(index != 0).then(part).fill_null("")
    return pl.when(text.is_not_null() & index.is_not_null()).then(found)


def _length(site: Site) -> pl.Expr:
    return site.values[0].str.len_chars().cast(pl.Int64)


def _starts_with(site: Site) -> pl.Expr:
    return site.values[0].str.starts_with(site.values[1])


def _ends_with(site: Site) -> pl.Expr:
    return site.values[0].str.ends_with(site.values[1])


def _contains(site: Site) -> pl.Expr:
    return site.values[0].str.contains(site.values[1], literal=True)


TEXTS: Final[Mapping[str, Kernel]] = {
    "upper": lambda site: upper(site.values[0]),
    "lower": lambda site: lower(site.values[0]),
    "length": _length,
    "substr": _substr,
    "left": _left,
    "right": _right,
    "trim": _trim,
    "ltrim": _ltrim,
    "rtrim": _rtrim,
    "concat": _concat,
    "concat_ws": _concat_ws,
    "||": _join,
    "lpad": _lpad,
    "rpad": _rpad,
    "replace": _replace,
    "split_part": _split_part,
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "contains": _contains,
}
