"""Whether a record can be written so that the message's schema accepts it, decided on columns before rendering.

The checks are derived from the pack: a record that passes all of them is valid against the official schema, and a
record the schema would refuse fails at least one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import polars as pl

from backend.domain.regulations.model import Element, TargetColumn
from backend.pipeline.rendering.demands import Demand, StructureWalk, Wording
from backend.pipeline.rendering.facets import Facet, list_facets
from backend.pipeline.rendering.frame_facts import FrameFacts, list_conditions
from backend.pipeline.rendering.presence import either, negated

RULE_ID: Final = "MR-01"


@dataclass(frozen=True, slots=True)
class StructureFailure:
    """A demand that records of a frame fail: ``rows`` is true where.

    ``fields`` are the regulation's numbers, none where columns have none (number 0).
    """

    rule_id: str
    columns: tuple[str, ...]
    fields: tuple[int, ...]
    message: str
    rows: pl.Series


class RecordChecker(Protocol):
    """Says which records of a target frame cannot be written as a message."""

    def find_failures(self, target: pl.DataFrame) -> list[StructureFailure]:
        """What is wrong; empty when every record can be written."""


class StructureChecker:
    """The structure checks of a report that maps these columns. Safe to call from several threads."""

    def __init__(
        self, record: Element, columns: Mapping[str, TargetColumn], mapped: Collection[str], rule_id: str = RULE_ID
    ) -> None:
        self._rule_id: Final = rule_id
        self._columns: Final = columns
        self._mapped: Final = tuple(name for name in mapped if name in columns)
        self._record: Final = record
        self._conditions: Final = list_conditions(record)
        self._wording: Final = Wording(columns)
        self._facets: Final[dict[str, list[Facet]]] = {name: list(list_facets(columns[name])) for name in self._mapped}

    def find_failures(self, target: pl.DataFrame) -> list[StructureFailure]:
        """What is wrong in a target frame; empty when every record can be written."""
        if target.is_empty():
            return []
        facts = FrameFacts(target, self._mapped, self._conditions)
        walk = StructureWalk(facts, self._wording)
        failures = [self._failure(demand, target.height) for demand in walk.demands(self._record)]
        for name, demand in self._failed_facets(target, facts):
            if name in walk.places:
                ok = either(negated(walk.places[name].filled), demand.ok)
                failures.append(self._failure(Demand(demand.columns, demand.text, ok), target.height))
        return [failure for failure in failures if failure is not None]

    def _failed_facets(self, target: pl.DataFrame, facts: FrameFacts) -> Iterator[tuple[str, Demand]]:
        """The facets that some value fails, wherever that value would be written."""
        filled = (name for name in self._mapped if facts.has_value(name) is not False)
        wanted = [(name, facet) for name in filled for facet in self._facets[name]]
        found = target.select(facet.ok.alias(str(number)) for number, (_, facet) in enumerate(wanted))
        passed = found.select(pl.all().all()).row(0) if wanted else ()
        for number, (name, facet) in enumerate(wanted):
            if not passed[number]:
                ok = found.to_series(number).fill_null(value=True).to_numpy()
                yield name, Demand((name,), f"{self._wording.title(name)} {facet.demand}", ok)

    def _failure(self, demand: Demand, height: int) -> StructureFailure | None:
        ok = demand.ok
        if ok is True or (not isinstance(ok, bool) and ok.all()):
            return None
        rows = pl.repeat(value=True, n=height, eager=True) if isinstance(ok, bool) else pl.Series(~ok)
        fields = tuple(dict.fromkeys(filter(None, (self._columns[name].field for name in demand.columns))))
        numbers = f"Field{'s' if len(fields) > 1 else ''} {', '.join(map(str, fields))}: " if fields else ""
        return StructureFailure(self._rule_id, demand.columns, fields, f"{numbers}{demand.text}", rows)
