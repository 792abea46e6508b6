"""sqlglot's DuckDB dialect with everything taken out that expressions do not need.

Functions stay what the author wrote (sqlglot would rewrite many of them for other engines); only the forms
with their own grammar (CAST, TRY_CAST, EXTRACT, CASE) keep their parsers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.errors import ErrorLevel, ParseError
from sqlglot.tokenizer_core import Token

from backend.domain.expressions.errors import START, ExpressionCode, ExpressionInvalid, Position

TYPE_WORDS: Final = frozenset(
    {
        *("VARCHAR", "TEXT", "STRING", "BIGINT", "INTEGER", "INT", "DECIMAL", "NUMERIC", "DOUBLE", "DOUBLE PRECISION"),
        *("BOOLEAN", "BOOL", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_US"),
    }
)
"""The types a CAST may name."""

_KEPT_FORMS: Final = ("CAST", "TRY_CAST", "EXTRACT")
_Grammar: Any = DuckDB.Parser


class QueryDialect(DuckDB):
    """DuckDB's tokens and precedence, with no function known by name: the grammar of one SELECT."""

    class Parser(_Grammar):  # type: ignore[misc]  # sqlglot states no types
        """Every call stays what the author wrote."""

        FUNCTIONS: ClassVar[Mapping[str, object]] = {}
        FUNCTION_PARSERS: ClassVar[Mapping[str, object]] = {
            form: _Grammar.FUNCTION_PARSERS[form] for form in _KEPT_FORMS
        }
        NO_PAREN_FUNCTIONS: ClassVar[Mapping[object, object]] = {}
        NO_PAREN_FUNCTION_PARSERS: ClassVar[Mapping[str, object]] = {"CASE": _Grammar.NO_PAREN_FUNCTION_PARSERS["CASE"]}
        LAMBDAS: ClassVar[Mapping[object, object]] = {}


class AuthoringDialect(QueryDialect):
    """The grammar of one expression: nothing in it is a query."""

    class Parser(QueryDialect.Parser):
        """A SELECT has no form of its own here."""

        SUBQUERY_PREDICATES: ClassVar[Mapping[object, object]] = {}
        QUERY_MODIFIER_PARSERS: ClassVar[Mapping[object, object]] = {}


def parse_tokens(tokens: Sequence[Token], text: str) -> exp.Expression:
    """The syntax tree of tokens that ``vocabulary.read_tokens`` has let pass."""
    parser = AuthoringDialect().parser(error_level=ErrorLevel.IMMEDIATE)
    try:
        trees = parser.parse_into(exp.Condition, list(tokens), text)
    except ParseError as error:
        raise syntax_error(error) from error
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionInvalid(ExpressionCode.SYNTAX_ERROR, "This is not one expression.", START)
    return cast("exp.Expression", trees[0])


def syntax_error(error: ParseError) -> ExpressionInvalid:
    """What the parser stumbled over, at its place."""
    details = error.errors[-1] if error.errors else {}
    line, end_column = details.get("line"), details.get("col")
    highlight = str(details.get("highlight") or "")
    if not isinstance(line, int) or not isinstance(end_column, int):
        return ExpressionInvalid(ExpressionCode.SYNTAX_ERROR, "This is not an expression.", START)
    position = Position(line, max(1, end_column - max(0, len(highlight) - 1)))
    return ExpressionInvalid(
        ExpressionCode.SYNTAX_ERROR, f"Something is missing or misplaced near {highlight!r}.", position
    )
