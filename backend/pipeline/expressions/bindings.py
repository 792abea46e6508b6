"""What an expression needs from its run besides rows: the reporting date, parameters and reference tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Final, Protocol

import polars as pl

from backend.domain.calendars import WorkCalendar
from backend.domain.reports.document import MissingKey
from backend.pipeline.expressions.lookup_rows import LookupRows
from backend.pipeline.expressions.reference_table import ReferenceTable

TABLE_SCHEMA: Final = pl.Schema(
    {"key": pl.String(), "value": pl.String(), "valid_from": pl.Date(), "valid_to": pl.Date()}
)
"""Columns of a mapping; both dates are inclusive and may be NULL for "always"."""


class ReferenceLookup(Protocol):
    """Reference data by name, as of the moment the run pinned."""

    def find_table(self, name: str) -> ReferenceTable | None:
        """The mapping set or dataset, or None."""
        ...


@dataclass(frozen=True, slots=True)
class ReferenceTables:
    """Reference data held in memory; a mapping is a table that is valid always."""

    tables: Mapping[str, Mapping[str, str] | pl.DataFrame] = field(default_factory=lambda: MappingProxyType({}))

    def find_table(self, name: str) -> ReferenceTable | None:
        """The table of this name."""
        table = self.tables.get(name)
        if table is None:
            return None
        if isinstance(table, pl.DataFrame):
            return ReferenceTable(table)
        return ReferenceTable(
            pl.DataFrame(
                {"key": list(table), "value": list(table.values()), "valid_from": None, "valid_to": None},
                schema=TABLE_SCHEMA,
            )
        )


@dataclass(frozen=True, slots=True)
class Bindings:
    """The run's side of an expression.

    ``is_strict``: no record can be set aside for a key that is missing. ``run_date`` is the day on which the run was
    requested, the reporting date where that is unknown.
    """

    reporting_date: date
    parameters: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    reference: ReferenceLookup = field(default_factory=ReferenceTables)
    inputs: Mapping[str, LookupRows] = field(default_factory=lambda: MappingProxyType({}))
    is_strict: bool = False
    calendars: Mapping[str, WorkCalendar] = field(default_factory=lambda: MappingProxyType({}))
    run_date: date | None = None

    def unforgiving(self) -> Bindings:
        """The same where no record can be set aside: a key that must be there and is not fails the row."""
        return replace(self, is_strict=True)

    def meaning_of(self, missing: MissingKey) -> MissingKey:
        """What it means here that a key is missing."""
        return MissingKey.FAIL if self.is_strict and missing is MissingKey.FINDING else missing
