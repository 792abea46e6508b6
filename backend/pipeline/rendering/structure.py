"""Whether a record can be written so that the message's schema accepts it, decided on columns before rendering.

The checks are derived from the pack: a record that passes all of them is valid against the official schema, and a
record the schema would refuse fails at least one. They exist in two forms with one meaning: as expressions, one by
one, and as a checker that answers for whole frames at a tenth of the cost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Final

import polars as pl

from backend.domain.regulations.model import Condition, Message, TargetColumn
from backend.pipeline.rendering.demands import Demand, StructureWalk, Wording
from backend.pipeline.rendering.facets import Facet, list_facets
from backend.pipeline.rendering.frame_facts import FrameFacts, Rows, list_conditions
from backend.pipeline.rendering.presence import either, negated

RULE_ID: Final = "MR-01"


@dataclass(frozen=True, slots=True)
class StructureCheck:
    """One demand of the message's structure. ``ok``: true or null passes. ``fields`` are the regulation's numbers."""

    rule_id: str
    columns: tuple[str, ...]
    fields: tuple[int, ...]
    message: str
    ok: pl.Expr


@dataclass(frozen=True, slots=True)
class StructureFailure:
    """A demand that records of a frame fail; ``rows`` is true where they do."""

    rule_id: str
    columns: tuple[str, ...]
    fields: tuple[int, ...]
    message: str
    rows: pl.Series


def structure_checks(
    message: Message, columns: Mapping[str, TargetColumn], mapped: Collection[str]
) -> list[StructureCheck]:
    """The checks of a report that maps these columns; each runs over the target frame on its own."""
    walk: StructureWalk[pl.Expr] = StructureWalk(_Expressions(frozenset(mapped)), Wording(columns))
    demands = list(walk.demands(message.record))
    for name in walk.places:
        if name in mapped:
            elsewhere = negated(walk.places[name].filled)
            demands += [
                Demand((name,), f"{columns[name].title} {facet.demand}", either(elsewhere, facet.ok))
                for facet in list_facets(columns[name])
            ]
    return [
        StructureCheck(RULE_ID, demand.columns, *_describe(demand, columns), _expression(demand.ok))
        for demand in demands
        if demand.ok is not True
    ]


class StructureChecker:
    """All checks of a report at once. Safe to call from several threads."""

    def __init__(self, message: Message, columns: Mapping[str, TargetColumn], mapped: Collection[str]) -> None:
        self._columns: Final = columns
        self._mapped: Final = frozenset(name for name in mapped if name in columns)
        self._record: Final = message.record
        self._conditions: Final = list_conditions(message.record)
        self._wording: Final = Wording(columns)
        self._facets: Final[dict[str, list[Facet]]] = {name: list(list_facets(columns[name])) for name in self._mapped}

    def find_failures(self, target: pl.DataFrame) -> list[StructureFailure]:
        """What is wrong in a target frame; empty when every record can be written."""
        if target.is_empty():
            return []
        facts = FrameFacts(target, self._mapped, self._conditions)
        walk: StructureWalk[Rows] = StructureWalk(facts, self._wording)
        failures = [self._failure(demand, demand.ok, target) for demand in walk.demands(self._record)]
        failures += [
            self._failure(demand, either(negated(walk.places[demand.columns[0]].filled), demand.ok), target)
            for demand in self._failed_facets(target, facts)
            if demand.columns[0] in walk.places
        ]
        return [failure for failure in failures if failure is not None]

    def _failed_facets(self, target: pl.DataFrame, facts: FrameFacts) -> Iterator[Demand[Rows]]:
        wanted = [
            (name, facet)
            for name, facets in self._facets.items()
            if facts.has_value(name) is not False
            for facet in facets
        ]
        found = target.select(facet.ok.alias(str(number)) for number, (_, facet) in enumerate(wanted))
        passed = found.select(pl.all().all()).row(0) if wanted else ()
        for number, (name, facet) in enumerate(wanted):
            if not passed[number]:
                text = f"{self._columns[name].title} {facet.demand}"
                yield Demand((name,), text, found.to_series(number).fill_null(value=True).to_numpy())

    def _failure(self, demand: Demand[Rows], ok: Rows | bool, target: pl.DataFrame) -> StructureFailure | None:
        if ok is True or (not isinstance(ok, bool) and ok.all()):
            return None
        rows = pl.repeat(True, target.height, eager=True) if isinstance(ok, bool) else pl.Series(~ok)
        return StructureFailure(RULE_ID, demand.columns, *_describe(demand, self._columns), rows)


class _Expressions:
    """Answers as expressions over the target frame; columns that are not mapped never have a value."""

    def __init__(self, mapped: frozenset[str]) -> None:
        self._mapped = mapped

    def has_value(self, column: str) -> pl.Expr | bool:
        """Where the column is not null."""
        return pl.col(column).is_not_null() if column in self._mapped else False

    def holds(self, condition: Condition) -> pl.Expr | bool:
        """Where the column has one of the values of the condition."""
        if condition.column not in self._mapped:
            return False
        column = pl.col(condition.column)
        nowhere: pl.Expr | bool = False
        return reduce(either, (column.eq_missing(pl.lit(value)) for value in condition.values), nowhere)


def _describe(
    demand: Demand[Rows] | Demand[pl.Expr], columns: Mapping[str, TargetColumn]
) -> tuple[tuple[int, ...], str]:
    fields = tuple(dict.fromkeys(columns[name].field for name in demand.columns))
    numbers = ", ".join(map(str, fields))
    return fields, f"Field{'s' if len(fields) > 1 else ''} {numbers}: {demand.text}"


def _expression(ok: pl.Expr | bool) -> pl.Expr:
    return ok if isinstance(ok, pl.Expr) else pl.repeat(ok, pl.len(), dtype=pl.Boolean)
