"""Feedback on its way through a worker: read into a scratch file, matched to ledgers, written as lines to copy.

Everything here blocks and touches no database. A file that cannot be read to its end leaves nothing behind.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from backend.core.canonical_json import canonical_json
from backend.domain.feedback import AdviceState, Conclusion, FeedbackFormat, MessageAdvice, is_another_firm
from backend.persistence.repositories.feedback import COPIED
from backend.persistence.repositories.submissions import SentMessage
from backend.pipeline.feedback.advices import FeedbackRefused, FileAdvice
from backend.pipeline.feedback.csv_reader import CsvAdviceReader, CsvMapping
from backend.pipeline.feedback.ledger_match import MatchedLedger, NamesakeChoice
from backend.pipeline.feedback.xml_reader import XmlAdviceReader
from backend.pipeline.ledger import ROW_NUMBER, file_column
from backend.pipeline.ledger_reader import LedgerObject
from backend.services.storage import ObjectStorage

#: Advices that may be held before all but the last of each record are dropped.
_MOST_WAITING: Final = 100_000


@dataclass(frozen=True, slots=True)
class Target:
    """A submission that a message is about: its run's ledgers and how many records were sent.

    ``sender`` is who sent it, None where a person has said that an answer is about it. ``parts`` are its messages.
    """

    submission_id: UUID
    run_id: UUID
    record_count: int
    ledger_keys: tuple[str, ...]
    sender: str | None = None
    parts: tuple[SentMessage, ...] = ()

    @property
    def is_split(self) -> bool:
        """Whether its records stand in several messages, each record in one and each with a name of its own."""
        names = {one.message_id for one in self.parts}
        return len(self.parts) > 1 == len({one.output_number for one in self.parts}) and len(names) == len(self.parts)

    def part_meant(self, names: Collection[str | None], total: int | None) -> SentMessage | None:
        """The message that an answer with so many records names; None where it is about all, or there is but one."""
        if not self.is_split or total == self.record_count:
            return None
        return next((one for one in self.parts if {one.message_id, one.file_name} & set(names)), None)


@dataclass(slots=True)
class MatchedMessage:
    """What a message came to: ``known`` of its records are of entities that the run reports for.

    ``part`` is the message of a split run that it is about, whose records are ``rows``, first and last.
    ``is_addressed_to_another``: whom it names is neither who sent the submission nor an entity of its records.
    """

    advice: MessageAdvice
    target: Target | None
    matched: int = 0
    orphans: int = 0
    known: int = 0
    is_addressed_to_another: bool = False
    part: SentMessage | None = None
    rows: tuple[int, int] | None = None

    def conclusion(self) -> Conclusion:
        """What follows from its counts for the records it does not list: of its part, where it is about one."""
        if self.part is not None:
            return self.advice.conclusion(self.part.records)
        if self.target is None:
            return Conclusion()
        return self.advice.conclusion(self.target.record_count, [one.records for one in self.target.parts])

    @property
    def is_of_another_firm(self) -> bool:
        """Whether another firm is named, or all of its records are of entities that the run has never heard of."""
        if self.is_addressed_to_another:
            return True
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
        rows, digest = 0, hashlib.sha256()
        try:
            for frame in reader.read(self._watched(pieces)):
                table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
                writer = writer or pq.ParquetWriter(self._advices, table.schema, compression="zstd")
                writer.write_table(table)
                digest.update(frame.write_csv(include_header=False).encode())
                rows += frame.height
                self._progress(rows)
        finally:
            if writer is not None:
                writer.close()
        _check_totals(reader.file)
        digest.update(canonical_json(_messages_as_said(reader.file)).encode())
        reader.file.content_sha256 = digest.hexdigest()
        return reader.file

    def match(self, file: FileAdvice, targets: Mapping[int, Target], storage: ObjectStorage) -> MatchedFile:
        """Find the records that the advices mean; ``targets`` by the numbers of messages."""
        ledgers = {one.submission_id: _ledger_of(one, storage) for one in targets.values()}
        messages = [_message(one, targets.get(one.number), file, ledgers) for one in file.messages]
        _find_rows([one for one in messages if one.part is not None], storage)
        choices = self._choices(messages, ledgers)
        rejected: dict[UUID, _LastWords] = {}
        with self._lines.open("wb") as lines:
            for frame in self._batches():
                for part in frame.partition_by("message", maintain_order=True):
                    message = messages[part.item(0, "message") - 1]
                    found = _matched(part, message, ledgers, choices.get(message.advice.number))
                    found.select(COPIED).write_csv(lines, include_header=False, quote_style="necessary")
                    if _is_read(message) and message.target is not None:
                        rejected.setdefault(message.target.submission_id, _LastWords()).add(found)
                self._progress(0)
        gone = {one: words.rejected(ledgers[one]) for one, words in rejected.items()}
        return MatchedFile(self._lines, messages, gone)

    def _choices(
        self, messages: list[MatchedMessage], ledgers: Mapping[UUID, MatchedLedger]
    ) -> dict[int, NamesakeChoice]:
        """How records that share a name are told apart, by message: what it lists of them is counted first."""
        choices = {
            one.advice.number: NamesakeChoice(ledgers[one.target.submission_id].namesakes)
            for one in messages
            if one.target is not None and ledgers[one.target.submission_id].namesakes
        }
        if not choices:
            return {}
        for frame in self._batches():
            for part in frame.partition_by("message", maintain_order=True):
                message = messages[part.item(0, "message") - 1]
                choice = choices.get(message.advice.number)
                if choice is not None and message.target is not None:
                    choice.listed.update(ledgers[message.target.submission_id].shared_names(part))
            self._progress(0)
        return choices

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


def _message(
    advice: MessageAdvice, target: Target | None, file: FileAdvice, ledgers: Mapping[UUID, MatchedLedger]
) -> MatchedMessage:
    message = MatchedMessage(advice, target)
    if target is not None:
        message.part = target.part_meant((advice.message_id, file.related), advice.total)
    if target is not None and target.sender is not None:
        ledger = ledgers[target.submission_id]
        named = [*advice.parties, *([file.receiver] if file.receiver else [])]
        ours = {target.sender, *(one for one in named if ledger.knows(one))}
        parties = is_another_firm(advice.parties, ours)
        message.is_addressed_to_another = parties or is_another_firm([file.receiver or ""], ours)
    return message


def _find_rows(messages: Sequence[MatchedMessage], storage: ObjectStorage) -> None:
    """Say of messages about a part which rows are in it: a file holds consecutive rows."""
    found: dict[UUID, dict[int, tuple[int, int]]] = {}
    for one in messages:
        if one.target is None or one.part is None:
            continue
        rows = found.get(one.target.submission_id)
        if rows is None:
            rows = found[one.target.submission_id] = _rows_of_files(one.target, one.part.output_number, storage)
        one.rows = rows.get(one.part.file_number)


def _rows_of_files(target: Target, output_number: int, storage: ObjectStorage) -> dict[int, tuple[int, int]]:
    rows: dict[int, tuple[int, int]] = {}
    for key in target.ledger_keys:
        ledger = LedgerObject(io.BytesIO(storage.read(key)))
        column = file_column(output_number)
        ends = (
            ledger.columns([ROW_NUMBER, column])
            .group_by(column)
            .agg(pl.col(ROW_NUMBER).min().alias("first"), pl.col(ROW_NUMBER).max().alias("last"))
        )
        for number, first, last in ends.iter_rows():
            before = rows.get(number, (first, last))
            rows[number] = (min(before[0], first), max(before[1], last))
    return rows


def _is_read(message: MatchedMessage) -> bool:
    """Whether what a message says of records is taken."""
    return message.target is not None and message.advice.is_processed and not message.is_addressed_to_another


def _matched(
    part: pl.DataFrame,
    message: MatchedMessage,
    ledgers: Mapping[UUID, MatchedLedger],
    choice: NamesakeChoice | None,
) -> pl.DataFrame:
    """Advices with the submission and the row they are of; of a file that was not processed, none."""
    target = message.target
    nothing = pl.lit(None, dtype=pl.String)
    if target is None or not _is_read(message):
        return part.with_columns(submission_id=nothing, row_number=pl.lit(None, dtype=pl.Int64))
    found = ledgers[target.submission_id].match(part, choice)
    message.matched += found.height - found.get_column("row_number").null_count()
    message.orphans += found.get_column("row_number").null_count()
    message.known += int(found.get_column("is_known_entity").sum() or 0)
    return found.with_columns(submission_id=pl.lit(str(target.submission_id)))


class _LastWords:
    """What a file says last of each record of a submission; as many are kept as there are records, not advices."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._waiting = 0

    def add(self, found: pl.DataFrame) -> None:
        """More advices, in the order of the file."""
        is_rejected = pl.col("state") == AdviceState.REJECTED.value
        said = found.drop_nulls("row_number").select(
            "row_number", is_rejected.alias("is_rejected"), pl.when(is_rejected).then("rules").alias("rules")
        )
        self._parts.append(said)
        self._waiting += said.height
        if self._waiting > _MOST_WAITING:
            self._parts = [_copied(self._last())]
            self._waiting = 0

    def rejected(self, ledger: MatchedLedger) -> pl.DataFrame:
        """Records whose last advice rejects them, with what they are."""
        gone = self._last().filter("is_rejected")
        described = ledger.describe(gone.get_column("row_number"))
        return gone.join(described, on="row_number").select("row_number", "record_key", "entity", "status", "rules")

    def _last(self) -> pl.DataFrame:
        return pl.concat(self._parts).unique("row_number", keep="last", maintain_order=True)


def _copied(frame: pl.DataFrame) -> pl.DataFrame:
    """The same rows in memory of their own: those that were dropped are held as long as a text of them is shared."""
    copied = pl.from_arrow(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    if not isinstance(copied, pl.DataFrame):
        raise TypeError("rows were expected")
    return copied


def _messages_as_said(file: FileAdvice) -> dict[str, object]:
    """What a file says besides its records. One with an identifier of its own is another statement."""
    messages = [
        {
            "id": one.message_id,
            "status": one.status,
            "total": one.total,
            "stated": {state.value: count for state, count in one.stated.items()},
            "rules": [rule.as_json() for rule in one.rules],
            "parties": one.parties,
        }
        for one in file.messages
    ]
    return {"format": file.format.value, "id": file.message_id, "related": file.related, "messages": messages}


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
