"""Whether two texts of SQL differ in more than spaces, line breaks, comments and the case of keywords."""

from __future__ import annotations

from typing import Final

import sqlglot
from sqlglot.errors import SqlglotError

EXPRESSIONS: Final = "duckdb"
QUERIES: Final = "postgres"


def differs_only_in_form(before: str, after: str, dialect: str = EXPRESSIONS) -> bool:
    """Whether both give the same tree. Texts that cannot be read differ in more than form."""
    if before == after:
        return True
    old, new = _canonical(before, dialect), _canonical(after, dialect)
    return old is not None and old == new


def _canonical(sql: str, dialect: str) -> str | None:
    try:
        trees = sqlglot.parse(sql, read=dialect)
    except (SqlglotError, RecursionError):
        return None
    if len(trees) != 1 or trees[0] is None:
        return None
    return trees[0].sql(dialect=dialect, comments=False)
