"""The reference data of a run: the versions it is pinned to, of which only the columns that are asked for are read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Final, Protocol

import polars as pl
import pyarrow.parquet as pq

from backend.domain.datasets import KEY, VALID_FROM, VALID_TO
from backend.domain.expressions.nodes import ReferenceUse
from backend.domain.reference_pins import ReferencePin
from backend.domain.reports.analysis import ReportProgram
from backend.pipeline.errors import ReferenceTooLarge
from backend.pipeline.expressions.reference_table import ReferenceTable

#: Entries that a run keeps in memory, of all its datasets together.
MAX_REFERENCE_BYTES: Final = 1024 * 1024 * 1024


class RangedStore(Protocol):
    """Where the entries of versions lie."""

    def open_ranged(self, key: str, size: int) -> IO[bytes]:
        """A seekable file over an object."""
        ...


OpenPin = Callable[[ReferencePin], IO[bytes]]


@dataclass(slots=True)
class PinnedReference:
    """Datasets and mapping sets as of a run: each is read once, when it is asked for first.

    Of what is only asked for on the reporting date, the entries of other days are left where they are.
    """

    pins: Mapping[str, ReferencePin]
    uses: Collection[ReferenceUse]
    reporting_date: date
    open_pin: OpenPin
    _tables: dict[str, ReferenceTable] = field(default_factory=dict)
    _left: int = MAX_REFERENCE_BYTES

    def find_table(self, name: str) -> ReferenceTable | None:
        """The entries of a name. Raises ReferenceTooLarge."""
        pin = self.pins.get(name)
        if pin is None:
            return None
        if name not in self._tables:
            self._tables[name] = ReferenceTable(self._read(name, pin), pin.missing)
        return self._tables[name]

    def _read(self, name: str, pin: ReferencePin) -> pl.DataFrame:
        uses = [use for use in self.uses if use.name == name]
        columns = [KEY, VALID_FROM, VALID_TO, *_columns(pin, uses)]
        is_dated = any(use.is_dated for use in uses)
        with self.open_pin(pin) as opened:
            file = pq.ParquetFile(opened)
            parts = [pl.DataFrame(pl.from_arrow(file.schema_arrow.empty_table().select(columns)))]
            for number in range(file.num_row_groups):
                part = pl.DataFrame(pl.from_arrow(file.read_row_group(number, columns=columns, use_threads=False)))
                parts.append(part if is_dated else part.filter(_valid_on(self.reporting_date)))
                self._left -= int(parts[-1].estimated_size())
                if self._left < 0:
                    raise ReferenceTooLarge(
                        f"The keys and columns of the datasets that are asked for, {name} among them, are larger than "
                        f"{MAX_REFERENCE_BYTES >> 20} MiB.",
                        fix="Ask for fewer columns, or keep fewer entries in the dataset.",
                    )
        return pl.concat(parts)


def pinned_reference(
    pins: Mapping[str, ReferencePin], program: ReportProgram, reporting_date: date, store: RangedStore
) -> PinnedReference:
    """The reference data of a run, out of object storage."""

    def open_pin(pin: ReferencePin) -> IO[bytes]:
        return store.open_ranged(pin.key, pin.size_bytes)

    return PinnedReference(pins, program.reference_uses, reporting_date, open_pin)


def _columns(pin: ReferencePin, uses: Iterable[ReferenceUse]) -> list[str]:
    """The columns that are asked for; the only one where none is named."""
    only = next(iter(pin.columns))
    named = {only if use.column is None else use.column for use in uses}
    return sorted(named & pin.columns.keys())


def _valid_on(day: date) -> pl.Expr:
    starts = pl.col(VALID_FROM).is_null() | (pl.col(VALID_FROM) <= day)
    ends = pl.col(VALID_TO).is_null() | (pl.col(VALID_TO) >= day)
    return starts & ends
