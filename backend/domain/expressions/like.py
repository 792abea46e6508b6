"""LIKE patterns, read into pieces once so that the common ones need no regular expression."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Wildcard(Enum):
    """What stands for other characters in a LIKE pattern."""

    ONE = "_"
    ANY = "%"


LikePiece = str | Wildcard


class LikePatternRefused(ValueError):
    """The escape character ends the pattern, or is not one character."""


@dataclass(frozen=True, slots=True)
class LikePattern:
    """Literal runs and wildcards, in order; neighbouring ``%`` are one."""

    pieces: tuple[LikePiece, ...]


def read_like(pattern: str, escape: str | None = None) -> LikePattern:
    """Read a pattern; without ``escape`` no character is special but ``%`` and ``_``, as in DuckDB."""
    if escape is not None and len(escape) != 1:
        raise LikePatternRefused("ESCAPE takes exactly one character.")
    pieces: list[LikePiece] = []
    characters = iter(pattern)
    for character in characters:
        if character == escape:
            following = next(characters, None)
            if following is None:
                raise LikePatternRefused("The pattern ends with its escape character.")
            _append_text(pieces, following)
        elif character == "%":
            if not pieces or pieces[-1] is not Wildcard.ANY:
                pieces.append(Wildcard.ANY)
        elif character == "_":
            pieces.append(Wildcard.ONE)
        else:
            _append_text(pieces, character)
    return LikePattern(tuple(pieces))


def _append_text(pieces: list[LikePiece], character: str) -> None:
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] += character
    else:
        pieces.append(character)
