"""Values that people have put in the place of those of a source or of an expression.

Values of source columns are changed in the rows themselves. Values of target columns travel beside the rows, in a
column of their type and a flag, so that NULL can be such a value; they take the place of what the expression gives.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from backend.domain.exceptions import AmendmentFrame
from backend.domain.expressions.types import DataType
from backend.domain.reports.analysis import ReportProgram
from backend.domain.typed_text import read_value
from backend.domain.validation.rule import Severity
from backend.pipeline.expressions.columns import polars_type
from backend.pipeline.findings import DETAIL_SCHEMA, failure_details
from backend.pipeline.steps.transform import CompiledField

ROW_NUMBER: Final = "row_number"
#: Rows with the same number are reported together or not at all: a cancellation and what follows it.
PAIR: Final = "openreg:pair"
PAIR_RULE: Final = "PAIR"
_PARTED: Final = "A cancellation and the record that follows it are reported together or not at all."


@dataclass(frozen=True, slots=True)
class Override:
    """A value in the place of another one: a text of its column's type, None for NULL."""

    frame: AmendmentFrame
    column: str
    value: str | None


def value_column(name: str) -> str:
    """Where the value of a target column travels; no source has a column of this name."""
    return f"openreg:value:{name}"


def flag_column(name: str) -> str:
    """Where it stands whether the value is to be taken."""
    return f"openreg:is_given:{name}"


def override_columns(names: Collection[str]) -> list[str]:
    """The columns that bring values of these target columns along."""
    return [column for name in sorted(names) for column in (value_column(name), flag_column(name))]


def overridable(field: CompiledField) -> CompiledField:
    """The field, with the value that travels beside the row where there is one."""
    given = pl.col(flag_column(field.name))
    return CompiledField(
        field.name,
        pl.when(given).then(pl.col(value_column(field.name))).otherwise(field.value),
        None if field.error is None else pl.when(~given).then(field.error),
        None if field.failed is None else field.failed & ~given,
    )


def with_overrides(
    frame: pl.DataFrame,
    program: ReportProgram,
    wanted: Mapping[int, Sequence[Override]],
    targets: Collection[str],
) -> pl.DataFrame:
    """The rows with their changes, by place in the frame; ``targets`` are all target columns that are to travel."""
    source: dict[str, dict[int, object]] = {}
    target: dict[str, dict[int, object]] = {name: {} for name in targets}
    for place, overrides in wanted.items():
        for one in overrides:
            of_source = one.frame == AmendmentFrame.SOURCE
            kind = program.columns[one.column] if of_source else program.fields[one.column].type
            (source if of_source else target).setdefault(one.column, {})[place] = read_value(one.value, kind)
    columns = [_changed(frame.get_column(name), values) for name, values in source.items()]
    for name in sorted(target):
        columns += _travelling(frame, name, program.fields[name].type, target[name])
    return frame.with_columns(columns)


def parted_pairs(frame: pl.DataFrame, target: pl.DataFrame) -> pl.DataFrame:
    """The records (DETAIL_SCHEMA) whose other half cannot be reported: a cancellation alone would lose a record."""
    if PAIR not in frame.columns:
        return pl.DataFrame(schema=DETAIL_SCHEMA)
    paired = frame.select(ROW_NUMBER, PAIR).filter(pl.col(PAIR).is_not_null())
    left = paired.join(target.select(ROW_NUMBER), on=ROW_NUMBER, how="semi")
    alone = left.filter(pl.len().over(PAIR) == 1)
    return failure_details(alone.get_column(ROW_NUMBER), PAIR_RULE, Severity.CORRECTABLE, (), _PARTED)


def _changed(column: pl.Series, values: Mapping[int, object]) -> pl.Series:
    cells = column.to_list()
    for place, value in values.items():
        cells[place] = value
    return pl.Series(column.name, cells, dtype=column.dtype, strict=True)


def _travelling(frame: pl.DataFrame, name: str, kind: DataType, values: Mapping[int, object]) -> list[pl.Series]:
    value, flag, dtype = value_column(name), flag_column(name), polars_type(kind)
    if value in frame.columns:  # the rows of a supplemental run
        known, given = frame.get_column(value), frame.get_column(flag)
    else:
        known = pl.Series(value, [None] * frame.height, dtype=dtype)
        given = pl.Series(flag, [False] * frame.height, dtype=pl.Boolean)
    return [_changed(known, values), _changed(given, dict.fromkeys(values, True))]
