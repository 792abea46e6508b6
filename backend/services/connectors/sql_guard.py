"""The first of three walls around author queries: one statement, a SELECT, that reads and nothing else.

The second wall is the database: the text is prepared alone, as a single statement, inside a READ ONLY
transaction. The third is the role the operator gives the connector. The guard exists to refuse early, with a
reason a person understands.
"""

from __future__ import annotations

import re
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError, TokenError

from backend.services.connectors.faults import QueryRefused, QuerySyntaxInvalid

MAX_QUERY_LENGTH: Final = 100_000

_ONLY_READS: Final = "Only queries that read are allowed: SELECT, with parts prepared by WITH."
_FIRST_WORDS: Final = frozenset({"SELECT", "WITH", "("})
_NOT_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
_ESCAPED_NAME: Final = re.compile(r'[uU]&"')
_QUERIES: Final = (exp.Select, exp.SetOperation, exp.Subquery)
_WRITES: Final = (exp.DML, exp.DDL, exp.Command, exp.Copy, exp.Set, exp.Transaction, exp.Commit, exp.Rollback)

# Functions that write, reach files or other servers, change the session or hold locks, though they stand in a SELECT.
_FORBIDDEN_PREFIXES: Final = (
    "asynchronous_connection_failover_",
    "audit_log_",
    "dblink",
    "group_replication_",
    "keyring_",
    "lo_",
    "loread",
    "lowrite",
    "pg_advisory",
    "pg_try_advisory",
    "pg_create_",
    "pg_drop_",
    "pg_file_",
    "pg_log_",
    "pg_logical_",
    "pg_ls_",
    "pg_promote",
    "pg_read_",
    "pg_reload",
    "pg_replication_",
    "pg_rotate",
    "pg_stat_file",
    "pg_stat_reset",
    "pg_switch_",
    "pg_wal_replay",
    "utl_",
    "dbms_",
    "version_tokens_",
    "wait_",
)
_FORBIDDEN_FUNCTIONS: Final = frozenset(
    {
        "benchmark",
        "cursor_to_xml",
        "database_to_xml",
        "get_lock",
        "load_file",
        "lastval",
        "master_gtid_wait",
        "master_pos_wait",
        "nextval",
        "openquery",
        "openrowset",
        "pg_backup_start",
        "pg_backup_stop",
        "pg_cancel_backend",
        "pg_export_snapshot",
        "pg_notify",
        "pg_sleep",
        "pg_sleep_for",
        "pg_sleep_until",
        "pg_terminate_backend",
        "query_to_xml",
        "query_to_xml_and_xmlschema",
        "query_to_xmlschema",
        "release_all_locks",
        "release_lock",
        "schema_to_xml",
        "set_config",
        "setval",
        "sleep",
        "source_pos_wait",
        "sys_eval",
        "sys_exec",
        "sys_get",
        "sys_set",
        "table_to_xml",
        "xp_cmdshell",
    }
)


def check_query(sql: str, *, dialect: str) -> str:
    """The query without a closing semicolon. Raises QueryRefused or QuerySyntaxInvalid."""
    if not sql.strip():
        raise QueryRefused("The query is empty.", fix="Write a SELECT.")
    if len(sql) > MAX_QUERY_LENGTH:
        raise QueryRefused(f"The query is longer than {MAX_QUERY_LENGTH} characters.", fix="Move parts into a view.")
    if _NOT_TEXT.search(sql):
        raise QueryRefused("The query holds characters that are not text.", fix="Type the query anew.")
    _check_start(sql, dialect)
    statements = _parse(sql, dialect)
    if len(statements) != 1:
        raise QueryRefused("The query holds several statements.", fix="Keep one SELECT; WITH may prepare its parts.")
    statement = statements[0]
    if not isinstance(statement, _QUERIES):
        raise QueryRefused(f"The query is {_title(statement)}, not a SELECT.", fix=_ONLY_READS)
    for node in statement.walk():
        _check_node(node)
    return _without_semicolon(sql, dialect)


def _check_start(sql: str, dialect: str) -> None:
    """Refuse by the first word: statements the parser has no grammar for never get to it."""
    tokens = _tokens(sql, dialect)
    first = tokens[0].text.upper() if tokens else ""
    if first not in _FIRST_WORDS:
        beginning = f"begins with {first}" if first.isalpha() else "holds no statement"
        raise QueryRefused(f"The query {beginning}; it must be a SELECT.", fix=_ONLY_READS)
    if _ESCAPED_NAME.search(sql):
        raise QueryRefused('Names written as U&"..." hide what they name.', fix="Write the name itself in quotes.")


def _tokens(sql: str, dialect: str) -> list[sqlglot.Token]:
    try:
        return sqlglot.tokenize(sql, dialect=dialect)
    except TokenError as error:
        raise _syntax_invalid("a text, name or comment never ends", None, None) from error


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
    except SqlglotError as error:
        raise _syntax_invalid(None, None, None) from error
    except RecursionError as error:
        raise QueryRefused("The query is nested too deeply.", fix="Split it with WITH.") from error


def _check_node(node: exp.Expr) -> None:
    if isinstance(node, _WRITES):
        raise QueryRefused(f"The query contains {_title(node)}.", fix=_ONLY_READS)
    if isinstance(node, exp.Into):
        raise QueryRefused("SELECT INTO writes a table.", fix="Remove the INTO clause.")
    if isinstance(node, exp.Lock):
        raise QueryRefused("FOR UPDATE and FOR SHARE lock rows.", fix="Remove the locking clause.")
    name = _function_name(node)
    if name in _FORBIDDEN_FUNCTIONS or name.startswith(_FORBIDDEN_PREFIXES):
        raise QueryRefused(
            f"The function {name} may not be called in a source query.",
            fix="It writes, waits, or reaches outside the database; read the data itself.",
        )


def _function_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""


def _without_semicolon(sql: str, dialect: str) -> str:
    """Cut at the closing semicolon, found as a token; only comments can follow it."""
    tokens = _tokens(sql, dialect)
    while tokens and tokens[-1].text == ";":
        sql = sql[: tokens.pop().start]
    return sql.rstrip()


def _title(node: exp.Expr) -> str:
    word = str(node.this).upper() if isinstance(node, exp.Command) else node.key.upper()
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
