"""How a destination's answers in CSV are read."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from backend.domain.answer_format import AnswerFormat
from backend.domain.feedback import AdviceState
from backend.persistence.models.delivery import Destination
from backend.pipeline.feedback.advices import FeedbackRefused
from backend.services.answer_formats import SampleReading, SampleRow
from backend.services.feedback_mapping import format_of


class FeedbackFormatAnswer(BaseModel):
    """The format of a destination; without one its answers are messages in XML."""

    destination_id: UUID
    destination_name: str
    response_folder: str | None
    format: AnswerFormat | None

    @classmethod
    def of(cls, destination: Destination) -> FeedbackFormatAnswer:
        """What is kept."""
        said = destination.feedback_format
        return cls(
            destination_id=destination.id,
            destination_name=destination.name,
            response_folder=destination.response_folder,
            format=None if said is None else format_of(said),
        )


class RefusalAnswer(BaseModel):
    """Why a row or a whole file would be refused."""

    code: str
    detail: str

    @classmethod
    def of(cls, refused: FeedbackRefused | None) -> RefusalAnswer | None:
        """None where nothing is refused."""
        return None if refused is None else cls(code=refused.reason, detail=refused.message)


class SampleRowAnswer(BaseModel):
    """A row as it would be read; ``word`` is the file's own for the state."""

    line: int
    message_id: str | None = None
    record_id: str | None = None
    word: str | None = None
    state: AdviceState | None = None
    rule_id: str | None = None
    text: str | None = None
    refused: RefusalAnswer | None = None

    @classmethod
    def of(cls, row: SampleRow) -> SampleRowAnswer:
        """What was found in a row."""
        said = {} if row.advice is None else row.advice._asdict()
        return cls(line=row.line, **said, refused=RefusalAnswer.of(row.refused))


class SampleReadingAnswer(BaseModel):
    """How a sample would be read; one refused row refuses the whole file."""

    columns: list[str] = Field(description="The names in the first line.")
    rows: list[SampleRowAnswer] = Field(description="The first rows; none before the columns are chosen.")
    row_count: int
    refused_count: int
    unknown_words: list[str] = Field(description="Words in the column of states that mean nothing yet.")
    refused: RefusalAnswer | None

    @classmethod
    def of(cls, reading: SampleReading) -> SampleReadingAnswer:
        """What was read."""
        return cls(
            columns=list(reading.columns),
            rows=[SampleRowAnswer.of(one) for one in reading.rows],
            row_count=reading.row_count,
            refused_count=reading.refused_count,
            unknown_words=reading.unknown_words,
            refused=RefusalAnswer.of(reading.refused),
        )
