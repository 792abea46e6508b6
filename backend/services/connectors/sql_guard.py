"""The first of three walls around author queries: one statement, a SELECT, that reads and nothing else.

The second wall is the database: the text is prepared alone, as a single statement, inside a READ ONLY
transaction. The third is the role the operator gives the connector. The guard exists to refuse early, with a
reason a person understands.

It looks twice. First at the tokens, as the server of the dialect would read them (``sql_grammar``): words and names
of functions that do more than read (``sql_rules``), and a semicolon that is not the last. Then a parser reads what is
left when comments and the content of texts are taken out, so that nothing in them can lead it astray.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from backend.services.connectors.faults import QueryRefused, QuerySyntaxInvalid
from backend.services.connectors.sql_grammar import Part, Token, is_filled, read_tokens, refused, without_literals
from backend.services.connectors.sql_rules import ONLY_READS, RULES, Rules

MAX_QUERY_LENGTH: Final = 100_000

_FIRST_WORDS: Final = frozenset({"SELECT", "WITH", "("})
#: What stands behind a parenthesis is a statement then, unless it is a function.
_STATEMENTS: Final = frozenset(
    {
        *("ALTER", "CALL", "COPY", "CREATE", "DELETE", "DROP", "EXECUTE"),
        *("EXPLAIN", "GRANT", "INSERT", "LOCK", "MERGE", "PRAGMA", "PREPARE"),
        *("RENAME", "REPLACE", "RESET", "REVOKE", "SET", "TRUNCATE", "UPDATE"),
        "VACUUM",
    }
)
_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_A_FILE: Final = re.compile(r"[./\\:*?\[]|\w\.\w")
_QUERIES: Final = (exp.Select, exp.SetOperation, exp.Subquery)
_WRITES: Final = (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Set, exp.Transaction, exp.Commit, exp.Rollback)
#: The parser stumbles over some texts that are no SQL.
_STUMBLES: Final = (AttributeError, LookupError, TypeError, ValueError)
_CALLABLE: Final = frozenset({Part.WORD, Part.NAME, Part.TEXT})


def check_query(sql: str, *, dialect: str) -> str:
    """The query without a closing semicolon. Raises QueryRefused or QuerySyntaxInvalid."""
    rules = RULES[dialect]
    if not sql.strip():
        raise QueryRefused("The query is empty.", fix="Write a SELECT.")
    if len(sql) > MAX_QUERY_LENGTH:
        raise QueryRefused(f"The query is longer than {MAX_QUERY_LENGTH} characters.", fix="Move parts into a view.")
    if _NOT_TEXT.search(sql):
        raise QueryRefused("The query holds characters that are not text.", fix="Type the query anew.")
    tokens = list(read_tokens(sql, rules.grammar))
    end = len(sql)
    while tokens and tokens[-1].word == ";":
        end = tokens.pop().start
    _check_start(tokens)
    _check_tokens(sql, tokens, rules)
    _check_tree(without_literals(sql[:end], tokens), dialect, rules)
    return sql[:end].rstrip()


def _check_start(tokens: Sequence[Token]) -> None:
    """Refuse by the first word: statements the parser has no grammar for never get to it."""
    first = tokens[0].word if tokens else ""
    if first not in _FIRST_WORDS:
        beginning = f"begins with {first}" if first.isalpha() else "holds no statement"
        raise QueryRefused(f"The query {beginning}; it must be a SELECT.", fix=ONLY_READS)


def _check_tokens(sql: str, tokens: Sequence[Token], rules: Rules) -> None:
    before = ""
    for place, token in enumerate(tokens):
        following = tokens[place + 1].word if place + 1 < len(tokens) else ""
        word = token.word
        if word == ";":
            raise _several()
        reason = rules.words.get((word,)) or rules.words.get((word, following))
        if reason is not None:
            raise refused(sql, token.start, *reason)
        if word in _STATEMENTS and before in ("(", ")") and following != "(":
            raise refused(sql, token.start, f"the query contains {_with_article(word)}", ONLY_READS)
        if token.part in _CALLABLE:
            _check_name(sql, token, before, following, rules)
        before = word


def _check_name(sql: str, token: Token, before: str, following: str, rules: Rules) -> None:
    """A name with parentheses is a call; some servers call without them what stands behind a point."""
    name = _bare(token)
    is_called = following == "("
    if is_called and not name.isascii():
        raise refused(
            sql,
            token.start,
            f"the function {name!a} is not written in plain letters",
            "A server may read it as another name; use letters from A to Z.",
        )
    is_called = is_called or (rules.calls_behind_point and before == ".") or (rules.has_packages and following == ".")
    if is_called and rules.functions.fullmatch(name) is not None:
        raise QueryRefused(
            f"The function {name.lower()} may not be called in a source query.",
            fix="It writes, waits, or reaches outside the database; read the data itself.",
        )


def _bare(token: Token) -> str:
    if token.part is Part.WORD:
        return token.text
    quote = token.text[-1]
    return token.text[1:-1].replace(quote * 2, quote)


def _check_tree(plain: str, dialect: str, rules: Rules) -> None:
    statements = _parse(plain, dialect)
    if len(statements) != 1:
        raise _several()
    statement = statements[0]
    if not isinstance(statement, _QUERIES):
        raise QueryRefused(f"The query is {_title(statement)}, not a SELECT.", fix=ONLY_READS)
    for node in statement.walk():
        _check_node(node)
        if isinstance(node, exp.Table):
            _check_table(node, rules)


def _parse(sql: str, dialect: str) -> list[exp.Expr]:
    try:
        return [
            statement
            for statement in sqlglot.parse(sql, dialect=dialect)
            if statement is not None and not isinstance(statement, exp.Semicolon)
        ]
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        raise _syntax_invalid(place.get("description"), place.get("line"), place.get("col")) from error
    except (SqlglotError, *_STUMBLES) as error:
        raise _syntax_invalid(None, None, None) from error
    except RecursionError as error:
        raise QueryRefused("The query is nested too deeply.", fix="Split it with WITH.") from error


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, _WRITES):
        raise QueryRefused(f"The query contains {_title(node)}.", fix=ONLY_READS)
    if isinstance(node, exp.Into):
        raise QueryRefused("SELECT INTO writes a table.", fix="Remove the INTO clause.")
    if isinstance(node, exp.Lock):
        raise QueryRefused("FOR UPDATE and FOR SHARE lock rows.", fix="Remove the locking clause.")


def _check_table(table: exp.Table, rules: Rules) -> None:
    """What stands where a table does: a function, a file, a table of another server."""
    if len(table.parts) > rules.name_parts:
        raise QueryRefused(
            f"The table {table.name} is named with its server.", fix="Make a connector for that server, or a view here."
        )
    function = table.this
    if isinstance(function, exp.Func):
        name = str(function.name if isinstance(function, exp.Anonymous) else function.sql_name()).lower()
        if rules.table_functions is not None and name not in rules.table_functions:
            raise QueryRefused(
                f"The function {name} may not stand in the place of a table.",
                fix=f"Read a table, or one of: {', '.join(sorted(rules.table_functions))}.",
            )
    elif rules.tables_are_files and (is_filled(table.name) or _A_FILE.search(table.name)):
        raise QueryRefused(
            "A text or the name of a file stands in the place of a table.", fix="Name an input of the report."
        )


def _several() -> QueryRefused:
    return QueryRefused("The query holds several statements.", fix="Keep one SELECT; WITH may prepare its parts.")


def _title(node: exp.Expr) -> str:
    return _with_article(str(node.this).upper() if isinstance(node, exp.Command) else node.key.upper())


def _with_article(word: str) -> str:
    return f"an {word}" if word[:1] in "AEIOU" else f"a {word}"


def _syntax_invalid(description: object, line: object, column: object) -> QuerySyntaxInvalid:
    place = f"Line {line}, column {column}: " if line and column else ""
    # The parser describes a token by its own fields, which help nobody.
    reason = str(description).partition(" but got <Token")[0].rstrip(".") if description else "the query cannot be read"
    return QuerySyntaxInvalid(
        f"{place}{reason}.",
        fix="Correct the SQL; it is read in the dialect of the connector's kind.",
        extra={"line": line, "column": column} if place else {},
    )
