"""JSON with one spelling per value, after RFC 8785: what is hashed today must be spelled the same in ten years."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

_quote = json.JSONEncoder(ensure_ascii=False).encode
#: Where ECMAScript, which RFC 8785 follows, begins to write numbers with an exponent.
_LARGE, _SMALL = 1e21, 1e-6


def canonical_json(value: object) -> str:
    """The value as text: keys sorted by UTF-16, no spaces, decimals, dates and ids as texts.

    Raises ValueError for what has no spelling (NaN), TypeError for what is no value.
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _quote(str(value))
    if isinstance(value, int | float):
        return str(value) if isinstance(value, int) else _number(value)
    if isinstance(value, Mapping):
        parts = sorted(((str(name), part) for name, part in value.items()), key=lambda one: _utf16(one[0]))
        return "{" + ",".join(f"{_quote(name)}:{canonical_json(part)}" for name, part in parts) + "}"
    if isinstance(value, list | tuple | set | frozenset):
        parts_of = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return "[" + ",".join(canonical_json(part) for part in parts_of) + "]"
    return _quote(_as_text(value))


def _as_text(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("JSON has no such number")
    if value == 0:
        return "0"
    shortest = repr(value)
    if _SMALL <= abs(value) < _LARGE:
        return format(Decimal(shortest), "f").removesuffix(".0")
    digits, _, exponent = shortest.partition("e")
    return f"{digits}e{int(exponent):+d}"
