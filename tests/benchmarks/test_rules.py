"""Rules over a million records, against one pass of Polars written by hand over the same predicates.

Both read the same batches, in the size that runs judge, and give the rows that fail; rounds alternate in one process.
The floor says which rows fail, the product besides that for each rule with its words, and what it cannot evaluate.

Two sets of fifty rules are measured. The plain ones are comparisons of a few nanoseconds each, so that what the
product adds to a predicate shows most; a set of rules of other kinds has nothing to do with them. The typical ones are
mixed as the rules of a transaction report are: formats, check digits, lists of codes, what must be there, lookups,
and what fields say of each other. Two hundred rules are those and thirty more of each kind.

The values are those of such a report: of the ten columns of each kind the first has one value (the sender), the next
few to some hundred (branches, venues, counterparties), the last two one in every row or nearly (clients, references).
About one value in a hundred of most columns is missing or wrong. ``OPENREG_BENCH_ROWS`` (default 1,000,000) and
``OPENREG_BENCH_ROUNDS`` (default 5) set the size. What is compared is the processor time: runs keep every core busy.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from string import ascii_uppercase, digits

import polars as pl
import pytest
from stdnum import isin as stdnum_isin

from backend.domain.expressions.lookups import ReferenceShape
from backend.domain.expressions.types import DATE, INTEGER, TEXT, DataType, decimal
from backend.domain.reports.analysis import Surroundings, analyse
from backend.domain.reports.document import ReportDocument
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.expressions.bindings import Bindings, ReferenceTables
from backend.pipeline.expressions.buffers import Bytes, Flags
from backend.pipeline.expressions.kernels.check_digits import (
    ISIN_LENGTH,
    LEI_LENGTH,
    check_column,
    isin_passes,
    lei_passes,
)
from backend.pipeline.plan import ROWS_PER_BATCH
from backend.pipeline.program import compile_program
from backend.pipeline.steps.validate import validate
from backend.services.run_supervisor import RUN_ENVIRONMENT
from tests.factories.pipeline_runs import CONNECTOR
from tests.harness.figures import show

ROWS = int(os.environ.get("OPENREG_BENCH_ROWS", "1000000"))
ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "5"))
DAY = date(2026, 11, 20)
#: The speed of 50 rules as a part of the floor's, and the time of 200 in that of 50.
MIN_SPEED = 0.6
MAX_GROWTH = 5
KINDS = 10
FAULTY = 0.01
ALPHANUMERIC = digits + ascii_uppercase
ISIN_FORM = "^[A-Z]{2}[A-Z0-9]{9}[0-9]$"
COLUMNS: dict[str, DataType] = {
    **{f"text_{n}": TEXT for n in range(KINDS)},
    **{f"amount_{n}": decimal(18, 2) for n in range(KINDS)},
    **{f"number_{n}": INTEGER for n in range(KINDS)},
    **{f"day_{n}": DATE for n in range(KINDS)},
    **{f"lei_{n}": TEXT for n in range(KINDS)},
    **{f"isin_{n}": TEXT for n in range(KINDS)},
}
#: How many values the columns of a kind have in a batch; more than it has rows: each row its own.
DISTINCT = (1, 5, 20, 100, 200, 500, 1_000, 2_000, 8_000, 100_000)
CODES = {f"C{number}": f"T{number}" for number in range(10_000)}

Predicate = tuple[str, pl.Expr]
CompiledChecks = tuple[CompiledCheck, ...]


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


def typical_rules() -> list[Predicate]:
    """Fifty predicates as a transaction report has them, and the same in Polars with the product's own check digits.

    Eleven formats, four LEIs, one ISIN, fourteen lists of codes, five that must be there, four ranges, nine over
    several fields, two lookups: the mix that evaluating rules by Polars was chosen for.
    """
    found: list[Predicate] = []
    known = list(CODES)
    for n in range(9):
        lei, text, number = pl.col(f"lei_{n}"), pl.col(f"text_{n}"), pl.col(f"number_{n}")
        found += [
            (f"regexp_matches(lei_{n}, '^[A-Z0-9]{{18}}[0-9]{{2}}$')", lei.str.contains("^[A-Z0-9]{18}[0-9]{2}$")),
            (f"text_{n} <> 'C1' OR number_{n} >= 500", (text != "C1") | (number >= 500)),
        ]
    for n in (5, 9):
        isin, text = pl.col(f"isin_{n}"), pl.col(f"text_{n}")
        found += [
            (f"regexp_matches(isin_{n}, '^[A-Z]{{2}}[A-Z0-9]{{9}}[0-9]$')", isin.str.contains(ISIN_FORM)),
            (f"map('codes', text_{n}) IS NOT NULL", text.is_in(known).fill_null(value=False)),
        ]
    found.append(("isin_valid(isin_9)", _checked(pl.col("isin_9"), ISIN_LENGTH, isin_passes)))
    for n in range(14):
        listed = known[: 20 + n]
        codes = ", ".join(f"'{code}'" for code in listed)
        found.append((f"text_{n % KINDS} IN ({codes})", pl.col(f"text_{n % KINDS}").is_in(listed)))
    for n in range(4):
        amount, lei = pl.col(f"amount_{n}"), pl.col(f"lei_{2 * n}")
        found += [
            (f"lei_valid(lei_{2 * n})", _checked(lei, LEI_LENGTH, lei_passes)),
            (f"amount_{n} BETWEEN -999999.99 AND 999999.99", _between(amount, Decimal("999999.99"))),
        ]
    return [*found, *((f"lei_{n} IS NOT NULL", pl.col(f"lei_{n}").is_not_null()) for n in range(5))]


def _between(amount: pl.Expr, limit: Decimal) -> pl.Expr:
    return (amount >= -limit) & (amount <= limit)


def batches() -> list[pl.DataFrame]:
    """Records whose values fail a rule now and then, in the size that runs judge."""
    chance = random.Random(20261120)
    size = min(ROWS, ROWS_PER_BATCH)
    makers: dict[str, Callable[[int], object]] = {
        "text": lambda number: f"C{number % len(CODES)}",
        "lei": lambda _: lei_of("".join(chance.choices(ALPHANUMERIC, k=18))),
        "isin": lambda _: isin_of("".join((*chance.choices(ascii_uppercase, k=2), *chance.choices(ALPHANUMERIC, k=9)))),
    }
    pools = {
        f"{kind}_{n}": _drawn([make(number) for number in range(min(count, size))], size, chance)
        for kind, make in makers.items()
        for n, count in enumerate(DISTINCT)
    }
    for n in range(KINDS):
        pools[f"amount_{n}"] = [Decimal(chance.randrange(-100_000_000, 100_000_000)) / 100 for _ in range(size)]
        pools[f"number_{n}"] = [chance.randrange(100_000) for _ in range(size)]
        pools[f"day_{n}"] = [DAY - timedelta(days=chance.randrange(1800)) for _ in range(size)]
    types = {name: pl.Decimal(18, 2) for name in pools if name.startswith("amount")}
    pool = pl.DataFrame(pools, schema_overrides=types)
    made = []
    for first in range(0, ROWS, size):
        rows = min(size, ROWS - first)
        turns = {name: chance.randrange(size) for name in COLUMNS}
        turned = [pl.concat([pool[name][turn:], pool[name][:turn]], rechunk=True) for name, turn in turns.items()]
        numbers = pl.Series("row_number", range(first + 1, first + rows + 1), dtype=pl.Int64)
        made.append(pl.DataFrame(turned).head(rows).with_columns(numbers))
    return made


def _drawn(values: Sequence[object], rows: int, chance: random.Random) -> list[object]:
    """Each value in turn where there is one for every row, else any; one in a hundred is missing or wrong."""
    drawn = list(values) if len(values) == rows else chance.choices(values, k=rows)
    return [chance.choice((None, "?")) if chance.random() < FAULTY else value for value in drawn]


def lei_of(stem: str) -> str:
    return f"{stem}{98 - int(''.join(str(int(c, 36)) for c in stem + '00')) % 97:02}"


def isin_of(stem: str) -> str:
    return stem + stdnum_isin.calc_check_digit(stem)


def _checked(text: pl.Expr, length: int, passes: Callable[[Sequence[Bytes]], Flags]) -> pl.Expr:
    return text.map_batches(partial(check_column, length=length, check=passes), return_dtype=pl.Boolean())


def compiled(predicates: Sequence[str]) -> CompiledChecks:
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


def by_product(frames: Sequence[pl.DataFrame], checks: CompiledChecks) -> int:
    return sum(validate(frame, checks).height for frame in frames)


def measured(
    frames: Sequence[pl.DataFrame], by_name: Mapping[str, Sequence[pl.Expr] | CompiledChecks]
) -> dict[str, tuple[float, int]]:
    """Processor seconds and rows found of each, in turn."""
    found = {}
    for name, one in by_name.items():
        began = time.process_time()
        rows = by_product(frames, one) if isinstance(one, tuple) else by_hand(frames, one)
        found[name] = (time.process_time() - began, rows)
    return found


def test_rules_cost_little_more_than_their_predicates(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the processes of runs are started.
    for name, value in RUN_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with ProcessPoolExecutor(1, get_context("spawn")) as process:
        best, found, sizes = process.submit(_best).result()
    assert sizes == [50, 50, 50, 50, 200]
    for name in ("plain", "typical"):
        assert found[name] == found[f"{name} by hand"] > 0
    speeds = {name: best[f"{name} by hand"] / best[name] for name in ("plain", "typical")}
    growth = best["all"] / best["typical"]
    figures = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in best.items())
    shares = ", ".join(f"{name} {speed:.0%}" for name, speed in speeds.items())
    show(f"{ROWS} rows: {figures}; of the floor: {shares}; 200 rules {growth:.2f} x")
    assert min(speeds.values()) >= MIN_SPEED
    assert growth <= MAX_GROWTH


def _best() -> tuple[dict[str, float], dict[str, int], list[int]]:
    """The least seconds of each, the rows it found, and how many rules each has."""
    frames = batches()
    by_hand_and_product: dict[str, Sequence[pl.Expr] | CompiledChecks] = {}
    for name, rules in (("plain", plain_rules()), ("typical", typical_rules())):
        by_hand_and_product[f"{name} by hand"] = [one for _, one in rules]
        by_hand_and_product[name] = compiled([sql for sql, _ in rules])
    by_hand_and_product["all"] = compiled([*(sql for sql, _ in typical_rules()), *further_rules()])
    rounds = [measured(frames, by_hand_and_product) for _ in range(ROUNDS + 1)]
    # The first round warms up; what disturbs a round only ever makes it longer.
    best = {name: min(one[name][0] for one in rounds[1:]) for name in by_hand_and_product}
    found = {name: rows for name, (_, rows) in rounds[0].items()}
    return best, found, [len(one) for one in by_hand_and_product.values()]
