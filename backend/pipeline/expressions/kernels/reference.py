"""Reference data: mappings, datasets and working days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Final, Literal

import polars as pl

from backend.domain.expressions.types import Kind
from backend.pipeline.expressions.bindings import TABLE_SCHEMA
from backend.pipeline.expressions.errors import CalendarMissing, ReferenceSetMissing
from backend.pipeline.expressions.kernels.doubles import broadcast
from backend.pipeline.expressions.kernels.site import Kernel, Site


def _valid_on(day: date) -> pl.Expr:
    starts = pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)
    ends = pl.col("valid_to").is_null() | (pl.col("valid_to") >= day)
    return starts & ends


def is_listed(table: pl.DataFrame, key: pl.Expr, day: date | pl.Expr) -> pl.Expr:
    """Whether the key is in the table on that day; NULL when either is NULL."""
    if isinstance(day, date):
        return key.is_in(table.filter(_valid_on(day))["key"].unique().implode())
    listed = table.with_columns(value=pl.lit("")).select(TABLE_SCHEMA.names())
    found = pl.map_batches([key, day], partial(_find_on, table=listed), return_dtype=pl.String()).is_not_null()
    return pl.when(key.is_not_null() & day.is_not_null()).then(found)


def _find_on(columns: Sequence[pl.Series], *, table: pl.DataFrame) -> pl.Series:
    """The value of each key on its own day: the validity that began last and has not ended."""
    keys, days = broadcast(columns)
    asked = pl.DataFrame({"key": keys, "day": days}).with_row_index("row")
    answers = (
        asked.unique(["key", "day"])
        .join(table, on="key", how="inner")
        .filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("day")))
        .filter(pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.col("day")))
        .sort("valid_from", nulls_last=False, maintain_order=True)
        .group_by("key", "day", maintain_order=True)
        .agg(pl.col("value").last())
    )
    return asked.join(answers, on=["key", "day"], how="left", maintain_order="left")["value"]


def _look_up(site: Site) -> pl.Expr:
    name, key, as_of = site.text(0), site.values[1], 2
    if site.has(2) and site.kind(2) is Kind.TEXT:
        name, as_of = f"{name}.{site.text(2)}", 3
    table = site.bindings.reference.find_table(name)
    if table is None:
        raise ReferenceSetMissing(f"{name} is not installed.", fix=f"Install the mapping set or dataset {name}.")
    if not site.has(as_of):
        return _mapped(table, key, site.bindings.reporting_date)
    constant = site.constant(as_of)
    if isinstance(constant, date):
        return _mapped(table, key, constant)
    return pl.map_batches([key, site.values[as_of]], partial(_find_on, table=table), return_dtype=pl.String())


def _mapped(table: pl.DataFrame, key: pl.Expr, day: date) -> pl.Expr:
    """On one day a table is a dictionary; where two rows are valid the later one holds."""
    current = (
        table.filter(_valid_on(day))
        .sort("valid_from", nulls_last=False, maintain_order=True)
        .unique("key", keep="last", maintain_order=True)
    )
    return key.replace_strict(current["key"], current["value"], default=None, return_dtype=pl.String())


def _business_day(site: Site) -> pl.Expr:
    day, count, calendar = site.values[0], site.values[1], site.text(2)
    holidays = site.bindings.reference.find_holidays(calendar)
    if holidays is None:
        raise CalendarMissing(f"The calendar {calendar} is not installed.", fix=f"Install the calendar {calendar}.")
    closed = sorted(holidays)

    def shifted(steps: pl.Expr | int, roll: Literal["backward", "forward"]) -> pl.Expr:
        return day.dt.add_business_days(steps, holidays=closed, roll=roll)

    constant = site.constant(1)
    if isinstance(constant, int):
        return shifted(constant, "backward" if constant > 0 else "forward")
    # A step forward starts from the working day before, a step back (or none) from the one after.
    ahead = shifted(pl.when(count > 0).then(count).otherwise(0).cast(pl.Int32), "backward")
    back = shifted(pl.when(count <= 0).then(count).otherwise(0).cast(pl.Int32), "forward")
    return pl.when(count > 0).then(ahead).when(count <= 0).then(back)


REFERENCE: Final[Mapping[str, Kernel]] = {"map": _look_up, "lookup": _look_up, "business_day": _business_day}
