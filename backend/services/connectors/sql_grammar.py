"""Reads SQL token by token as a server of its kind does: texts, names, comments, words, and ``:name`` parameters.

Where texts and comments end decides what the rest of a query says. A parser that reads them in another way than the
server can be made to look past a statement; so they are found here, by one small table per kind, and a parser is only
given what is left (``without_literals``). What kinds or versions of a server could read in two ways is refused.

Each was a way past a guard that trusted its parser, tried at a real server: a carriage return ends a comment in
PostgreSQL and not in MySQL; ``--`` before a no-break space is two minus signs in MySQL; ``ä$$`` is a name and begins
no text; a text with backslashes goes on behind a comment; ``select 1 delete from t`` is two statements in SQL Server
and a column named delete to a parser; ``(0.1).pg_sleep`` is a call without parentheses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.services.connectors.faults import QueryRefused, QuerySyntaxInvalid

_NAMED: Final = r'"[^"]*+(?:""[^"]*+)*+"'
_IN_BACKTICKS: Final = r"`[^`]*+(?:``[^`]*+)*+`"
_PLAIN: Final = r"'[^']*+(?:''[^']*+)*+'"
_WITH_BACKSLASHES: Final = r"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
# After a line break a text goes on, and with a comment between it is not seen that backslashes still escape in it.
_ESCAPED: Final = rf"[eE]{_WITH_BACKSLASHES}(?:\s*+{_WITH_BACKSLASHES})*+"
_GOES_ON: Final = rf"{_ESCAPED}(?=(?:\s*+--[^\n]*+)++\s*+')"
_TAG: Final = r"(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?"
_IN_DOLLARS: Final = rf"\$(?P<tag>{_TAG})\$.*?\$(?P=tag)\$"
_UNICODE: Final = rf"[uU]&{_PLAIN}"
_IN_Q: Final = r"[nN]?[qQ]'(?:\[.*?\]'|\{.*?\}'|\(.*?\)'|<.*?>'|(?P<end>[!-&*-;=?-Z\\^-z|~]).*?(?P=end)')"
_NUMBER: Final = r"(?:0[xX][0-9A-Fa-f]++|(?:[0-9][0-9_]*+(?:\.(?!\.)[0-9_]*+)?+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?+)"
_LINE: Final = r"--[^\n]*"


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a kind of source writes texts, names and comments."""

    token: re.Pattern[str]
    comments_nest: bool


def _grammar(*, texts: str, names: str, word: str, nest: bool = False, **others: str) -> Grammar:
    number = others.get("number", _NUMBER)
    return Grammar(
        re.compile(
            rf"""
              (?P<blank>(?:[ \t\n]|\r\n)++)
            | (?P<line>{others.get("line", _LINE)})
            | (?P<hidden>{others.get("hidden", r"(?!)")})
            | (?P<comment>/\*)
            | (?P<goes_on>{others.get("goes_on", r"(?!)")})
            | (?P<text>{texts})
            | (?P<name>{names})
            | (?P<unfinished>['"`]|{others.get("unfinished", r"(?!)")})
            | (?P<position>{others.get("position", r"(?!)")})
            | (?P<joined>{number}(?=[\w'"`$]))
            | (?P<number>{number})
            | (?P<word>{word})
            | (?P<parameter>:[A-Za-z_][A-Za-z0-9_]*)
            | (?P<sign>::|:=|[-+*/%=<>!~^&|.,()\[\];:?@\#${others.get("signs", "")}])
            | (?P<odd>.)
            """,
            re.VERBOSE | re.DOTALL,
        ),
        comments_nest=nest,
    )


