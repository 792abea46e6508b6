"""How a mapped text file is read, as it is stored with the file and with the destination that it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import ValidationError

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.json_pointer import json_pointer
from backend.domain.answer_format import AnswerFormat
from backend.domain.reports.routes import matches
from backend.persistence.models.delivery import Destination
from backend.pipeline.feedback.csv_reader import CsvMapping


class FeedbackMappingInvalid(OpenRegError):
    """The mapping of a feedback file cannot be used."""

    code: ClassVar[str] = "feedback_mapping_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def mapping_of(said: Mapping[str, object] | None) -> CsvMapping | None:
    """The mapping, None for a message in XML. Raises FeedbackMappingInvalid."""
    return None if said is None else mapping_by(format_of(said))


def format_of(said: Mapping[str, object]) -> AnswerFormat:
    """A stored or given format. Raises FeedbackMappingInvalid."""
    try:
        return AnswerFormat.model_validate(said)
    except ValidationError as error:
        raise mapping_invalid(error) from error


def mapping_by(form: AnswerFormat) -> CsvMapping:
    """What the reader of CSV files needs of a format."""
    return CsvMapping(
        form.record_id,
        form.state,
        form.rule_id,
        form.text,
        form.message_id,
        form.states,
        form.delimiter,
        form.encoding,
    )


def format_for(destination: Destination, name: str) -> dict[str, object] | None:
    """The format of a destination where it is meant for a file of this name; None: the file is a message in XML."""
    said = destination.feedback_format
    if said is None or not matches(format_of(said).file_name.casefold(), name.casefold()):
        return None
    return dict(said)


def mapping_invalid(error: ValidationError) -> FeedbackMappingInvalid:
    """The refusal of a format with these faults, each with its place."""
    faults = [
        {"pointer": json_pointer(one["loc"]), "code": one["type"], "detail": one["msg"]} for one in error.errors()
    ]
    place, detail = faults[0]["pointer"].removeprefix("/"), faults[0]["detail"]
    return FeedbackMappingInvalid(f"{place}: {detail}." if place else f"{detail}.", extra={"errors": faults})
