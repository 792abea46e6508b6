"""How a destination's answers in CSV are read: kept with the destination, and tried on a sample first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.etags import Precondition
from backend.core.ids import DestinationId
from backend.domain.answer_format import AnswerFormat, AnswerFormatDraft
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.models.delivery import Destination
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.pipeline.feedback.advices import FeedbackRefused
from backend.pipeline.feedback.csv_reader import CsvAdvice, CsvMapping, CsvRows, CsvWords
from backend.services.delivery import DestinationNotFound
from backend.services.destinations import destination_etag
from backend.services.scope import TenantScope

MAX_SAMPLE_BYTES: Final = 1024 * 1024
#: Rows that a preview shows; further ones are only counted and searched for words.
SHOWN_ROWS: Final = 50
MAX_UNKNOWN_WORDS: Final = 50


class SampleTooLarge(OpenRegError):
    """The sample is larger than a preview looks at."""

    code: ClassVar[str] = "feedback_sample_too_large"
    kind: ClassVar[ErrorKind] = ErrorKind.TOO_LARGE


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A row of a sample: what it says, or why it would be refused."""

    line: int
    advice: CsvAdvice | None
    refused: FeedbackRefused | None = None


@dataclass(slots=True)
class SampleReading:
    """How a sample would be read. A file with one refused row is refused as a whole.

    ``refused`` is what is wrong with the file as such, after which nothing was read. ``unknown_words`` are those in the
    column of states that mean nothing yet.
    """

    columns: Sequence[str] = ()
    rows: list[SampleRow] = field(default_factory=list)
    row_count: int = 0
    refused_count: int = 0
    unknown_words: list[str] = field(default_factory=list)
    refused: FeedbackRefused | None = None


@dataclass(frozen=True, slots=True)
class AnswerFormatService:
    """The formats of a tenant's destinations. Everything raises DestinationNotFound."""

    scope: TenantScope

    async def get(self, destination_id: DestinationId) -> Destination:
        """The destination with its format."""
        async with self.scope.reading() as session:
            return await self._find(session, destination_id)

    async def keep(self, destination_id: DestinationId, form: AnswerFormat | None, seen: Precondition) -> Destination:
        """Set the format; without one answers are messages in XML. Raises PreconditionFailed."""
        async with self.scope.transaction() as session:
            stored = await self._find(session, destination_id, for_update=True)
            seen.check(destination_etag(stored))
            before = stored.feedback_format
            stored.feedback_format = None if form is None else form.model_dump(mode="json", exclude_none=True)
            stored.revision += 1
            stored.updated_at = self.scope.now()
            await self.scope.audit(session).record(
                AuditAction.DESTINATION_CHANGED,
                AuditSubject("destination", stored.id, stored.name),
                before={"feedback_format": before},
                after={"feedback_format": stored.feedback_format},
            )
        return stored

    async def _find(
        self, session: AsyncSession, destination_id: DestinationId, *, for_update: bool = False
    ) -> Destination:
        found = await DestinationRepository(session, self.scope.tenant).find(destination_id, for_update=for_update)
        if found is None or (for_update and found.archived_at is not None):
            raise DestinationNotFound
        return found


def read_sample(content: bytes, draft: AnswerFormatDraft) -> SampleReading:
    """How a sample would be read, as far as the draft says it; never raises FeedbackRefused."""
    reading = SampleReading()
    try:
        rows = CsvRows([content], draft.delimiter, draft.encoding)
        reading.columns = rows.header
        if draft.record_id is None or draft.state is None:
            return reading
        mapping = CsvMapping(draft.record_id, draft.state, draft.rule_id, draft.text, draft.message_id, draft.states)
        words = CsvWords(mapping, rows.header)
        place = rows.header.index(draft.state)
        for line, row in rows:
            _read_row(reading, words, place, SampleRow(line, None), row)
    except FeedbackRefused as refused:
        reading.refused = refused
    return reading


def _read_row(reading: SampleReading, words: CsvWords, place: int, at: SampleRow, row: list[str]) -> None:
    reading.row_count += 1
    try:
        found = SampleRow(at.line, words.understood(row, at.line))
    except FeedbackRefused as refused:
        found = SampleRow(at.line, None, refused)
        reading.refused_count += 1
        if refused.reason == "state_unknown":
            word = row[place].strip()
            if word and word not in reading.unknown_words and len(reading.unknown_words) < MAX_UNKNOWN_WORDS:
                reading.unknown_words.append(word)
    if len(reading.rows) < SHOWN_ROWS:
        reading.rows.append(found)
