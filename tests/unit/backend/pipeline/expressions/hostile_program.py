"""Run by a test in a process of its own: thousands of hostile expressions, with every way out watched.

After a warm-up the process may open no further file or socket (its descriptor limit is what it already uses),
Python's audit events of files, sockets and processes are recorded, and so is every look at the environment.
Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import resource
import string
import sys
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from datetime import date

import polars as pl
import pyarrow as pa

from backend.domain.expressions import ExpressionInvalid, parse_expression
from backend.domain.expressions.functions.table import FUNCTIONS
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT
from backend.pipeline.expressions.bindings import TABLE_SCHEMA, Bindings, ReferenceTables
from backend.pipeline.expressions.compiler import compile_expression
from backend.pipeline.expressions.set_sql import SetEngine

COUNT = 5_000
COLUMNS = {"a": TEXT, "b": TEXT, "n": INTEGER, "d": DATE, "p": BOOLEAN}
WATCHED = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.putenv", "ctypes.dlopen", "exec")
PATHS = ("/etc/passwd", "/proc/self/environ", "http://127.0.0.1:1/x", "s3://bucket/key", "~/.ssh/id_rsa", "\\\\host\\share")

FUNCTIONS_OF_DUCKDB = (
    *("read_csv", "read_csv_auto", "read_parquet", "read_json", "read_json_auto", "read_text", "read_blob", "read_ndjson"),
    *("glob", "getenv", "current_setting", "set_config", "pragma_database_list", "duckdb_settings", "duckdb_secrets"),
    *("sniff_csv", "parquet_scan", "query", "query_table", "sql_auto_complete", "postgres_scan", "sqlite_scan", "which_secret"),
    *("current_database", "current_schema", "current_user", "version", "pg_read_file", "lo_import", "load_extension"),
    *("list_transform", "apply", "list_filter", "list_value", "struct_pack", "map_from_entries", "unnest", "range"),
    *("generate_series", "repeat", "system", "exec", "eval", "__import__", "open", "random", "uuid", "gen_random_uuid"),
    *("now", "today", "hash", "md5", "sha256", "add_parquet_key", "write_log", "error", "nextval", "txid_current", "printf"),
    *("json_extract", "from_json", "array_agg", "string_agg", "median", "row_number", "lag", "columns", "try", "cast_to_type"),
    *("getvariable", "enable_logging", "checkpoint", "force_checkpoint", "test_all_types", "repeat_row", "arrow_scan"),
)
STATEMENTS = (
    "SELECT 1", "(SELECT 1)", "(SELECT content FROM read_text('{path}'))", "EXISTS (SELECT 1)", "n IN (SELECT n FROM rows)",
    "ATTACH '{path}' AS x", "COPY (SELECT 1) TO '{path}'", "COPY rows FROM '{path}'", "INSTALL httpfs", "LOAD httpfs",
    "PRAGMA database_list", "SET enable_external_access = true", "RESET memory_limit", "CREATE TABLE t (a INT)",
    "DROP TABLE rows", "INSERT INTO rows VALUES (1)", "UPDATE rows SET a = 1", "DELETE FROM rows", "CALL pragma_version()",
    "EXPORT DATABASE '{path}'", "IMPORT DATABASE '{path}'", "EXECUTE q", "PREPARE q AS SELECT 1", "VACUUM", "CHECKPOINT",
    "FROM '{path}'", "FROM rows", "TABLE rows", "VALUES (1)", "WITH t AS (SELECT 1) SELECT * FROM t", "DESCRIBE rows",
    "SHOW TABLES", "USE main", "BEGIN", "EXPLAIN SELECT 1", "CREATE SECRET (TYPE S3)", "CREATE MACRO f() AS 1",
)  # fmt: skip
FORMS = (
    "a; DROP TABLE rows", "a -- comment", "a /* comment */", "a /* open", "-- only", "a;", ";", "lambda x: x", "x -> x + 1",
    "list_transform([1], x -> x)", "[1, 2, 3]", "[1][1]", "{{'k': 1}}", "{{'k': 1}}.k", "a[1]", "a[1:2]", "a.b", "main.a.b", "rows.a",
    "a.*", "*", "COLUMNS(*)", "COLUMNS('a.*')", "struct_extract(a, 'x')", "a.upper()", "(a).b", "ROW(1, 2)", "(1, 2)", "(a, b) = (1, 2)",
    "MAP {{'k': 1}}", "a::JSON", "a::BLOB", "a::INT[]", "a::STRUCT(k INT)", "CAST(a AS ENUM('x'))", "a::UUID", "a::HUGEINT",
    "$1", "?", ":name", "@a", "a := 1", "upper(a => 'x')", "upper(DISTINCT a)", "upper(a ORDER BY a)", "upper(a) FILTER (WHERE p)",
    "upper(a) OVER ()", "a COLLATE nocase", "a GLOB '*'", "a ~ 'x'", "a SIMILAR TO 'x'", "a ILIKE 'x'", "a ^ 2", "n ** 2", "n << 1",
    "n & 1", "~n", "n!", "@@x", "a IS JSON", "CURRENT_DATE", "CURRENT_TIMESTAMP", "e'\\x41'", "x'41'", "$$text$$", "$t$text$t$",
    "U&'\\0041'", "N'a'", "b'1'", "'a' 'b'", "\"{path}\"", "'{path}'", "\"read_text\"('{path}')", "`a`", "[a]", "a AS b", "a b",
    "CASE WHEN p", "CAST(a AS", "((a)", "a))", "'open", "\"open", "a ||", "|| a", "NOT", "INTERVAL", "n IN ()", "n BETWEEN 1",
    "INTERVAL 1 DAY", "date (date (date (date (date (date (date (date (date (date (date (date (n))))))))))))",
    "decimal (decimal (decimal (decimal (decimal (decimal (decimal (decimal (decimal (n)))))))))",
    "regexp_matches(a, '(a+)+$')", "regexp_matches(a, '(?=a)b')", "regexp_matches(a, '(a)\\1')", "regexp_matches(a, 'a{{1000}}{{1000}}')",
    "regexp_matches(a, '((((((((((((((((((((((((((a))))))))))))))))))))))))))')", "regexp_matches(a, '(a{{999}}){{999}}')",
    "lpad(a, 2000000000, 'x')", "repeat(a, 1000000000)", "replace(replace(a, 'a', '{long}'), 'x', '{long}')",
    "strftime(d, '%n%Z%c')", "timezone('../../etc/passwd', d)", "timezone('{path}', d)", "map('{path}', a)", "lookup('{path}', a)",
    "9999999999999999999999999999999999999999999", "1e999999", "0x7fffffff", "1_000", "1/0", "n / 0", "a + 1", "-" * 50 + "n",
    "NOT " * 60 + "p", "(" * 300 + "a" + ")" * 300, "upper(" * 200 + "a" + ")" * 200, "CASE WHEN p THEN " * 200 + "a" + " END" * 200,
    "n" + " + n" * 3000, "n" + "::BIGINT" * 900, "a" + " || a" * 1500, "p" + " AND p" * 1500, "n" + " IS NULL" * 800, "a" * 30_000,
    "'" + "x" * 19_000 + "'", "[" * 500, "{{" * 500, "'" * 501, '"' * 501, "a" + " LIKE a" * 500, "d" + " AT TIME ZONE 'UTC'" * 300,
)  # fmt: skip
WRAPPERS = (
    "{0}", " {0} ", "({0})", "a = ({0})", "upper({0})", "coalesce(a, {0})", "CASE WHEN {0} THEN a ELSE b END",
    "CASE WHEN p THEN {0} ELSE NULL END", "n IN (1, {0})", "p AND {0}", "{0} OR p", "NOT {0}", "CAST({0} AS VARCHAR)", "({0})::BIGINT",
    "'{0}'", "a || {0}", "d + INTERVAL ({0}) DAY", "count({0}) OVER ()", "sum(n) OVER (PARTITION BY {0})", "a LIKE {0}", "\"{0}\"",
    "a; {0}", "{0}; a", "a -- {0}", "a /* {0} */", "extract(year from {0})", "{0} IS NULL", "a BETWEEN {0} AND {0}", "timezone({0}, d)",
)  # fmt: skip


def hostile_expressions(source: random.Random) -> Iterator[str]:
    """Every payload as it is, then payloads wrapped and disguised at random, without end."""
    calls = [f"{name}({arguments})" for name in FUNCTIONS_OF_DUCKDB for arguments in ("'{path}'", "", "a", "'{path}', a")]
    payloads = [*calls, *STATEMENTS, *FORMS]
    for payload in payloads:
        yield _filled(payload, source)
    while True:
        wrapper, payload = source.choice(WRAPPERS), _filled(source.choice(payloads), source)
        yield _disguised(wrapper.replace("{0}", payload), source)


def _filled(payload: str, source: random.Random) -> str:
    filled = payload.replace("{path}", source.choice(PATHS)).replace("{long}", "x" * 5_000)
    return filled.replace("{{", "{").replace("}}", "}")


def _disguised(text: str, source: random.Random) -> str:
    disguise = source.randrange(9)
    if disguise == 0:
        return "".join(source.choice((character.upper(), character.lower())) for character in text)
    if disguise == 1:
        return text.replace(" ", source.choice(("\n", "\t", "\u00a0", "\u200b", "/**/", "\u2003")))
    if disguise == 2:
        return text.translate({ord("a"): "\u0430", ord("e"): "\u0435", ord("o"): "\uff4f"})
    if disguise == 3:
        at = source.randrange(len(text) + 1)
        return text[:at] + source.choice(("\x00", "\u202e", "\ufeff", "\ud83d", "'", '"', ";", "--", "/*", "\\")) + text[at:]
    if disguise == 4:
        return "".join(source.choice(string.printable) for _ in range(source.randrange(1, 60)))
    return text


class WatchedEnvironment(MutableMapping[str, str]):
    """The environment, with every reading counted."""

    def __init__(self, values: dict[str, str]) -> None:
        self.values_, self.reads = values, 0

    def __getitem__(self, key: str) -> str:
        self.reads += 1
        return self.values_[key]

    def __setitem__(self, key: str, value: str) -> None:
        self.reads += 1
        self.values_[key] = value

    def __delitem__(self, key: str) -> None:
        del self.values_[key]

    def __iter__(self) -> Iterator[str]:
        self.reads += 1
        return iter(self.values_)

    def __len__(self) -> int:
        return len(self.values_)


FRAME = pl.DataFrame(
    {"row_number": [1, 2], "a": ["x", None], "b": ["y", ""], "n": [1, 0], "d": [date(2024, 1, 31), None], "p": [True, None]}
)


class EveryTable(ReferenceTables):
    """Reference data that has a table, an empty one, of every name."""

    def find_table(self, name: str) -> pl.DataFrame:
        return pl.DataFrame(schema=TABLE_SCHEMA)


BINDINGS = Bindings(date(2024, 6, 3), {}, EveryTable())


def judge(text: str, outcomes: Counter[str]) -> None:
    """Refused with a named reason, or computed by functions of the table alone."""
    try:
        expression = parse_expression(text, COLUMNS, allow_windows=True)
    except ExpressionInvalid as refusal:
        outcomes[str(refusal.reason)] += 1
        assert refusal.line >= 1
        assert refusal.column >= 1
        return
    assert expression.functions <= set(FUNCTIONS) | {"interval"}, text
    outcomes["accepted"] += 1
    if expression.has_windows and expression.type == BOOLEAN:
        table = FRAME.to_arrow()
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches())
        SetEngine().evaluate(reader, expression, BINDINGS)
    elif not expression.has_windows:
        compiled = compile_expression(expression, BINDINGS)
        FRAME.lazy().select(compiled.value).collect()


def main() -> None:
    """Warm up, lock the doors, judge, report."""
    outcomes: Counter[str] = Counter()
    warm_up = random.Random(0)
    texts = hostile_expressions(warm_up)
    for _ in range(1_200):
        judge(next(texts), Counter())
    for text in ("count(*) OVER (PARTITION BY a) = 1", "lei_valid(a) AND timezone('Europe/Paris', d + INTERVAL 1 DAY) > d"):
        judge(text, Counter())
    for name in ("ccy_valid(a)", "country_valid(a)", "upper(a || 'é')", "strptime(a, '%Y-%m-%d')"):
        judge(name, Counter())
    opened: list[str] = []
    armed = False

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if armed and event.startswith(WATCHED):
            opened.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(hook)
    environment = WatchedEnvironment(dict(os.environ))
    os.environ = environment  # type: ignore[assignment]  # noqa: B003 - to count who looks
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))
    armed = True
    source, slowest = random.Random(20_240_603), (0.0, "")
    judged = hostile_expressions(source)
    for _ in range(COUNT):
        text = next(judged)
        started = time.process_time()
        judge(text, outcomes)
        slowest = max(slowest, (time.process_time() - started, text[:80]))
    armed = False
    print(  # noqa: T201 - the answer to the test
        json.dumps(
            {"outcomes": outcomes, "opened": opened, "environment_reads": environment.reads, "slowest": slowest}
        )
    )


if __name__ == "__main__":
    main()
