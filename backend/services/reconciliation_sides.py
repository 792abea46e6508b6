"""Both sides of a reconciliation on the disk of a worker: the extract as it was brought, and what was submitted.

Everything but ``describe`` blocks; nothing of it uses a transaction while bytes are read.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from backend.core.ids import RunId, TenantId
from backend.domain.extract_mapping import ExtractMapping
from backend.domain.reconciliation import OF_ADVICE, standing_of
from backend.domain.submissions import SubmissionState, record_state_in
from backend.persistence.models.reconciliation import Reconciliation
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.reconciliations import ReconciliationRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database
from backend.pipeline.input_reader import InputReader
from backend.pipeline.ledger_reader import LedgerObject
from backend.pipeline.reconciliation.extract_csv import check_columns, check_header, read_csv, unescaped
from backend.pipeline.reconciliation.our_records import RecordReader, WrittenRecords
from backend.pipeline.reconciliation.sides import SideWriter, add_theirs
from backend.services.exception_records import RecordsUnavailable, RunRecords
from backend.services.storage import ObjectStorage
from backend.services.stored_inputs import find_input
from backend.services.table_files import Row, is_workbook, table_rows

#: Rows of a workbook that become a frame together.
SHEET_ROWS: Final = 20_000
_BESIDE: Final[Mapping[str, pl.DataType]] = {
    "submission": pl.Int32(),
    "row_number": pl.Int64(),
    "standing": pl.String(),
    "is_cancellation": pl.Boolean(),
}

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class SubmittedRecords:
    """What is needed to read the records of one submission; ``advices`` are lines ``row number,state``, sorted."""

    place: int
    submission: Submission
    records: RunRecords
    ledgers: Mapping[int, str]
    advices: Path


@dataclass(frozen=True, slots=True)
class Sides:
    """Writes both sides into a folder; ``progress`` is told of rows, and raises where the work is to end."""

    storage: ObjectStorage
    mapping: ExtractMapping
    folder: Path
    progress: Progress

    @property
    def ours(self) -> Path:
        """Where our records are; no file when there are none."""
        return self.folder / "ours.parquet"

    @property
    def theirs(self) -> Path:
        """Where theirs are."""
        return self.folder / "theirs.parquet"

    def write_theirs(self, one: Reconciliation) -> None:
        """Read the extract. Raises ExtractRefused, FileUnreadable, FileTooLarge and the errors of the store."""
        with SideWriter.of_theirs(self.theirs, self.mapping) as writer:
            for frame in self._frames(one):
                add_theirs(writer, frame, self.mapping)
                self.progress(writer.rows)

    def _frames(self, one: Reconciliation) -> Iterator[pl.DataFrame]:
        wanted = [column.column for column in self.mapping.columns]
        file = self.storage.open_ranged(one.object_key, one.size_bytes)
        if not is_workbook(file):
            yield from read_csv(file, wanted, self.mapping.encoding, self.mapping.delimiter)
            return
        with tempfile.TemporaryFile(dir=self.folder) as copy:  # a workbook is read from its end
            for piece in self.storage.stream(one.object_key):
                copy.write(piece)
            copy.seek(0)
            yield from sheet_frames(table_rows(one.name, copy), wanted)

    async def describe(
        self, database: Database, tenant: TenantId, place: int, submission: Submission
    ) -> SubmittedRecords:
        """Raises RunNotFound, RecordsUnavailable, ReportDocumentInvalid."""
        advices = self.folder / f"advices-{place}.csv"
        async with database.transaction(tenant) as session:
            records = await RunRecords.load(session, tenant, submission.run_id, self.storage)
            groups = await RunRepository(session, tenant).row_groups(RunId(submission.run_id))
            await ReconciliationRepository(session, tenant).write_newest_advices(submission.id, advices)
        ledgers = {one.number: one.ledger_key for one in groups if one.ledger_key}
        return SubmittedRecords(place, submission, records, ledgers, advices)

    def write_ours(self, writer: SideWriter, submitted: SubmittedRecords) -> None:
        """Add the records of a submission. Raises RecordsUnavailable and the errors of the store."""
        records = submitted.records
        stored = find_input(records.run)
        if stored is None:
            raise RecordsUnavailable
        names = [one.field for one in (*self.mapping.keys, *self.mapping.compared)]
        fields = records.compile_fields(names)
        expressions = [records.checked.program.fields[one.name] for one in fields]
        reader = RecordReader(
            InputReader.of_stored(self.storage, stored),
            submitted.ledgers,
            lambda key: LedgerObject(io.BytesIO(self.storage.read(key))),
            fields,
            {column for one in expressions for column in one.columns},
            {one.name for one in fields} & set(records.run.overrides),
        )
        standings = _Standings.of(submitted)
        for written in reader.read(names):
            writer.add(written.values, standings.beside(written))
            self.progress(writer.rows)


@dataclass(frozen=True, slots=True)
class _Standings:
    """What the regulator was last told of the records of a submission."""

    place: int
    default: str
    advices: pl.DataFrame
    cancellation: str | None

    @classmethod
    def of(cls, submitted: SubmittedRecords) -> _Standings:
        submission, pack = submitted.submission, submitted.records.checked.pack
        state = record_state_in(SubmissionState(submission.state), submission.file_status)
        names = {advice.value: standing.value for advice, standing in OF_ADVICE.items()}
        schema = {"row_number": pl.Int64, "advice": pl.String}
        is_empty = not submitted.advices.stat().st_size
        advices = (
            pl.DataFrame(schema=schema) if is_empty else pl.read_csv(submitted.advices, has_header=False, schema=schema)
        )
        return cls(
            submitted.place,
            standing_of(state).value,
            advices.select("row_number", standing=pl.col("advice").replace_strict(names, return_dtype=pl.String)),
            pack.cancellation.status_value if pack is not None else None,
        )

    def beside(self, written: WrittenRecords) -> pl.DataFrame:
        rows = written.row_numbers
        if rows.is_empty():
            return pl.DataFrame(schema=_BESIDE)
        # Both are sorted: only advices between the first and the last row can be meant.
        known = self.advices.get_column("row_number")
        start, stop = int(known.search_sorted(rows[0])), int(known.search_sorted(rows[-1] + 1))
        joined = rows.to_frame("row_number").join(
            self.advices.slice(start, stop - start), on="row_number", how="left", maintain_order="left"
        )
        return pl.DataFrame(
            {
                "submission": pl.Series([self.place] * rows.len(), dtype=pl.Int32),
                "row_number": rows,
                "standing": joined.get_column("standing").fill_null(self.default),
                "is_cancellation": (written.statuses == (self.cancellation or "")).fill_null(value=False),
            },
            schema=_BESIDE,
        )


def sheet_frames(rows: Iterable[Row], wanted: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The wanted columns of a sheet whose first row names them, as texts. Raises ExtractRefused, FileUnreadable."""
    numbered = iter(rows)
    _, header = next(numbered, (0, []))
    check_header(header)
    check_columns([name or "" for name in header], wanted)
    places = [list(header).index(name) for name in wanted]
    some: list[list[str | None]] = []
    for _, cells in numbered:
        some.append([cells[place] if place < len(cells) else None for place in places])
        if len(some) >= SHEET_ROWS:
            yield _frame(some, wanted)
            some = []
    if some:
        yield _frame(some, wanted)


def _frame(rows: Sequence[Sequence[str | None]], names: Sequence[str]) -> pl.DataFrame:
    return unescaped(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"))


async def write_sides(sides: Sides, database: Database, tenant: TenantId, submissions: Sequence[Submission]) -> None:
    """Add the records of all submissions, in the order in which they were sent."""
    writer = SideWriter.of_ours(sides.ours, sides.mapping)
    with writer:
        for place, submission in enumerate(submissions):
            submitted = await sides.describe(database, tenant, place, submission)
            await asyncio.to_thread(sides.write_ours, writer, submitted)
