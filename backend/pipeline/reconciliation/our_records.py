"""The records that a run has written, with some of their values: its stored input, transformed once more.

The ledger says which rows were written and with which status; what their fields held follows from the input, the
version and the reference data that the run was bound to.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from backend.pipeline.input_reader import InputReader
from backend.pipeline.ledger import ROW_NUMBER, STATUS
from backend.pipeline.ledger_reader import LedgerObject
from backend.pipeline.overrides import override_columns
from backend.pipeline.reconciliation.normal_form import text_of
from backend.pipeline.steps.transform import CompiledField, transform


@dataclass(frozen=True, slots=True)
class WrittenRecords:
    """Records of one row group: row numbers, statuses, and the values of the asked fields as texts."""

    row_numbers: pl.Series
    statuses: pl.Series
    values: Sequence[pl.Series]


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads the records of one run.

    ``columns`` are those of the input that the fields are made of, ``overrides`` the fields whose values travel beside
    the rows; ``ledgers`` are their keys by number of the row group, of which one at a time is opened.
    """

    reader: InputReader
    ledgers: Mapping[int, str]
    open_ledger: Callable[[str], LedgerObject]
    fields: Sequence[CompiledField]
    columns: Collection[str]
    overrides: Collection[str]

    def read(self, names: Sequence[str]) -> Iterator[WrittenRecords]:
        """All written records, in the order of their rows; a field that the version does not map holds nothing."""
        wanted = [*sorted(self.columns), *override_columns(self.overrides)]
        for number, key in sorted(self.ledgers.items()):
            written = (
                self.open_ledger(key).columns([ROW_NUMBER, STATUS]).with_columns(pl.col(ROW_NUMBER).cast(pl.Int64))
            )
            rows = self.reader.row_group(number, wanted).join(written, on=ROW_NUMBER, how="semi", maintain_order="left")
            made = transform(rows, self.fields)
            joined = made.join(written, on=ROW_NUMBER, how="left", maintain_order="left")
            nothing = pl.Series([None] * made.height, dtype=pl.String)
            values = [text_of(made.get_column(name)) if name in made.columns else nothing for name in names]
            yield WrittenRecords(joined.get_column(ROW_NUMBER), joined.get_column(STATUS).cast(pl.String), values)
