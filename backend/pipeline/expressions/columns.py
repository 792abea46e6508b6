"""OpenReg's types and constants as Polars has them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import polars as pl

from backend.domain.expressions.nodes import Literal
from backend.domain.expressions.types import DataType, Kind

_DTYPES: Final[Mapping[Kind, pl.DataType]] = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.DOUBLE: pl.Float64(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIMESTAMP: pl.Datetime("us", "UTC"),
    Kind.LOCAL_TIMESTAMP: pl.Datetime("us"),
    Kind.NULL: pl.Null(),
}


def polars_type(kind: DataType) -> pl.DataType:
    """The column type that holds values of this type."""
    if kind.precision is not None and kind.scale is not None:
        return pl.Decimal(kind.precision, kind.scale)
    return _DTYPES[kind.kind]


def constant(literal: Literal) -> pl.Expr:
    """A constant as an expression."""
    return constant_value(literal.value, literal.type)


def constant_value(value: object, kind: DataType) -> pl.Expr:
    """A value of this type as an expression; an instant may come in any zone."""
    if isinstance(value, datetime) and kind.kind is Kind.TIMESTAMP:
        value = value.astimezone(UTC)
    return pl.lit(value, dtype=polars_type(kind))