POSTGRESQL: Final = _grammar(
    texts=rf"{_ESCAPED}|{_UNICODE}(?:\s*[uU][eE][sS][cC][aA][pP][eE]\s*'[^']')?|[nNxXbB]?{_PLAIN}|{_IN_DOLLARS}",
    goes_on=_GOES_ON,
    hidden=r'[uU]&"',
    names=_NAMED,
    word=r"[^\W\d][\w$]*",
    position=r"\$[0-9]+",
    unfinished=rf"[eE]'|\${_TAG}\$",
    nest=True,
)
# A backslash escapes in texts of either quote, names stand in backticks, and -- is a comment before a blank only.
MYSQL: Final = _grammar(
    texts=rf'[nNxXbB]?{_WITH_BACKSLASHES}|"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+"',
    names=_IN_BACKTICKS,
    word=r"[\w$]+",
    line=r"--(?=[ \t\n\r]|\Z)[^\n]*|\#[^\n]*",
    hidden=r"--|/\*(?:M?!|\+)",
    position=r"\?",
    number=r"(?!)",  # a name may begin with digits, and looks like a number until it ends
)
ORACLE: Final = _grammar(
    texts=rf"[nN]?{_PLAIN}|{_IN_Q}",
    names=r'"[^"]*"',
    word=r"[^\W\d][\w$\#]*",
    unfinished=r"[nN]?[qQ]'",
    number=rf"{_NUMBER}[fFdD]?+",
    position=r"\?|:[0-9]+",
)
TSQL: Final = _grammar(
    texts=rf"[nN]?{_PLAIN}",
    names=rf"{_NAMED}|\[[^\]]*+(?:\]\][^\]]*+)*+\]",
    word=r"[@\#]{0,2}[^\W\d][\w@$\#]*",
    position=r"\?|:[0-9]+",
    unfinished=r"\[",
    nest=True,
)
SQLITE: Final = _grammar(
    texts=rf"[xX]?{_PLAIN}",
    names=rf"{_NAMED}|{_IN_BACKTICKS}|\[[^\]]*\]",
    word=r"[^\W\d][\w$]*",
    position=r"[?@$\#]\w*|:[0-9]+",
    unfinished=r"\[",
)
DUCKDB: Final = _grammar(
    texts=rf"{_ESCAPED}|[xXbB]?{_PLAIN}|{_IN_DOLLARS}",
    goes_on=_GOES_ON,
    hidden=r"[uU]&['\"]|[^\W\d]\w*\$",
    names=_NAMED,
    word=r"[^\W\d]\w*",
    position=r"[?$]\w*|\#[0-9]+",
    unfinished=rf"[eE]'|\${_TAG}\$",
    signs=r"{}",
    nest=True,
)

_COMMENT_MARK: Final = re.compile(r"/\*|\*/")
#: One server ends a line here, another does not.
_PERHAPS_A_LINE_BREAK: Final = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]|\r(?!\\Z)")
_TURNS_THE_READING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_FILL: Final = "\u01c1"  # a letter that nobody's names are made of
_SIMPLE_NAME: Final = re.compile(r"[\w $.#/:*?-]*")
_PREFIX: Final = re.compile(r"[A-Za-z&]+(?=')")
_NOT_A_LINE_BREAK: Final = re.compile(r"[^\n]")


class Part(StrEnum):
    """What a token is; comments and blanks are none."""

    WORD = "word"
    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    PARAMETER = "parameter"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """A token and the offsets it stands at."""

    part: Part
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """A word in capitals, a sign as it is; nothing for what stands in quotes."""
        return self.text.upper() if self.part in (Part.WORD, Part.SIGN) else ""


_PARTS: Final[Mapping[str, Part]] = {part.value: part for part in Part}


def read_tokens(sql: str, grammar: Grammar) -> Iterator[Token]:
    """The tokens of a query in their order.

    Raises QuerySyntaxInvalid for text that never ends, QueryRefused for what a server and we may read differently.
    """
    position = 0
    while (found := grammar.token.match(sql, position)) is not None:
        kind = found.lastgroup or ""
        position = found.end()
        part = _PARTS.get(kind)
        if part is not None:
            if part is Part.WORD and not found.group().isascii():
                _check_letters(sql, found)
            yield Token(part, found.group(), found.start(), position)
        elif kind == "comment":
            position = _end_of_comment(sql, found, grammar)
        elif kind == "line":
            _check_line(sql, found)
        elif kind != "blank":
            raise _not_taken(sql, found)


def without_literals(sql: str, tokens: list[Token]) -> str:
    """The query without comments and without what its texts say, every token at its old place: what a parser reads."""
    parts: list[str] = []
    position = 0
    for token in tokens:
        parts.append(_NOT_A_LINE_BREAK.sub(" ", sql[position : token.start]))
        parts.append(_plain(token))
        position = token.end
    parts.append(_NOT_A_LINE_BREAK.sub(" ", sql[position:]))
    return "".join(parts)


