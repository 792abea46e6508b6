"""Columns as text, the way every file format of the product writes values.

Dates and timestamps follow ISO 8601 in UTC with seconds, milliseconds or microseconds, whichever is the shortest
that loses nothing; decimals have no exponent and no trailing zeros; booleans are ``true`` and ``false``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

TEXT: Final = pa.large_string()
_MICROSECONDS: Final = 1_000
_MILLISECONDS: Final = 1_000_000
# Positions in YYYY-MM-DD HH:MM:SS.ffffff.
_SEPARATOR, _SECONDS_END, _MILLISECONDS_END, _END = 10, 19, 23, 26
#: Characters that stand for themselves neither in XML text nor, where they are white space, after parsing
#: (XML 1.0 sections 2.11 and 3.3.3); the ampersand comes first.
_ESCAPES: Final = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("\t", "&#9;"),
    ("\n", "&#10;"),
    ("\r", "&#13;"),
)
_QUOTE: Final = ('"', "&quot;")


def as_text(column: pl.Series) -> pl.Series:
    """The values of a column as text; nulls stay null."""
    kind = column.dtype
    if isinstance(kind, pl.Decimal):
        text = column.cast(pl.String)
        if not kind.scale:
            return text
        return _from_arrow(pc.ascii_rtrim(pc.ascii_rtrim(_to_arrow(text), "0"), "."))
    if isinstance(kind, pl.Datetime):
        return _from_arrow(_timestamps(column))
    if kind == pl.Date:
        return _from_arrow(pc.cast(column.to_arrow(), TEXT))
    return column.cast(pl.String)


def escape_xml(text: pl.Series, *, is_attribute: bool) -> pl.Series:
    """The text with the characters replaced that XML reserves; a column without any comes back as it is."""
    values = _to_arrow(text)
    content = values.buffers()[2]
    # One pass over the bytes per character is far cheaper than touching every value.
    octets = np.frombuffer(content or b"", dtype=np.uint8)
    escapes = (*_ESCAPES, _QUOTE) if is_attribute else _ESCAPES
    found = [(character, entity) for character, entity in escapes if (octets == ord(character)).any()]
    for character, entity in found:
        values = pc.replace_substring(values, pattern=character, replacement=entity)
    return _from_arrow(values) if found else text


def _timestamps(column: pl.Series) -> pa.LargeStringArray:
    instants = column.cast(pl.Datetime("us"))
    plain = pc.cast(instants.to_arrow(), TEXT)
    text = pc.binary_replace_slice(plain, start=_SEPARATOR, stop=_SEPARATOR + 1, replacement="T")
    ticks = instants.to_physical()
    has_no_micros, has_no_millis = ticks % _MICROSECONDS == 0, ticks % _MILLISECONDS == 0
    if not has_no_micros.any():
        return _ended(text, _END)
    if has_no_millis.all():
        return _ended(text, _SECONDS_END)
    shortened = pc.if_else(has_no_millis.to_arrow(), _ended(text, _SECONDS_END), _ended(text, _MILLISECONDS_END))
    return pc.if_else(has_no_micros.to_arrow(), shortened, _ended(text, _END))


def _ended(text: pa.LargeStringArray, end: int) -> pa.LargeStringArray:
    return pc.binary_replace_slice(text, start=end, stop=_END, replacement="Z")


def _to_arrow(text: pl.Series) -> pa.LargeStringArray:
    return text.to_arrow(compat_level=pl.CompatLevel.oldest())


def _from_arrow(text: pa.LargeStringArray) -> pl.Series:
    return pl.Series(text)
