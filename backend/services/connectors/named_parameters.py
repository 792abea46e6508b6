"""Finds ``:name`` parameters in a query's text, token by token, and replaces them.

A colon inside a string, a quoted name, a comment or a dollar-quoted text is left alone, and so is the cast
``::``. Only where a parameter stands is decided here; values never become part of the text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backend.services.connectors.sql_grammar import Grammar, Part, read_tokens

_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class RewrittenQuery:
    """A query with its parameters replaced, and the way back to the author's text."""

    text: str
    names: frozenset[str]
    _starts: tuple[tuple[int, int], ...]

    def source_offset(self, offset: int) -> int:
        """The offset in the author's text that an offset in ``text`` (both from 0) came from."""
        index = bisect_right(self._starts, (offset, _LARGEST)) - 1
        rewritten, source = self._starts[index]
        following = self._starts[index + 1][1] if index + 1 < len(self._starts) else _LARGEST
        return min(source + offset - rewritten, following)


def rewrite_parameters(sql: str, render: Callable[[str], str], grammar: Grammar) -> RewrittenQuery:
    """Replace every ``:name`` by ``render(name)``, in the order they stand in.

    Raises QuerySyntaxInvalid for text that never ends, QueryRefused for what the server would read and we would not.
    """
    parts: list[str] = []
    starts: list[tuple[int, int]] = [(0, 0)]
    names: set[str] = set()
    length = copied = 0
    for token in read_tokens(sql, grammar):
        if token.part is not Part.PARAMETER:
            continue
        name = token.text[1:]
        names.add(name)
        replacement = render(name)
        parts += [sql[copied : token.start], replacement]
        length += token.start - copied
        starts.append((length, token.start))
        length += len(replacement)
        starts.append((length, token.end))
        copied = token.end
    parts.append(sql[copied:])
    return RewrittenQuery("".join(parts), frozenset(names), tuple(starts))
