"""Feedback on its way through a worker: read into a scratch file, matched to ledgers, written as lines to copy.

Everything here blocks and touches no database. A file that cannot be read to its end leaves nothing behind.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from backend.domain.feedback import AdviceState, FeedbackFormat, MessageAdvice
from backend.persistence.repositories.feedback import COPIED
from backend.pipeline.feedback.advices import FeedbackRefused, FileAdvice
from backend.pipeline.feedback.csv_reader import CsvAdviceReader, CsvMapping
from backend.pipeline.feedback.ledger_match import MatchedLedger
from backend.pipeline.feedback.xml_reader import XmlAdviceReader
from backend.pipeline.ledger_reader import LedgerObject
from backend.services.storage import ObjectStorage


@dataclass(frozen=True, slots=True)
class Target:
    """A submission that a message is about: its run's ledgers and how many records were sent."""

    submission_id: UUID
    run_id: UUID
    record_count: int
    ledger_keys: tuple[str, ...]


@dataclass(slots=True)
class MatchedMessage:
    """What a message came to: ``known`` of its records are of entities that the run reports for."""

    advice: MessageAdvice
    target: Target | None
    matched: int = 0
    orphans: int = 0
    known: int = 0

    @property
    def is_of_another_firm(self) -> bool:
        """Whether all of its records are of entities that the run has never heard of."""
        is_read = self.target is not None and self.advice.is_processed and self.advice.listed_total > 0
        return is_read and not self.known and not self.matched


@dataclass(slots=True)
class MatchedFile:
    """A file whose advices are ready to be copied, and its rejected records by submission."""

    lines: Path
    messages: list[MatchedMessage]
    rejected: dict[UUID, pl.DataFrame] = field(default_factory=dict)


class FeedbackSpool:
    """One file in a scratch folder."""

    def __init__(self, folder: Path, progress: Callable[[int], None]) -> None:
        """``progress`` is told of rows, and raises where the work is to end."""
        self._advices = folder / "advices.parquet"
        self._lines = folder / "advices.csv"
        self._progress = progress

    def read(self, pieces: Iterable[bytes], mapping: CsvMapping | None) -> FileAdvice:
        """Read the whole file. Raises FeedbackRefused."""
        reader = XmlAdviceReader() if mapping is None else CsvAdviceReader(mapping)
        writer: pq.ParquetWriter | None = None
        rows = 0
        try:
            for frame in reader.read(self._watched(pieces)):
                table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                writer = writer or pq.ParquetWriter(self._advices, table.schema, compression="zstd")
                writer.write_table(table)
                rows += frame.height
                self._progress(rows)
        finally:
            if writer is not None:
                writer.close()
        _check_totals(reader.file)
        return reader.file

    def match(self, file: FileAdvice, targets: Mapping[int, Target], storage: ObjectStorage) -> MatchedFile:
        """Find the records that the advices mean; ``targets`` by the numbers of messages."""
        ledgers = {one.submission_id: _ledger_of(one, storage) for one in targets.values()}
        messages = [MatchedMessage(one, targets.get(one.number)) for one in file.messages]
        rejected: dict[UUID, list[pl.DataFrame]] = {}
        with self._lines.open("wb") as lines:
            for frame in self._batches():
                for part in frame.partition_by("message", maintain_order=True):
                    message = messages[part.item(0, "message") - 1]
                    found = _matched(part, message, ledgers)
                    found.select(COPIED).write_csv(lines, include_header=False, quote_style="necessary")
                    if message.target is not None and message.advice.is_processed:
                        last = found.drop_nulls("row_number").select("row_number", "state", "rules")
                        rejected.setdefault(message.target.submission_id, []).append(last)
                self._progress(0)
        gone = {one: _rejected(parts, ledgers[one]) for one, parts in rejected.items()}
        return MatchedFile(self._lines, messages, gone)

    def _batches(self) -> Iterator[pl.DataFrame]:
        if not self._advices.exists():
            return
        with pq.ParquetFile(self._advices) as file:
            for number in range(file.num_row_groups):
                frame = pl.from_arrow(pa.table(file.read_row_group(number)))
                if isinstance(frame, pl.DataFrame):
                    yield frame

    def _watched(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._progress(0)
            yield piece


def _matched(part: pl.DataFrame, message: MatchedMessage, ledgers: Mapping[UUID, MatchedLedger]) -> pl.DataFrame:
    """Advices with the submission and the row they are of; of a file that was not processed, none."""
    target = message.target
    nothing = pl.lit(None, dtype=pl.String)
    if target is None or not message.advice.is_processed:
        return part.with_columns(submission_id=nothing, row_number=pl.lit(None, dtype=pl.Int64))
    found = ledgers[target.submission_id].match(part)
    message.matched += found.height - found.get_column("row_number").null_count()
    message.orphans += found.get_column("row_number").null_count()
    message.known += int(found.get_column("is_known_entity").sum() or 0)
    return found.with_columns(submission_id=pl.lit(str(target.submission_id)))


def _rejected(parts: list[pl.DataFrame], ledger: MatchedLedger) -> pl.DataFrame:
    """Records whose last advice in the file rejects them, with what they are."""
    last = pl.concat(parts).unique("row_number", keep="last", maintain_order=True)
    gone = last.filter(pl.col("state") == AdviceState.REJECTED.value)
    described = ledger.describe(gone.get_column("row_number"))
    return gone.join(described, on="row_number").select("row_number", "record_key", "entity", "status", "rules")


def _ledger_of(target: Target, storage: ObjectStorage) -> MatchedLedger:
    return MatchedLedger.of(LedgerObject(io.BytesIO(storage.read(key))) for key in target.ledger_keys)


def _check_totals(file: FileAdvice) -> None:
    """The sums of a file are those of its parts. Raises FeedbackRefused."""
    if file.format is not FeedbackFormat.AUTH_092 or not file.totals:
        return
    stated = sum(one.total or 0 for one in file.messages)
    if stated != file.totals.get("total", stated):
        raise FeedbackRefused(
            "totals_contradictory",
            f"The file states {file.totals['total']} transactions, but its parts add up to {stated}.",
        )
