"""Capitals and small letters, one character for one, as DuckDB maps them.

Polars applies Unicode's full mapping, where ``ß`` becomes ``SS`` and a final ``Σ`` becomes ``ς``; a code must not
change its length. Texts with such characters are rare and mapped one distinct text at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Final

import polars as pl

from backend.pipeline.expressions.kernels.distinct import map_distinct

_LAST_CASED: Final = 0x1FFFF
_SHARP_S: Final = ("ß", "ẞ")


@cache
def _odd_capitals() -> str:
    """The characters whose full mapping to capitals is several characters."""
    return "".join(c for c in map(chr, range(_LAST_CASED)) if len(c.upper()) > 1)


def _capital(character: str) -> str:
    if character == _SHARP_S[0]:
        return _SHARP_S[1]
    for candidate in (character.upper(), character.title()):
        if len(candidate) == 1:
            return candidate
    return character


def _upper_text(text: str) -> str:
    return "".join(map(_capital, text))


def _lower_text(text: str) -> str:
    return "".join(character.lower()[0] for character in text)


def _change_case(
    column: pl.Series, *, full: Callable[[pl.Series], pl.Series], odd: str, simple: Callable[[str], str]
) -> pl.Series:
    changed = full(column)
    if column.str.len_bytes().sum() == column.str.len_chars().sum():
        return changed
    affected = column.str.contains(f"[{odd}]").fill_null(value=False)
    return map_distinct(column, affected, changed, simple)


def upper(value: pl.Expr) -> pl.Expr:
    """``upper(a)``."""
    kernel = partial(_change_case, full=lambda s: s.str.to_uppercase(), odd=_odd_capitals(), simple=_upper_text)
    return value.map_batches(kernel, return_dtype=pl.String())


def lower(value: pl.Expr) -> pl.Expr:
    """``lower(a)``."""
    kernel = partial(_change_case, full=lambda s: s.str.to_lowercase(), odd="Σİ", simple=_lower_text)
    return value.map_batches(kernel, return_dtype=pl.String())
