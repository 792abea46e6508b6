"""Eligibility: the first decision of a report that holds for a record has it reported, excluded or held.

A decision that cannot be evaluated is a blocking finding of the row, unless an earlier one holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from backend.domain.reports.analysis import ProgramDecision
from backend.domain.reports.document import DecisionKind, EligibilityDecision
from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck
from backend.pipeline.expressions.compiler import Compiler
from backend.pipeline.expressions.terms import Compiled
from backend.pipeline.findings import DECISION_SCHEMA

ELIGIBILITY_RULE: Final = "ELIGIBILITY"
ROW_NUMBER: Final = "row_number"
#: The place of a row that cannot be judged because a key is missing: it is set aside.
UNJUDGED: Final = -1
_NEVER: Final = pl.lit(value=False)


@dataclass(frozen=True, slots=True)
class CompiledEligibility:
    """``place`` is the number of the deciding decision, NULL where none holds: the record is reported.

    ``absences`` are, per decision, the rows that it cannot judge because an input lacks a key, and its columns.
    """

    decisions: tuple[EligibilityDecision, ...]
    place: pl.Expr
    checks: tuple[CompiledCheck, ...]
    absences: tuple[tuple[Mapping[str, pl.Expr], Collection[str]], ...]

    def decide(self, frame: pl.DataFrame, record_key: pl.Expr) -> pl.DataFrame:
        """What is decided about every row (DECISION_SCHEMA)."""
        codes = {number: one.code for number, one in enumerate(self.decisions)}
        kinds = {number: one.decision.value for number, one in enumerate(self.decisions)}
        placed = frame.lazy().select(ROW_NUMBER, record_key.alias("record_key"), self.place.alias("place"))
        place, text = pl.col("place"), pl.String
        return placed.select(
            ROW_NUMBER,
            "record_key",
            place.replace_strict(kinds, default=DecisionKind.REPORT.value, return_dtype=text).alias("decision"),
            place.replace_strict(codes, default=None, return_dtype=text).alias("code"),
        ).collect(engine="in-memory")

    def is_reported(self) -> pl.Expr:
        """Whether a row stays in the report."""
        out = [number for number, one in enumerate(self.decisions) if one.decision is not DecisionKind.REPORT]
        return ~self.place.is_in(out).fill_null(value=False)


def compile_eligibility(decisions: Sequence[ProgramDecision], compiler: Compiler) -> CompiledEligibility | None:
    """The decisions of a report, or None when it has none."""
    if not decisions:
        return None
    compiled = [compiler.compile(one.expression) for one in decisions]
    absent = [pl.any_horizontal(_NEVER, *one.absent.values()) for one in compiled]
    holds = [one.value.fill_null(value=False) for one in compiled]
    places = [
        pl.when(condition).then(pl.lit(place, dtype=pl.Int32))
        for number in range(len(compiled))
        for condition, place in ((absent[number], UNJUDGED), (holds[number], number))
    ]
    reached = [~pl.any_horizontal(_NEVER, *absent[:number], *holds[:number]) for number in range(len(compiled))]
    return CompiledEligibility(
        decisions=tuple(one.decision for one in decisions),
        place=pl.coalesce(places),
        checks=tuple(_checks(decisions, compiled, reached)),
        absences=tuple(
            (
                {name: missing & reached[number] for name, missing in compiled[number].absent.items()},
                one.expression.columns,
            )
            for number, one in enumerate(decisions)
        ),
    )


def no_decisions() -> pl.DataFrame:
    """Of a report that decides nothing."""
    return pl.DataFrame(schema=DECISION_SCHEMA)


def _checks(
    decisions: Sequence[ProgramDecision], compiled: Sequence[Compiled], reached: Sequence[pl.Expr]
) -> Iterable[CompiledCheck]:
    for one, condition, is_reached in zip(decisions, compiled, reached, strict=True):
        if condition.error is None or condition.failed is None:
            continue
        code = one.decision.code
        yield CompiledCheck(
            f"{ELIGIBILITY_RULE}-{code}",
            Severity.BLOCKING,
            f"The decision {code} cannot be evaluated.",
            tuple(sorted(one.expression.columns)),
            pl.lit(value=True),
            condition.error,
            condition.failed & is_reached,
        )