def line_and_column(sql: str, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of an offset from 0."""
    before = sql[: max(0, offset)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def is_filled(name: str) -> bool:
    """Whether a parser's name is what ``without_literals`` puts in the place of a text."""
    return name.startswith(_FILL)


def refused(sql: str, offset: int, message: str, fix: str) -> QueryRefused:
    """What may not stand at a place of a query."""
    line, column = line_and_column(sql, offset)
    return QueryRefused(f"Line {line}, column {column}: {message}.", fix=fix, extra={"line": line, "column": column})


def _plain(token: Token) -> str:
    match token.part:
        case Part.TEXT:
            prefix = _PREFIX.match(token.text)
            begin = prefix.end() if prefix is not None else 0
            return " " * begin + "'" + _filled(token.text[begin + 1 : -1]) + "'"
        case Part.NAME:
            opening, inner, closing = token.text[0], token.text[1:-1], token.text[-1]
            return opening + (inner if _SIMPLE_NAME.fullmatch(inner) else _filled(inner)) + closing
        case Part.PARAMETER:
            return _FILL + token.text[1:]
        case _:
            return token.text


def _filled(text: str) -> str:
    return _NOT_A_LINE_BREAK.sub(_FILL, text)


def _end_of_comment(sql: str, token: re.Match[str], grammar: Grammar) -> int:
    """Block comments nest in standard SQL, PostgreSQL, SQL Server and DuckDB."""
    depth, position = 1, token.end()
    while depth and (mark := _COMMENT_MARK.search(sql, position)) is not None:
        if mark.group() == "/*" and not grammar.comments_nest:
            raise _invalid(sql, mark.start(), "a comment begins inside of a comment", "Remove one of them.")
        depth += 1 if mark.group() == "/*" else -1
        position = mark.end()
    if depth:
        raise _never_ends(sql, token)
    if (turn := _TURNS_THE_READING.search(sql, token.start(), position)) is not None:
        raise _odd(sql, turn)
    return position


def _check_line(sql: str, token: re.Match[str]) -> None:
    found = _PERHAPS_A_LINE_BREAK.search(token.group()) or _TURNS_THE_READING.search(token.group())
    if found is not None:
        raise _odd(sql, found, token.start())


def _check_letters(sql: str, token: re.Match[str]) -> None:
    """A letter that folds to one of ASCII makes a keyword for one reader, and a name for another."""
    word = token.group()
    if unicodedata.normalize("NFKC", word) != word or word.upper().isascii() or word.lower().isascii():
        raise refused(
            sql,
            token.start(),
            f"the name {word!a} is written in letters that can be read as others",
            "Type it anew, or put it in quotes.",
        )


def _not_taken(sql: str, token: re.Match[str]) -> QueryRefused | QuerySyntaxInvalid:
    """What ends the reading."""
    text = token.group()
    match token.lastgroup:
        case "position":
            return _invalid(sql, token.start(), f"{text} is not a parameter", "Write parameters as :name.")
        case "unfinished":
            return _never_ends(sql, token)
        case "joined":
            return _invalid(sql, token.start(), f"the number {text} runs into what follows", "Put a blank between.")
        case "goes_on":
            return refused(
                sql, token.start(), "a text with backslashes goes on after a line break", "Write it in one piece."
            )
        case "hidden":
            return _read_by_the_server(sql, token)
        case _:
            return _odd(sql, token)


def _read_by_the_server(sql: str, token: re.Match[str]) -> QueryRefused:
    """What looks like a comment or a name and is none: the server would act on what nobody here has looked at."""
    text = token.group()
    if text.endswith('"'):
        return QueryRefused('Names written as U&"..." hide what they name.', fix="Write the name itself in quotes.")
    fixes = {"--": "Write a blank after --.", "/": "Remove it; hints and versioned comments are not taken."}
    fix = fixes.get(text) or fixes.get(text[0]) or "Write the text in plain single quotes, the name without $."
    return refused(sql, token.start(), f"{text} begins text that the server reads", fix)


def _odd(sql: str, found: re.Match[str], begin: int = 0) -> QueryRefused:
    character = found.group()
    name = unicodedata.name(character, "a control character")
    return refused(
        sql,
        begin + found.start(),
        f"the character U+{ord(character):04X} ({name}) has no place outside of a text",
        "Remove it, or type the line anew.",
    )


def _never_ends(sql: str, token: re.Match[str]) -> QuerySyntaxInvalid:
    return _invalid(sql, token.start(), f"{token.group()!r} begins a text or comment that never ends", "Close it.")


def _invalid(sql: str, offset: int, message: str, fix: str) -> QuerySyntaxInvalid:
    line, column = line_and_column(sql, offset)
    return QuerySyntaxInvalid(
        f"Line {line}, column {column}: {message}.", fix=fix, extra={"line": line, "column": column}
    )
