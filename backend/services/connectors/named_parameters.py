"""Finds ``:name`` parameters in a query's text, token by token, and replaces them.

A colon inside a string, a quoted name, a comment or a dollar-quoted text is left alone, and so is the cast
``::``. Only where a parameter stands is decided here; values never become part of the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backend.services.connectors.faults import QueryRefused, QuerySyntaxInvalid

_POSTGRESQL: Final = re.compile(
    r"""
      (?P<skipped>
          --[^\n]*
        | (?<![A-Za-z0-9_$])[eE]'[^'\\]*+(?:(?:\\.|''|'\s*\n\s*')[^'\\]*+)*+'   # a string may go on after a line break
        | '[^']*+(?:''[^']*+)*+'
        | "[^"]*+(?:""[^"]*+)*+"
        | (?<![A-Za-z0-9_$])\$(?P<tag>(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?)\$.*?\$(?P=tag)\$
        | ::
      )
    | (?P<comment>/\*)
    | (?P<position>(?<![A-Za-z0-9_$])\$[0-9]+)
    | (?P<unfinished>['"]|(?<![A-Za-z0-9_$])[eE]'|(?<![A-Za-z0-9_$])\$(?:[A-Za-z_]\w*)?\$)
    | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE | re.DOTALL,
)
# A backslash escapes in texts of either quote, names stand in backticks, and -- is a comment before a blank only.
_MYSQL: Final = re.compile(
    r"""
      (?P<skipped>
          --(?=\s|\Z)[^\n]*
        | \#[^\n]*
        | '[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'
        | "[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"
        | `[^`]*+(?:``[^`]*+)*+`
      )
    | (?P<hidden>--|/\*(?:M?!|\+))
    | (?P<comment>/\*)
    | (?P<position>\?)
    | (?P<unfinished>['"`])
    | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENT_MARK: Final = re.compile(r"/\*|\*/")
_LARGEST: Final = 2**62


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a source writes texts, names and comments."""

    token: re.Pattern[str]
    comments_nest: bool


POSTGRESQL: Final = Grammar(_POSTGRESQL, comments_nest=True)
MYSQL: Final = Grammar(_MYSQL, comments_nest=False)


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


def rewrite_parameters(sql: str, render: Callable[[str], str], grammar: Grammar = POSTGRESQL) -> RewrittenQuery:
    """Replace every ``:name`` by ``render(name)``, in the order they stand in.

    Raises QuerySyntaxInvalid for text that never ends, QueryRefused for what the server would read and we would not.
    """
    parts: list[str] = []
    starts: list[tuple[int, int]] = [(0, 0)]
    names: set[str] = set()
    length = copied = position = 0
    while (token := grammar.token.search(sql, position)) is not None:
        position = _end_of(sql, token, grammar)
        if token["parameter"] is None:
            continue
        name = token.group()[1:]
        names.add(name)
        replacement = render(name)
        parts += [sql[copied : token.start()], replacement]
        length += token.start() - copied
        starts.append((length, token.start()))
        length += len(replacement)
        starts.append((length, token.end()))
        copied = token.end()
    parts.append(sql[copied:])
    return RewrittenQuery("".join(parts), frozenset(names), tuple(starts))


def line_and_column(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset from 0."""
    before = sql[: max(0, offset)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _end_of(sql: str, token: re.Match[str], grammar: Grammar) -> int:
    """Where the token that begins here ends."""
    if token["position"] is not None:
        raise _invalid(sql, token.start(), f"{token.group()} is not a parameter", "Write parameters as :name.")
    if token["unfinished"] is not None:
        raise _never_ends(sql, token)
    if token["comment"] is not None:
        return _end_of_comment(sql, token, grammar)
    if token.groupdict().get("hidden") is not None:
        raise _read_by_the_server(sql, token)
    return token.end()


def _end_of_comment(sql: str, token: re.Match[str], grammar: Grammar) -> int:
    """Block comments nest in standard SQL and PostgreSQL."""
    if not grammar.comments_nest:
        end = sql.find("*/", token.end())
        if end < 0:
            raise _never_ends(sql, token)
        inner = sql.find("/*", token.end(), end)
        if inner >= 0:  # who nests comments, as our parser does, would not see what stands behind this one
            raise _invalid(sql, inner, "a comment begins inside of a comment", "Remove one of them.")
        return end + 2
    depth, position = 1, token.end()
    while depth and (mark := _COMMENT_MARK.search(sql, position)) is not None:
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
    if depth:
        raise _never_ends(sql, token)
    return position


def _read_by_the_server(sql: str, token: re.Match[str]) -> QueryRefused:
    """What looks like a comment and is none: the server would act on what nobody here has looked at."""
    line, column = line_and_column(sql, token.start())
    fix = (
        "Write a blank after --." if token.group() == "--" else "Remove it; hints and versioned comments are not taken."
    )
    return QueryRefused(
        f"Line {line}, column {column}: {token.group()} begins text that the server reads.",
        fix=fix,
        extra={"line": line, "column": column},
    )


def _never_ends(sql: str, token: re.Match[str]) -> QuerySyntaxInvalid:
    return _invalid(sql, token.start(), f"{token.group()!r} begins a text or comment that never ends", "Close it.")


def _invalid(sql: str, offset: int, message: str, fix: str) -> QuerySyntaxInvalid:
    line, column = line_and_column(sql, offset)
    return QuerySyntaxInvalid(
        f"Line {line}, column {column}: {message}.", fix=fix, extra={"line": line, "column": column}
    )
