"""Aggregates of set rules, written with OVER (PARTITION BY …)."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import results
from backend.domain.expressions.functions.signature import (
    COMPARABLE,
    NUMBERS,
    SORTABLE,
    Function,
    Group,
    Parameter,
    Signature,
)
from backend.domain.expressions.types import INTEGER, TEXT

_SORTED = (Signature((Parameter("a", SORTABLE, TEXT),), results.first),)

AGGREGATES: Final = (
    Function(
        "count",
        Group.SETS,
        "count(*) OVER (PARTITION BY a, …)",
        "How many rows share the partition; count(a): in how many of them a is not NULL.",
        "count(*) OVER (PARTITION BY trade_ref) = 1",
        (Signature((Parameter("a", COMPARABLE, TEXT),), INTEGER),),
    ),
    Function(
        "sum",
        Group.SETS,
        "sum(a) OVER (PARTITION BY b, …)",
        "The sum in the partition.",
        "sum(quantity) OVER (PARTITION BY chain_id) = 0",
        (Signature((Parameter("a", NUMBERS, INTEGER),), results.summed),),
    ),
    Function(
        "min",
        Group.SETS,
        "min(a) OVER (PARTITION BY b, …)",
        "The smallest in the partition.",
        "min(price) OVER (PARTITION BY complex_trade_id) > 0",
        _SORTED,
    ),
    Function(
        "max",
        Group.SETS,
        "max(a) OVER (PARTITION BY b, …)",
        "The largest in the partition.",
        "max(version) OVER (PARTITION BY trade_ref) = version",
        _SORTED,
    ),
)
