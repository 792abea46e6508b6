"""From what a source sends of a column to values, exactly or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from backend.services.connectors.base import SourceColumn
from backend.services.connectors.source_values import at_zone, local_time_refused, value_refused

Convert = Callable[[pa.Array], pa.Array]
"""From what was sent to values. Raises ArrowInvalid for what is none."""


@dataclass(frozen=True, slots=True)
class ColumnReader:
    """How what is sent of one column becomes values; ``zone`` is where its local times were written."""

    column: SourceColumn
    parse: Convert
    zone: str | None = None

    def read(self, raw: pa.Array, *, first_row: int) -> pa.Array:
        """The values of a batch; ``first_row`` (from 1) is where they stand in the result. Raises ValueRefused."""
        try:
            parsed = self.parse(raw)
        except pa.ArrowInvalid as error:
            raise value_refused(self.column, self._first_refused(raw, first_row)) from error
        if self.zone is None:
            return parsed
        try:
            return at_zone(parsed, self.zone)
        except pa.ArrowInvalid as error:
            raise local_time_refused(self.column) from error

    def _first_refused(self, raw: pa.Array, first_row: int) -> int | None:
        for place in range(len(raw)):
            try:
                self.parse(raw.slice(place, 1))
            except pa.ArrowInvalid:
                return first_row + place
        return None
