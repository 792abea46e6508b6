"""The first gate: every word and sign of the text must be known before anything is parsed.

The text is cut into tokens by sqlglot; a token passes only as a sign or keyword of the list below, as a column,
parameter or function that exists, or as a type or unit where one is expected. So no statement, comment,
brackets, lambda, setting or foreign function ever reaches the parser, and unknown names are told with their
place. Length and nesting are bounded here too, because a parser can be led into deep recursion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from backend.core.spelling import suggest
from backend.domain.expressions.calendar_units import find_part
from backend.domain.expressions.dialect import TYPE_WORDS, AuthoringDialect
from backend.domain.expressions.errors import START, ExpressionCode, ExpressionInvalid, Position
from backend.domain.expressions.functions.table import find_function, find_hint, suggest_function
from backend.domain.expressions.lookups import LookupTable, ReferenceShape
from backend.domain.expressions.types import DataType

MAX_LENGTH: Final = 20_000
MAX_TOKENS: Final = 4_000
MAX_NESTING: Final = 20
MAX_PREFIX_RUN: Final = 6

_SIGNS: Final = frozenset(
    {
        *("+", "-", "*", "/", "//", "%", "||", "::", "(", ")", ",", "$"),
        *("=", "==", "<>", "!=", "<", "<=", ">", ">="),
    }
)
_BEFORE_PARENTHESIS: Final = frozenset(
    {
        *("AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "ESCAPE"),
        *("CASE", "WHEN", "THEN", "ELSE", "CAST", "TRY_CAST", "EXTRACT", "FROM", "INTERVAL", "ZONE"),
    }
)
_KEYWORDS: Final = _BEFORE_PARENTHESIS | {
    *("NULL", "TRUE", "FALSE", "UNKNOWN", "DISTINCT"),
    *("END", "AS", "AT", "TIME", "WITH"),
}
_WINDOW_KEYWORDS: Final = frozenset({"OVER", "PARTITION BY", "ORDER BY", "ASC", "DESC"})
_UNREADABLE: Final = re.compile("[\x00\ud800-\udfff]")
"""NUL, and halves of surrogate pairs: neither UTF-8 nor XML can write them."""

_PREFIXES: Final = frozenset({"NOT", "-", "+"})
_TYPE_LEADERS: Final = frozenset({"AS", "::"})


@dataclass(frozen=True, slots=True)
class Scope:
    """The names an expression may use.

    ``tables`` are the inputs whose rows ``lookup()`` finds, ``reference`` the datasets and mapping sets; None: any.
    """

    columns: Mapping[str, DataType]
    parameters: Mapping[str, DataType]
    allow_windows: bool = False
    tables: Mapping[str, LookupTable] | None = None
    reference: Mapping[str, ReferenceShape] | None = None

    def find_column(self, name: str) -> str | None:
        """The column of this name; names that differ only in case are told apart by it, else case is ignored."""
        if name in self.columns:
            return name
        lowered = name.lower()
        alike = [column for column in self.columns if column.lower() == lowered]
        return alike[0] if len(alike) == 1 else None


def read_tokens(text: str, scope: Scope) -> list[Token]:
    """The tokens of the text with columns, parameters and functions marked as such."""
    if len(text) > MAX_LENGTH:
        raise ExpressionInvalid(ExpressionCode.TOO_LARGE, f"An expression may have at most {MAX_LENGTH} characters.")
    unreadable = _UNREADABLE.search(text)
    if unreadable is not None:
        position = position_at(text, unreadable.start())
        raise ExpressionInvalid(ExpressionCode.NOT_ALLOWED, "This character is no text.", position)
    try:
        tokens: list[Token] = AuthoringDialect().tokenize(text)
    except TokenError as error:
        raise ExpressionInvalid(
            ExpressionCode.SYNTAX_ERROR, "The text cannot be read; a quote may not be closed.", START
        ) from error
    if not tokens:
        raise ExpressionInvalid(ExpressionCode.SYNTAX_ERROR, "There is no expression.", START)
    if len(tokens) > MAX_TOKENS:
        raise ExpressionInvalid(
            ExpressionCode.TOO_LARGE, f"An expression may have at most {MAX_TOKENS} words and signs."
        )
    _refuse_deep_nesting(text, tokens)
    return _Gate(text, tokens, scope).pass_all()


def position_at(text: str, offset: int) -> Position:
    """Line and column of an offset, both from 1."""
    before = text[:offset]
    return Position(before.count("\n") + 1, offset - before.rfind("\n"))


def _refuse_deep_nesting(text: str, tokens: Sequence[Token]) -> None:
    depth = run = 0
    for token in tokens:
        word = token.text.upper() if token.token_type is not TokenType.STRING else ""
        run = run + 1 if word in _PREFIXES else 0
        depth += (word in {"(", "CASE"}) - (word in {")", "END"})
        if depth > MAX_NESTING or run > MAX_PREFIX_RUN:
            raise ExpressionInvalid(
                ExpressionCode.TOO_LARGE,
                f"Parentheses and CASE may be nested {MAX_NESTING} deep.",
                position_at(text, token.start),
            )


class _Gate:
    """One pass over the tokens with a look at the neighbours."""

    def __init__(self, text: str, tokens: Sequence[Token], scope: Scope) -> None:
        self._text = text
        self._tokens = tokens
        self._scope = scope
        self._keywords = _KEYWORDS | _WINDOW_KEYWORDS if scope.allow_windows else _KEYWORDS

    def pass_all(self) -> list[Token]:
        return [self._pass(index, token) for index, token in enumerate(self._tokens)]

    def _word(self, index: int) -> str:
        if not 0 <= index < len(self._tokens):
            return ""
        token = self._tokens[index]
        return "" if token.token_type in {TokenType.STRING, TokenType.IDENTIFIER} else str(token.text).upper()

    def _is(self, index: int, *kinds: TokenType) -> bool:
        return 0 <= index < len(self._tokens) and self._tokens[index].token_type in kinds

    def _refuse(
        self, code: ExpressionCode, message: str, token: Token, suggestion: str | None = None
    ) -> ExpressionInvalid:
        return ExpressionInvalid(code, message, position_at(self._text, token.start), suggestion=suggestion)

    def _pass(self, index: int, token: Token) -> Token:
        if token.comments:
            raise self._refuse(ExpressionCode.NOT_ALLOWED, "Comments are not possible here.", token)
        if token.token_type in {TokenType.STRING, TokenType.NUMBER}:
            return token
        if token.token_type is TokenType.IDENTIFIER:
            return self._pass_name(token, is_call=self._word(index + 1) == "(")
        word = str(token.text)
        if word in _SIGNS:
            return token
        if not self._is_plain_word(token):
            raise self._refuse(ExpressionCode.NOT_ALLOWED, f"{word} is not possible here.", token)
        if self._word(index - 1) == "$":
            return self._pass_parameter(token)
        return self._pass_word(index, token)

    def _is_plain_word(self, token: Token) -> bool:
        """Whether the token is the word it shows; e'…', x'…' and $$…$$ hide one that is not."""
        written = " ".join(self._text[token.start : token.end + 1].split())
        return written.upper() == str(token.text).upper() and written.replace(" ", "").replace("_", "").isalnum()

    def _pass_parameter(self, token: Token) -> Token:
        name = str(token.text)
        if name not in self._scope.parameters:
            raise self._refuse(
                ExpressionCode.UNKNOWN_PARAMETER,
                f"There is no parameter ${name}.",
                token,
                suggest(name, self._scope.parameters),
            )
        return _as(TokenType.VAR, token, name)

    def _pass_word(self, index: int, token: Token) -> Token:
        word, name = str(token.text).upper(), str(token.text)
        if self._word(index - 1) in _TYPE_LEADERS:
            return self._pass_type(index, token)
        if self._word(index + 1) == "(":
            return self._pass_call(token)
        if word in self._keywords:
            return self._pass_keyword(index, token)
        if word in TYPE_WORDS and self._is(index + 1, TokenType.STRING):
            return token
        if self._is_unit(index, name):
            return _as(TokenType.VAR, token, name)
        return self._pass_name(token, is_call=False)

    def _pass_keyword(self, index: int, token: Token) -> Token:
        if self._word(index) == "INTERVAL" and not self._is(index + 1, TokenType.NUMBER, TokenType.STRING):
            message = "A span is written INTERVAL 3 DAY or INTERVAL (n) DAY."
            raise self._refuse(ExpressionCode.SYNTAX_ERROR, message, token)
        return token

    def _pass_type(self, index: int, token: Token) -> Token:
        name = str(token.text)
        if name.upper() not in TYPE_WORDS:
            message = f"There is no type {name}."
            raise self._refuse(ExpressionCode.UNKNOWN_TYPE, message, token, suggest(name, TYPE_WORDS))
        if name.upper() in {"DECIMAL", "NUMERIC"} and self._word(index + 1) != "(":
            message = "A decimal states its digits."
            raise self._refuse(ExpressionCode.UNKNOWN_TYPE, message, token, "DECIMAL(18, 2)")
        return token

    def _is_unit(self, index: int, name: str) -> bool:
        if find_part(name) is None:
            return False
        if self._word(index - 2) == "EXTRACT":
            return True
        return self._word(index - 2) == "INTERVAL" or self._closes_interval(index - 1)

    def _closes_interval(self, index: int) -> bool:
        """Whether the token here is the closing parenthesis of ``INTERVAL (…)``."""
        if self._word(index) != ")":
            return False
        depth = 0
        for before in range(index, -1, -1):
            depth += (self._word(before) == ")") - (self._word(before) == "(")
            if depth == 0:
                return self._word(before - 1) == "INTERVAL"
        return False

    def _pass_call(self, token: Token) -> Token:
        word, name = str(token.text).upper(), str(token.text)
        if word in _BEFORE_PARENTHESIS or (self._scope.allow_windows and word == "OVER"):
            return token
        function = find_function(name)
        if function is not None:
            return _as(TokenType.VAR, token, function.name)
        raise self._refuse(
            ExpressionCode.UNKNOWN_FUNCTION, f"There is no function {name}.", token, suggest_function(name)
        )

    def _pass_name(self, token: Token, *, is_call: bool) -> Token:
        name = str(token.text)
        if is_call:
            raise self._refuse(ExpressionCode.NOT_ALLOWED, "A function is written without quotes.", token)
        column = self._scope.find_column(name)
        if column is None:
            suggestion = find_hint(name) or suggest(name, self._scope.columns)
            raise self._refuse(ExpressionCode.UNKNOWN_COLUMN, f"There is no column {name}.", token, suggestion)
        return _as(TokenType.IDENTIFIER, token, column)


def _as(kind: TokenType, token: Token, text: str) -> Token:
    return Token(kind, text, token.line, token.col, token.start, token.end)
