"""Rules over a million records, against one pass of Polars written by hand over the same predicates.

Both read the same batches, in the size that runs judge, and give the rows that fail; rounds alternate in one process.
The floor says which rows fail, the product besides that for each rule with its words, and what it cannot evaluate.
``OPENREG_BENCH_ROWS`` (default 1,000,000) and ``OPENREG_BENCH_ROUNDS`` (default 5) set the size.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

import polars as pl

from backend.domain.expressions.lookups import ReferenceShape
from backend.domain.expressions.types import DATE, INTEGER, TEXT, DataType, decimal
from backend.domain.reports.analysis import Surroundings, analyse
from backend.domain.reports.document import ReportDocument
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.expressions.bindings import Bindings, ReferenceTables
from backend.pipeline.plan import ROWS_PER_BATCH
from backend.pipeline.program import compile_program
from backend.pipeline.steps.validate import validate
from tests.factories.pipeline_runs import CONNECTOR

ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
DAY = date(2026, 11, 20)
#: The speed of 50 rules as a part of the floor's, and the time of 200 in that of 50.
MIN_SPEED = 0.6
MAX_GROWTH = 5
KINDS = 10
COLUMNS: dict[str, DataType] = {
    **{f"text_{n}": TEXT for n in range(KINDS)},
    **{f"amount_{n}": decimal(18, 2) for n in range(KINDS)},
    **{f"number_{n}": INTEGER for n in range(KINDS)},
    **{f"day_{n}": DATE for n in range(KINDS)},
    **{f"lei_{n}": TEXT for n in range(KINDS)},
    **{f"isin_{n}": TEXT for n in range(KINDS)},
}
LEIS = ("529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86", "5493001KJTIIGC8Y1R12")
ISINS = ("DE0007164600", "FR0000131104", "US0378331005")
CODES = {f"C{number}": f"T{number}" for number in range(1000)}

Predicate = tuple[str, pl.Expr]


def plain_rules() -> list[Predicate]:
    """Fifty predicates as people write them, and the same in Polars."""
    found: list[Predicate] = []
    for n in range(KINDS):
        other = (n + 1) % KINDS
        text, amount, number, day = (pl.col(f"{kind}_{n}") for kind in ("text", "amount", "number", "day"))
        found += [
            (f"amount_{n} > -999999.99", amount > Decimal("-999999.99")),
            (f"text_{n} IS NOT NULL AND length(text_{n}) <= 5", text.is_not_null() & (text.str.len_chars() <= 5)),
            (f"text_{n} NOT IN ('C1', 'C2', 'C3')", ~text.is_in(["C1", "C2", "C3"])),
            (f"number_{n} BETWEEN 1 AND 99998", number.is_between(1, 99_998)),
            (
                f"day_{n} <= DATE '2026-11-20' OR number_{other} < 10",
                (day <= DAY) | (pl.col(f"number_{other}") < 10),
            ),
        ]
    return found


def further_rules() -> Iterator[str]:
    """Thirty each with patterns, check digits, lookups, dates, and over several fields."""
    for n in range(KINDS):
        a, b = (n + 1) % KINDS, (n + 2) % KINDS
        yield from (
            f"regexp_matches(text_{n}, '^C[0-9]{{1,3}}$')",
            f"regexp_matches(isin_{n}, '^[A-Z]{{2}}[A-Z0-9]{{9}}[0-9]$')",
            f"NOT regexp_matches(lei_{n}, '[^A-Z0-9]')",
            f"lei_valid(lei_{n})",
            f"isin_valid(isin_{n})",
            f"lei_valid(nullif(lei_{n}, lei_{a}))",
            f"map('codes', text_{n}) IS NOT NULL",
            f"coalesce(map('codes', text_{n}, day_{n}), 'T') <> 'T1'",
            f"map('codes', concat('C', CAST(number_{n} % 1000 AS VARCHAR))) IS NOT NULL",
            f"day_{n} > DATE '2020-01-01' + INTERVAL 1 DAY",
            f"date_part('year', day_{n}) >= 2021",
            f"day_{n} <= day_{a} + INTERVAL 4000 DAY",
            f"amount_{n} <= amount_{a} + 3000000",
            f"text_{n} <> text_{a} OR number_{n} >= 0",
            f"CASE WHEN number_{n} > 50000 THEN amount_{n} > -999999.5 ELSE number_{b} >= 0 END",
        )


def batches() -> list[pl.DataFrame]:
    """Records whose values fail a rule now and then, in the size that runs judge."""
    chance = random.Random(20261120)
    size = min(ROWS, ROWS_PER_BATCH)
    pool = {
        "text": [f"C{chance.randrange(1000)}" for _ in range(size)],
        "amount": [Decimal(chance.randrange(-100_000_000, 100_000_000)) / 100 for _ in range(size)],
        "number": [chance.randrange(100_000) for _ in range(size)],
        "day": [DAY - timedelta(days=chance.randrange(1800)) for _ in range(size)],
        "lei": [chance.choice(LEIS) for _ in range(size)],
        "isin": [chance.choice(ISINS) for _ in range(size)],
    }
    made = []
    for first in range(0, ROWS, size):
        rows = min(size, ROWS - first)
        columns = {}
        for name in COLUMNS:
            values = pool[name.partition("_")[0]]
            turn = chance.randrange(size)
            columns[name] = (values[turn:] + values[:turn])[:rows]
        types = {name: pl.Decimal(18, 2) for name in columns if name.startswith("amount")}
        numbers = pl.Series("row_number", range(first + 1, first + rows + 1), dtype=pl.Int64)
        made.append(pl.DataFrame(columns, schema_overrides=types).with_columns(numbers))
    return made


def compiled(predicates: Sequence[str]) -> tuple[CompiledCheck, ...]:
    rules = [
        {
            "id": f"OWN-{number}",
            "title": "A rule",
            "phase": "source",
            "severity": "warning",
            "expression": predicate,
            "message": "It is not so.",
        }
        for number, predicate in enumerate(predicates)
    ]
    document = ReportDocument.model_validate(
        {
            "source": {"connector_id": CONNECTOR, "query": "select 1"},
            "fields": {"text": "text_0"},
            "rules": rules,
            "outputs": [{"format": "csv"}],
        }
    )
    program = analyse(document, None, COLUMNS, Surroundings(reference={"codes": ReferenceShape({"value": TEXT}, True)}))
    bindings = Bindings(DAY, reference=ReferenceTables({"codes": CODES}))
    return compile_program(program, None, bindings, ()).source_checks


def by_hand(frames: Sequence[pl.DataFrame], predicates: Sequence[pl.Expr]) -> int:
    """The rows that fail, found in one query per batch."""
    failed = 0
    oks = [one.fill_null(value=True).alias(str(number)) for number, one in enumerate(predicates)]
    for frame in frames:
        masks = frame.lazy().select("row_number", *oks).collect(engine="in-memory")
        numbers = masks["row_number"]
        failed += sum(numbers.filter(~masks[str(number)]).len() for number in range(len(oks)))
    return failed


def by_product(frames: Sequence[pl.DataFrame], checks: Sequence[CompiledCheck]) -> int:
    return sum(validate(frame, checks).height for frame in frames)


def seconds_of(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def test_rules_cost_little_more_than_their_predicates() -> None:
    frames, plain = batches(), plain_rules()
    fifty = compiled([sql for sql, _ in plain])
    all_rules = compiled([*(sql for sql, _ in plain), *further_rules()])
    assert (len(fifty), len(all_rules)) == (50, 200)
    taken: dict[str, list[float]] = {"floor": [], "fifty": [], "two hundred": []}
    for number in range(ROUNDS + 1):
        floor, expected = seconds_of(lambda: by_hand(frames, [one for _, one in plain]))
        ours, found = seconds_of(lambda: by_product(frames, fifty))
        assert found == expected > 0
        more, _ = seconds_of(lambda: by_product(frames, all_rules))
        if number:
            for name, seconds in zip(taken, (floor, ours, more), strict=True):
                taken[name].append(seconds)
    floor, ours, more = (statistics.median(seconds) for seconds in taken.values())
    speed, growth = floor / ours, more / ours
    figures = f"floor {floor:.2f} s, 50 rules {ours:.2f} s ({speed:.0%}), 200 rules {more:.2f} s ({growth:.2f} x)"
    print(f"{ROWS} rows: {figures}")  # noqa: T201 - the figures
    assert speed >= MIN_SPEED
    assert growth <= MAX_GROWTH
