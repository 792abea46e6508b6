"""JSON with one spelling per value, after RFC 8785: what is hashed today must be spelled the same in ten years."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Final
from uuid import UUID

#: Where ECMAScript, which RFC 8785 follows, begins to write numbers with an exponent.
_LARGE, _SMALL = 1e21, 1e-6
#: Most objects have few names, and the same as one before.
_FEW, _ORDERS_HELD = 50, 500


def canonical_json(value: object) -> str:
    """The value as text: keys sorted by UTF-16, no spaces, decimals, dates and ids as texts.

    Raises ValueError for what has no spelling (NaN), TypeError for what is no value.
    """
    kind = type(value)
    spell = _SPELLINGS.get(kind)
    if spell is None:
        spell = _SPELLINGS[kind] = _spelling_of(kind)
    return spell(value)


def _spelling_of(kind: type) -> Callable[[Any], str]:
    """How values of another type are spelled: as those of the nearest type that it is derived from."""
    for base in kind.__mro__:
        if base in _SPELLINGS:
            return _SPELLINGS[base]
    if issubclass(kind, Mapping):
        return _object
    raise TypeError(f"{kind.__name__} has no form in JSON")


def _object(value: Mapping[object, object]) -> str:
    names = tuple(value)
    ordered = _ordered(names) if len(names) > _FEW else _ordered_before(names)
    return "{" + ",".join([f"{spelled}:{canonical_json(value[name])}" for name, spelled in ordered]) + "}"


def _ordered(names: tuple[object, ...]) -> Sequence[tuple[object, str]]:
    """Names in the order of their UTF-16, with their spelling."""
    texts = {str(name): name for name in names}
    return [(texts[text], encode_basestring(text)) for text in sorted(texts, key=_utf16)]


_ordered_before = lru_cache(_ORDERS_HELD)(_ordered)


def _array(value: Sequence[object]) -> str:
    return "[" + ",".join([canonical_json(part) for part in value]) + "]"


def _set(value: frozenset[object]) -> str:
    return _array(sorted(value, key=str))


def _moment(value: date) -> str:
    return encode_basestring(value.isoformat())


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


#: By type; derived ones are added when they are met.
_SPELLINGS: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: lambda value: encode_basestring(str(value)),
    int: str,
    float: _number,
    dict: _object,
    list: _array,
    tuple: _array,
    set: _set,
    frozenset: _set,
    datetime: _moment,
    date: _moment,
    Decimal: lambda value: encode_basestring(format(value, "f")),
    UUID: lambda value: f'"{value}"',
}
