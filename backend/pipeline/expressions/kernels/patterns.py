"""LIKE and regular expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from backend.domain.expressions.like import LikePiece, Wildcard, read_like
from backend.domain.expressions.patterns import read_pattern, read_replacement
from backend.pipeline.expressions.kernels.site import Kernel, Site

_SPECIAL: Final = frozenset(r"\.+*?()|[]{}^$#&-~ ")


def _like(site: Site) -> pl.Expr:
    """The usual forms (prefix, suffix, part, exact) need no regular expression."""
    text = site.values[0]
    pieces = read_like(site.text(1), site.text(2) if site.has(2) else None).pieces
    match pieces:
        case ():
            return text == ""
        case (Wildcard.ANY,):
            return pl.when(text.is_not_null()).then(pl.lit(True))  # noqa: FBT003 - a column of trues
        case (str(exact),):
            return text == exact
        case (str(prefix), Wildcard.ANY):
            return text.str.starts_with(prefix)
        case (Wildcard.ANY, str(suffix)):
            return text.str.ends_with(suffix)
        case (Wildcard.ANY, str(part), Wildcard.ANY):
            return text.str.contains(part, literal=True)
        case _:
            return text.str.contains(_like_regex(pieces))


def _like_regex(pieces: Sequence[LikePiece]) -> str:
    return r"(?s)\A" + "".join(_regex_piece(piece) for piece in pieces) + r"\z"


def _regex_piece(piece: LikePiece) -> str:
    if isinstance(piece, str):
        return "".join(f"\\{character}" if character in _SPECIAL else character for character in piece)
    return ".*" if piece is Wildcard.ANY else "."


def _options(site: Site, index: int) -> str:
    return site.text(index) if site.has(index) else ""


def _matches(site: Site) -> pl.Expr:
    return site.values[0].str.contains(read_pattern(site.text(1), _options(site, 2)).rust)


def _full_match(site: Site) -> pl.Expr:
    return site.values[0].str.contains(rf"\A(?:{read_pattern(site.text(1), _options(site, 2)).rust})\z")


def _extract(site: Site) -> pl.Expr:
    pattern = read_pattern(site.text(1), _options(site, 3)).rust
    found = site.values[0].str.extract(pattern, site.integer(2) if site.has(2) else 0)
    return pl.when(site.values[0].is_not_null()).then(found.fill_null(""))


def _replace(site: Site) -> pl.Expr:
    options = _options(site, 3)
    pattern = read_pattern(site.text(1), options)
    replacement = read_replacement(site.text(2), pattern.groups)
    if "g" in options:
        return site.values[0].str.replace_all(pattern.rust, replacement)
    return site.values[0].str.replace(pattern.rust, replacement)


PATTERNS: Final[Mapping[str, Kernel]] = {
    "like": _like,
    "regexp_matches": _matches,
    "regexp_full_match": _full_match,
    "regexp_extract": _extract,
    "regexp_replace": _replace,
}
