"""Reference data: mappings, datasets and working days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final
from typing import Literal as Exactly

import polars as pl

from backend.domain.calendars import DAYS_OF_WEEK
from backend.domain.expressions.nodes import Call, Literal
from backend.domain.expressions.parsing import entry_named
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.errors import CalendarMissing, ReferenceSetMissing
from backend.pipeline.expressions.kernels.doubles import broadcast
from backend.pipeline.expressions.kernels.site import Kernel, Site
from backend.pipeline.expressions.reference_table import ReferenceTable

#: Calls that the compiler resolves itself: one search serves all columns that are asked for by a key.
REFERENCE_CALLS: Final = frozenset({"map", "lookup"})


@dataclass(frozen=True, slots=True)
class EntryRequest:
    """What a call of ``map()`` or ``lookup()`` asks for; ``day_at`` is the argument that is its day, if it has one."""

    name: str
    table: ReferenceTable
    values: pl.Series
    day_at: int | None
    day: date

    @classmethod
    def of(cls, node: Call, bindings: Bindings) -> EntryRequest:
        """Read a call. Raises ReferenceSetMissing."""
        name, column, day_at = entry_named(node)
        table = bindings.reference.find_table(name)
        if table is None:
            raise ReferenceSetMissing(f"{name} is not installed.", fix=f"Install the mapping set or dataset {name}.")
        constant = node.arguments[day_at] if day_at is not None else None
        if isinstance(constant, Literal) and isinstance(constant.value, date):
            return cls(name, table, table.column(column), None, constant.value)
        return cls(name, table, table.column(column), day_at, bindings.reporting_date)

    def find_keys(self, key: pl.Expr) -> pl.Expr:
        """The place of the first entry of the key, whatever the day; NULL where there is none."""
        return find_keys(self.table, key)

    def find(self, firsts: pl.Expr, arguments: Sequence[pl.Expr]) -> pl.Expr:
        """The place of the entry per row, given the first one of its key; NULL where there is none."""
        return entries_on(self.table, firsts, self.day if self.day_at is None else arguments[self.day_at])


def find_keys(table: ReferenceTable, key: pl.Expr) -> pl.Expr:
    """The place of the first entry of the key, whatever the day; NULL where there is none."""
    return pl.map_batches([key], partial(_find, table=table), return_dtype=pl.UInt32())


def entries_on(table: ReferenceTable, firsts: pl.Expr, day: pl.Expr | date) -> pl.Expr:
    """The place of the entry that a key has on the day; NULL where there is none, or no day."""
    if table.is_timeless:
        return firsts if isinstance(day, date) else pl.when(day.is_not_null()).then(firsts)
    if isinstance(day, date):
        return pl.map_batches([firsts], partial(_on, table=table, day=day), return_dtype=pl.UInt32())
    return pl.map_batches([firsts, day], partial(_on, table=table, day=None), return_dtype=pl.UInt32())


def is_listed(table: ReferenceTable, key: pl.Expr, day: date | pl.Expr) -> pl.Expr:
    """Whether the key is in the table on that day; NULL when either is NULL."""
    found = entries_on(table, find_keys(table, key), day).is_not_null()
    known = key.is_not_null() if isinstance(day, date) else key.is_not_null() & day.is_not_null()
    return pl.when(known).then(found)


def _find(columns: Sequence[pl.Series], *, table: ReferenceTable) -> pl.Series:
    return table.find_keys(columns[0])


def _on(columns: Sequence[pl.Series], *, table: ReferenceTable, day: date | None) -> pl.Series:
    if day is not None:
        return table.entries_on(columns[0], day)
    firsts, days = broadcast(columns)
    return table.entries_on(firsts, days)


def _business_day(site: Site) -> pl.Expr:
    day, count, calendar = site.values[0], site.values[1], site.text(2)
    found = site.bindings.calendars.get(calendar)
    if found is None:
        raise CalendarMissing(f"There is no calendar {calendar}.", fix=f"Make a calendar {calendar}, or use another.")
    closed = sorted(found.closed)
    week = [day not in found.weekend for day in range(DAYS_OF_WEEK)]

    def shifted(steps: pl.Expr | int, roll: Exactly["backward", "forward"]) -> pl.Expr:
        return day.dt.add_business_days(steps, week_mask=week, holidays=closed, roll=roll)

    constant = site.constant(1)
    if isinstance(constant, int):
        return shifted(constant, "backward" if constant > 0 else "forward")
    # A step forward starts from the working day before, a step back (or none) from the one after.
    ahead = shifted(pl.when(count > 0).then(count).otherwise(0).cast(pl.Int32), "backward")
    back = shifted(pl.when(count <= 0).then(count).otherwise(0).cast(pl.Int32), "forward")
    return pl.when(count > 0).then(ahead).when(count <= 0).then(back)


REFERENCE: Final[Mapping[str, Kernel]] = {"business_day": _business_day}
