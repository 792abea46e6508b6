"""LIKE and regular expressions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from backend.domain.expressions.like import LikePiece, Wildcard, read_like
from backend.domain.expressions.patterns import read_pattern, read_replacement
from backend.pipeline.expressions.kernels.character_search import read_characters
from backend.pipeline.expressions.kernels.site import Kernel, Site

_SPECIAL: Final = frozenset(r"\.+*?()|[]{}^$#&-~")


def _like(site: Site) -> pl.Expr:
    """The usual forms (prefix, suffix, part, exact) need no regular expression."""
    text = site.values[0]
    pieces = read_like(site.text(1), site.text(2) if site.has(2) else None).pieces
    simple = _like_simply(text, pieces)
    return text.str.contains(_like_regex(pieces)) if simple is None else simple


def _like_simply(text: pl.Expr, pieces: Sequence[LikePiece]) -> pl.Expr | None:
    simple: pl.Expr | None = None
    match pieces:
        case ():
            simple = text == ""
        case (Wildcard.ANY,):
            simple = pl.when(text.is_not_null()).then(pl.lit(True))
        case (str(exact),):
            simple = text == exact
        case (str(prefix), Wildcard.ANY):
            simple = text.str.starts_with(prefix)
        case (Wildcard.ANY, str(suffix)):
            simple = text.str.ends_with(suffix)
        case (Wildcard.ANY, str(part), Wildcard.ANY):
            simple = text.str.contains(part, literal=True)
    return simple


def _like_regex(pieces: Sequence[LikePiece]) -> str:
    return r"(?s)\A" + "".join(_regex_piece(piece) for piece in pieces) + r"\z"


def escape(text: str) -> str:
    """The regular expression of exactly this text."""
    return "".join(f"\\{character}" if character in _SPECIAL else character for character in text)


def _regex_piece(piece: LikePiece) -> str:
    if isinstance(piece, str):
        return escape(piece)
    return ".*" if piece is Wildcard.ANY else "."


def _options(site: Site, index: int) -> str:
    return site.text(index) if site.has(index) else ""


def _matches(site: Site) -> pl.Expr:
    return _search(site.values[0], read_pattern(site.text(1), _options(site, 2)).rust)


def _full_match(site: Site) -> pl.Expr:
    return _search(site.values[0], rf"\A(?:{read_pattern(site.text(1), _options(site, 2)).rust})\z")


def _search(text: pl.Expr, pattern: str) -> pl.Expr:
    """Whether the pattern is found; which characters a text has is seen without a regular expression."""
    wanted = read_characters(pattern)
    if wanted is None:
        return text.str.contains(pattern)
    return text.map_batches(wanted.judge, return_dtype=pl.Boolean())


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
