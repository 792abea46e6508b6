"""Random rule sets on random rows find what a slow evaluator in plain Python finds, and set aside the same records."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, decimal
from backend.domain.reports.analysis import Surroundings, analyse
from backend.domain.reports.document import ReportDocument
from backend.domain.validation.rule_sets import RULES, RuleSetVersionContent
from backend.pipeline.context import StepMeter
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.input_reader import InputReader
from backend.pipeline.judge import BatchJudge
from backend.pipeline.program import compile_program
from backend.pipeline.set_pass import run_set_pass
from tests.factories.documents import plain_document
from tests.factories.random_rules import NotEvaluable, RandomRules, Row, Tree, rows_of

pytestmark = pytest.mark.thorough

DAY = date(2026, 2, 1)
ROWS, BATCH = 60, 17
COLUMNS = {
    "trade_id": TEXT, "quantity": INTEGER, "fee": INTEGER, "price": decimal(18, 6), "book": TEXT, "note": TEXT,
    "trade_date": DATE, "is_own": BOOLEAN,
}  # fmt: skip
SCHEMA = pa.schema(
    [
        ("trade_id", pa.string()),
        ("quantity", pa.int64()),
        ("fee", pa.int64()),
        ("price", pa.decimal128(18, 6)),
        ("book", pa.string()),
        ("note", pa.string()),
        ("trade_date", pa.date32()),
        ("is_own", pa.bool_()),
    ]
)
FIELDS = {f"x_{name}": name for name in COLUMNS}
#: (row, rule, severity); what cannot be evaluated is blocking.
Finding = tuple[int, str, str]


@dataclass(frozen=True)
class RandomRule:
    """A rule of a set, and whether it judges on the day."""

    id: str
    phase: str
    severity: str
    tree: Tree
    judges: bool
    document: dict[str, Any]


def random_rule(random: Random, number: int) -> RandomRule:
    phase = random.choice(["source", "source", "target", "target", "set"])
    maker = RandomRules(random, "" if phase == "source" else "x_", may_fail=phase != "set")
    tree = maker.set_condition() if phase == "set" else maker.condition(random.randint(0, 3))
    severity = random.choice(["correctable", "correctable", "warning", "blocking"])
    is_enabled = random.random() < 0.9
    days = random.choice(
        [{}, {}, {}, {"valid_from": "2026-02-01"}, {"valid_from": "2026-02-02"}, {"valid_to": "2026-02-01"}]
    )
    in_force = days in ({}, {"valid_from": "2026-02-01"})
    document = {
        "id": f"R-{number}", "title": "Random", "phase": phase, "severity": severity, "expression": tree.sql,
        "message": "It fails.", "scope": "whole_set" if phase == "set" else "record", "is_enabled": is_enabled, **days,
    }  # fmt: skip
    return RandomRule(f"R-{number}", phase, severity, tree, is_enabled and in_force, document)


def judged(rules: Sequence[RandomRule], condition: Tree | None, rows: Sequence[Row], scratch: Path) -> Any:
    """What OpenReg finds: the rules in two sets, judged in batches."""
    halves = (rules[: len(rules) // 2], rules[len(rules) // 2 :])
    sets = {
        name: RuleSetVersionContent(name, 1, "0" * 64, RULES.validate_python([one.document for one in half]))
        for name, half in zip(("first", "second"), halves, strict=True)
    }
    raw = plain_document("01a202ec-88cf-74a3-9b06-6d1f4a0b7a10", fields=FIELDS, record_key=["x_trade_id"])
    raw |= {"rule_sets": list(sets), "filter": condition.sql if condition else None}
    program = analyse(ReportDocument.model_validate(raw), None, COLUMNS, Surroundings(rule_sets=sets))
    bindings = Bindings(DAY)
    compiled = compile_program(program, None, bindings, ["x_trade_id"])
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), file, row_group_size=25)
    file.seek(0)
    reader = InputReader(file)
    engine = SetEngine(temp_directory=scratch)
    verdicts = run_set_pass(reader, program, compiled, partial(engine.evaluate, bindings=bindings))
    judge = BatchJudge(compiled, verdicts, StepMeter())
    findings: set[Finding] = set()
    aside: dict[int, list[str]] = {}
    reported: list[int] = []
    for batch in reader.batches(0, BATCH):
        one = judge.judge(batch)
        findings |= {(f["row_number"], f["rule_id"], f["severity"]) for f in one.findings.details.iter_rows(named=True)}
        aside |= {e["row_number"]: e["rule_ids"] for e in one.findings.exceptions.iter_rows(named=True)}
        reported += one.target["row_number"].to_list()
    return findings, aside, reported


def expected(rules: Sequence[RandomRule], condition: Tree | None, rows: Sequence[Row]) -> Any:
    """The same, said slowly: row by row, rule by rule."""
    findings: set[Finding] = set()
    aside: dict[int, list[str]] = {}
    reported: list[int] = []
    kept = [one for one in rows if condition is None or condition.value(one, rows) is True]

    def fails(rule: RandomRule, number: int, row: Row) -> bool:
        try:
            is_failure = rule.tree.value(row, kept) is False
        except NotEvaluable:
            findings.add((number, rule.id, "blocking"))
            return False
        if is_failure:
            findings.add((number, rule.id, rule.severity))
        return is_failure and rule.severity == "correctable"

    def of(*phases: str) -> list[RandomRule]:
        return [one for phase in phases for one in rules if one.phase == phase and one.judges]

    for number, row in enumerate(rows, 1):
        if not any(row is one for one in kept):
            continue
        out = [one.id for one in of("source", "set") if fails(one, number, row)]
        out = out or [one.id for one in of("target") if fails(one, number, row)]
        if out:
            aside[number] = out
        else:
            reported.append(number)
    return findings, aside, reported


def compare(seed: int, scratch: Path) -> int:
    """One rule set on rows of its own; how many findings there were."""
    random = Random(seed)
    rows = rows_of(random, ROWS)
    rules = [random_rule(random, number) for number in range(random.randint(1, 8))]
    condition = RandomRules(random, may_fail=False).condition(1) if random.random() < 0.3 else None
    found, wanted = judged(rules, condition, rows, scratch), expected(rules, condition, rows)
    told = f"seed {seed}: " + "; ".join(f"{one.id} {one.phase} {one.tree.sql}" for one in rules)
    assert found[0] == wanted[0], f"{told}\n{sorted(found[0] ^ wanted[0])[:10]}"
    assert found[1:] == wanted[1:], told
    return len(wanted[0])


def test_random_rule_sets_find_what_a_slow_evaluator_finds(tmp_path: Path) -> None:
    found = [compare(seed, tmp_path) for seed in range(30)]
    assert sum(one > 0 for one in found) > 20, "most rule sets find something"


@pytest.mark.long
@pytest.mark.parametrize("first", range(0, 1_000, 50))
def test_a_thousand_random_rule_sets_find_what_a_slow_evaluator_finds(tmp_path: Path, first: int) -> None:
    found = [compare(seed, tmp_path) for seed in range(first, first + 50)]
    assert sum(one > 0 for one in found) > 30
