"""How a destination's answers in CSV are read: which columns say what, and what its words for states mean."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from backend.domain.feedback import AdviceState

MAX_WORDS: Final = 200
Column = Annotated[str, Field(min_length=1, max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=100)]
#: No character of a value's quotes, and none that ends a line.
_NO_DELIMITER: Final = frozenset('"\r\n\0')


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CsvTable(_Part):
    """What turns bytes into rows."""

    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Annotated[str, Field(min_length=1, max_length=40)] = "utf-8-sig"

    @field_validator("delimiter")
    @classmethod
    def _parts_values(cls, value: str) -> str:
        if value in _NO_DELIMITER:
            raise ValueError("values are parted by one character that is no quote and no end of a line")
        return value

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            "".encode(value)
        except LookupError as error:
            raise ValueError(f"{value} is no encoding of texts") from error
        return value


class AnswerFormatDraft(CsvTable):
    """A format in the making: the columns may still have to be chosen.

    ``message_id`` is the column with the identifier of the submitted message, or with the name of its file.
    ``states`` are the words of the file besides the codes of ISO 20022; upper and lower case are the same.
    """

    record_id: Column | None = None
    state: Column | None = None
    rule_id: Column | None = None
    text: Column | None = None
    message_id: Column | None = None
    states: Annotated[dict[Word, AdviceState], Field(max_length=MAX_WORDS)] = {}

    @field_validator("states")
    @classmethod
    def _words_differ(cls, value: dict[str, AdviceState]) -> dict[str, AdviceState]:
        meanings: dict[str, AdviceState] = {}
        for word, state in value.items():
            if meanings.setdefault(folded(word), state) is not state:
                raise ValueError(f"{word} has two meanings")
        return value


class AnswerFormat(AnswerFormatDraft):
    """A format that files can be read by."""

    record_id: Column
    state: Column
    #: Which files are so written; others are messages in XML. ``*`` stands for any characters, ``?`` for one.
    file_name: Annotated[str, Field(pattern=r"^[^\x00-\x1f/]{1,150}$")] = "*.csv"


def folded(word: str) -> str:
    """A word for a state as it is compared."""
    return word.strip().casefold()
