"""What a simple type of a schema demands of a value: facets that columns can be asked, and what only the type decides.

The ordinary types of regulators' schemas (texts with lengths, codes and patterns, numbers, dates) come out as a
``Format``. Whatever is beyond that, a list, a union, an unusual pattern, is left to the type itself, text by text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock
from typing import Any, Final

from backend.domain.expressions.types import Kind
from backend.domain.regulations.model import Format

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_KINDS: Final = {
    "string": Kind.TEXT,
    "decimal": Kind.DECIMAL,
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "dateTime": Kind.TIMESTAMP,
    "double": Kind.DOUBLE,
    "float": Kind.DOUBLE,
}
#: Texts of which only the schema's own type knows whether they are right (language, NMTOKEN, anyURI, time, …).
_PLAIN_TEXTS: Final = frozenset({"string", "normalizedString", "token"})
#: Patterns that XSD and Rust read alike: no class subtraction, no anchors, no dot, no classes named by letters.
_SHARED_PATTERN: Final = re.compile(r"(?:[A-Za-z0-9 _|(){},?*+\[\]/:#=;!%<>@'\"-]|\\[-+.?*()\[\]{}|/\\]|\\d)+")
_NOT_SHARED: Final = re.compile(r"-\[|--|\[:|\(\?")
#: What every value written as an instant in UTC fulfils.
_ANY_UTC: Final = ".*Z"
_NUMBERS: Final = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.TEXT})
#: The kinds of fields that a leaf takes. A text is written as it is, once the type accepts it.
_FITTING: Final = {
    Kind.TEXT: frozenset({Kind.TEXT, Kind.INTEGER, Kind.DECIMAL, Kind.BOOLEAN, Kind.DATE, Kind.TIMESTAMP}),
    Kind.DECIMAL: _NUMBERS,
    Kind.DOUBLE: _NUMBERS | {Kind.DOUBLE},
    Kind.BOOLEAN: frozenset({Kind.BOOLEAN, Kind.TEXT}),
    Kind.DATE: frozenset({Kind.DATE, Kind.TEXT}),
    Kind.TIMESTAMP: frozenset({Kind.TIMESTAMP, Kind.TEXT}),
}
_ASKING: Final = Lock()
_BOUNDS: Final = ("minInclusive", "minExclusive", "maxInclusive", "maxExclusive")


@dataclass(frozen=True, slots=True)
class Bound:
    """A smallest or largest number."""

    value: Decimal
    is_lower: bool
    is_exclusive: bool


@dataclass(frozen=True, slots=True)
class LeafType:
    """The values of a leaf. ``accepts`` is None where the rest says everything; ``white_space`` as XSD names it."""

    name: str
    kind: Kind
    format: Format
    bounds: tuple[Bound, ...]
    white_space: str
    accepts: Callable[[str], bool] | None
    check: Callable[[str], bool]

    def takes(self, kind: Kind) -> bool:
        """Whether fields of a kind can be written."""
        return kind in _FITTING[self.kind]


@dataclass(frozen=True, slots=True)
class _Check:
    """Whether a type takes a text. The library keeps what it finds in the schema: one thread asks at a time."""

    simple: Any

    def __call__(self, text: str) -> bool:
        with _ASKING:
            return bool(self.simple.text_is_valid(text))


def read_leaf_type(simple: Any) -> LeafType:
    """A simple type as ``xmlschema`` has it."""
    primitive = simple.root_type.local_name if simple.is_atomic() else None
    kind = _KINDS.get(primitive or "", Kind.TEXT)
    chain = list(_chain(simple))
    built_in = next((one.local_name for one in chain if one.name and one.name.startswith(_XS)), "")
    patterns = [found for one in chain if (found := _own_patterns(one, kind))]
    is_ordinary = (
        simple.is_atomic()
        and primitive in _KINDS
        and (kind is not Kind.TEXT or built_in in _PLAIN_TEXTS)
        and (kind in {Kind.TEXT, Kind.DECIMAL} or not any(simple.get_facet(f"{_XS}{name}") for name in _BOUNDS))
        and (kind is Kind.TEXT or not (simple.enumeration or patterns))
        and len(patterns) <= 1
        and all(map(_is_shared, patterns))
    )
    check = _Check(simple)
    bounds = tuple(_bounds(simple)) if kind is Kind.DECIMAL else ()
    return LeafType(
        name=simple.local_name or built_in,
        kind=kind,
        format=_format(simple, kind, patterns[0] if is_ordinary and patterns else None, is_integer=_is_integer(chain)),
        bounds=bounds,
        white_space=simple.white_space or "preserve",
        accepts=None if is_ordinary else check,
        check=check,
    )


def _chain(simple: Any) -> Iterator[Any]:
    while simple is not None:
        yield simple
        simple = simple.base_type


def _is_integer(chain: list[Any]) -> bool:
    return any(one.name == f"{_XS}integer" for one in chain)


def _own_patterns(simple: Any, kind: Kind) -> str | None:
    """The patterns of one step of derivation, any of which is enough."""
    facet = simple.facets.get(f"{_XS}pattern")
    if facet is None or (simple.name or "").startswith(_XS):
        return None
    texts = list(facet.regexps)
    if kind is Kind.TIMESTAMP and texts == [_ANY_UTC]:
        return None
    return texts[0] if len(texts) == 1 else "|".join(f"(?:{text})" for text in texts)


def _is_shared(pattern: str) -> bool:
    bare = pattern.replace("(?:", "(")
    return _SHARED_PATTERN.fullmatch(bare) is not None and _NOT_SHARED.search(bare) is None


def _format(simple: Any, kind: Kind, pattern: str | None, *, is_integer: bool) -> Format:
    if kind is Kind.DECIMAL:
        fraction = 0 if is_integer else _number(simple, "fractionDigits")
        return Format(kind, total_digits=_number(simple, "totalDigits"), fraction_digits=fraction)
    if kind is not Kind.TEXT:
        return Format(kind)
    length = _number(simple, "length")
    codes = tuple(map(str, simple.enumeration)) if simple.enumeration else None
    return Format(
        kind,
        min_length=_number(simple, "minLength") if length is None else length,
        max_length=_number(simple, "maxLength") if length is None else length,
        pattern=pattern,
        code_list=codes,
    )


def _number(simple: Any, name: str) -> int | None:
    facet = simple.get_facet(f"{_XS}{name}")
    return None if facet is None else int(facet.value)


def _bounds(simple: Any) -> Iterator[Bound]:
    """The bounds of every step of derivation: each holds."""
    for one in _chain(simple):
        for name in _BOUNDS:
            facet = one.facets.get(f"{_XS}{name}")
            if facet is not None:
                yield Bound(Decimal(str(facet.value)), name.startswith("min"), name.endswith("Exclusive"))
