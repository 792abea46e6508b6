"""The rows of an input as ``lookup()`` needs them: in memory, by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from backend.domain.expressions.types import DataType
from backend.domain.reports.document import MissingKey


@dataclass(frozen=True, slots=True)
class LookupRows:
    """``frame`` holds the key columns, in the order of ``key``, and those that are asked for; no key stands twice."""

    frame: pl.DataFrame
    key: Mapping[str, DataType]
    missing: MissingKey
