"""How a mapped text file is read, as it is stored with the file."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.feedback import AdviceState
from backend.pipeline.feedback.csv_reader import CsvMapping


class FeedbackMappingInvalid(OpenRegError):
    """The mapping of a feedback file cannot be used."""

    code: ClassVar[str] = "feedback_mapping_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def mapping_of(said: Mapping[str, object] | None) -> CsvMapping | None:
    """The mapping, None for a message in XML. Raises FeedbackMappingInvalid."""
    if said is None:
        return None
    try:
        columns = {name: str(said[name]) for name in ("record_id", "state")}
        further = {name: str(said[name]) for name in ("rule_id", "text", "message_id") if said.get(name)}
        states = said.get("states") or {}
        if not isinstance(states, Mapping):
            raise FeedbackMappingInvalid("The words for states must be an object.")
        words = {str(word): AdviceState(str(state)) for word, state in states.items()}
        delimiter, encoding = str(said.get("delimiter") or ","), str(said.get("encoding") or "utf-8-sig")
        codecs.lookup(encoding)
    except KeyError as error:
        raise FeedbackMappingInvalid(f"The column for {error.args[0]} is missing.") from error
    except (ValueError, LookupError) as error:
        raise FeedbackMappingInvalid(f"{error}.") from error
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise FeedbackMappingInvalid("Values are parted by one character.")
    return CsvMapping(
        columns["record_id"],
        columns["state"],
        further.get("rule_id"),
        further.get("text"),
        further.get("message_id"),
        words,
        delimiter,
        encoding,
    )
