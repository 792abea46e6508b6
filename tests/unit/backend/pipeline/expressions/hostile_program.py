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
from pathlib import Path

import polars as pl
import pyarrow as pa
import yaml

from backend.domain.expressions import ExpressionInvalid, parse_expression
from backend.domain.expressions.functions.table import FUNCTIONS
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT
from backend.pipeline.expressions.bindings import TABLE_SCHEMA, Bindings, ReferenceTables
from backend.pipeline.expressions.compiler import compile_expression
from backend.pipeline.expressions.reference_table import ReferenceTable
from backend.pipeline.expressions.set_sql import SetEngine

COUNT = 5_000
PAYLOADS: dict[str, list[str]] = yaml.load(
    Path(__file__).with_name("hostile_payloads.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
#: Forms that are hostile by their size or depth.
LARGE = (
    "-" * 50 + "n",
    "NOT " * 60 + "p",
    "(" * 300 + "a" + ")" * 300,
    "upper(" * 200 + "a" + ")" * 200,
    "CASE WHEN p THEN " * 200 + "a" + " END" * 200,
    "n" + " + n" * 3000,
    "n" + "::BIGINT" * 900,
    "a" + " || a" * 1500,
    "p" + " AND p" * 1500,
    "n" + " IS NULL" * 800,
    "a" * 30_000,
    "'" + "x" * 19_000 + "'",
    "[" * 500,
    "{" * 500,
    "'" * 501,
    '"' * 501,
    "a" + " LIKE a" * 500,
    "d" + " AT TIME ZONE 'UTC'" * 300,
)
COLUMNS = {"a": TEXT, "b": TEXT, "n": INTEGER, "d": DATE, "p": BOOLEAN}
WATCHED = (
    "open",
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.putenv",
    "ctypes.dlopen",
    "exec",
)


def hostile_expressions(source: random.Random) -> Iterator[str]:
    """Every payload as it is, then payloads wrapped and disguised at random, without end."""
    calls = [
        f"{name}({arguments})" for name in PAYLOADS["functions"] for arguments in ("'{path}'", "", "a", "'{path}', a")
    ]
    payloads = [*calls, *PAYLOADS["statements"], *PAYLOADS["forms"], *LARGE]
    for payload in payloads:
        yield _filled(payload, source)
    while True:
        wrapper, payload = source.choice(PAYLOADS["wrappers"]), _filled(source.choice(payloads), source)
        yield _disguised(wrapper.replace("{0}", payload), source)


def _filled(payload: str, source: random.Random) -> str:
    return payload.replace("{path}", source.choice(PAYLOADS["paths"])).replace("{long}", "x" * 5_000)


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
        return (
            text[:at]
            + source.choice(("\x00", "\u202e", "\ufeff", "\ud83d", "'", '"', ";", "--", "/*", "\\"))
            + text[at:]
        )
    if disguise == 4:
        return "".join(source.choice(string.printable) for _ in range(source.randrange(1, 60)))
    return text


class WatchedEnvironment(MutableMapping[str, str]):
    """The environment, with the name of every variable that is looked at."""

    def __init__(self, variables: dict[str, str]) -> None:
        self.variables: dict[str, str] = variables
        self.looked_at: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.looked_at.add(key)
        return self.variables[key]

    def __setitem__(self, key: str, value: str) -> None:
        self.looked_at.add(f"{key}=")
        self.variables[key] = value

    def __delitem__(self, key: str) -> None:
        self.looked_at.add(f"{key}=")
        del self.variables[key]

    def __iter__(self) -> Iterator[str]:
        self.looked_at.add("*")
        return iter(self.variables)

    def __len__(self) -> int:
        return len(self.variables)


FRAME = pl.DataFrame(
    {
        "row_number": [1, 2],
        "a": ["x", None],
        "b": ["y", ""],
        "n": [1, 0],
        "d": [date(2024, 1, 31), None],
        "p": [True, None],
    }
)


class EveryTable(ReferenceTables):
    """Reference data that has a table, an empty one, of every name."""

    def find_table(self, name: str) -> ReferenceTable:
        return ReferenceTable(pl.DataFrame(schema=TABLE_SCHEMA))


BINDINGS = Bindings(date(2024, 6, 3), {}, EveryTable())


def judge(text: str, outcomes: Counter[str]) -> None:
    """Refused with a named reason, or computed by functions of the table alone."""
    try:
        expression = parse_expression(text, COLUMNS, allow_windows=True)
    except ExpressionInvalid as refusal:
        is_placed = refusal.line >= 1 and refusal.column >= 1
        outcomes[str(refusal.reason) if is_placed else "refused without a place"] += 1
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
    for text in (
        "count(*) OVER (PARTITION BY a) = 1",
        "lei_valid(a) AND timezone('Europe/Paris', d + INTERVAL 1 DAY) > d",
    ):
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
    highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
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
            {"outcomes": outcomes, "opened": opened, "looked_at": sorted(environment.looked_at), "slowest": slowest}
        )
    )


if __name__ == "__main__":
    main()
