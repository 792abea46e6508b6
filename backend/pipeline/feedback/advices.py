"""What a reader gives: batches of advices on single records, and what was said of whole messages."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import ClassVar, Final

import polars as pl

from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.feedback import AdviceState, FeedbackFormat, MessageAdvice, RuleText

#: Advices that leave a reader together.
BATCH_ROWS: Final = 50_000
#: Messages, counterparties or reports that one file may be about.
MAX_MESSAGES: Final = 10_000
#: File-level rules that are kept of one message.
MAX_FILE_RULES: Final = 100
#: Rules that one record may have failed.
MAX_RECORD_RULES: Final = 1_000
#: Characters of a record's identifier and of a rule's.
MAX_RECORD_ID: Final = 300
MAX_RULE_ID: Final = 60
_MOST_REMEMBERED: Final = 10_000
SCHEMA: Final = {
    "position": pl.Int64,
    "message": pl.Int32,
    "record_id": pl.String,
    "entity": pl.String,
    "action": pl.String,
    "reported_at": pl.String,
    "code": pl.String,
    "state": pl.String,
    "rules": pl.String,
}


class FeedbackRefused(OpenRegError):
    """The feedback cannot be read."""

    code: ClassVar[str] = "feedback_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID

    def __init__(self, reason: str, message: str) -> None:
        """``reason`` is the stable name of what is wrong, ``message`` says where."""
        super().__init__(message, extra={"reason": reason})
        self.reason = reason


@dataclass(slots=True)
class FileAdvice:
    """What a file says besides its records.

    ``receiver`` is whom its header names, ``related`` the message that it says it answers.
    """

    format: FeedbackFormat
    messages: list[MessageAdvice] = field(default_factory=list)
    message_id: str | None = None
    related: str | None = None
    sender: str | None = None
    receiver: str | None = None
    reference_date: str | None = None
    #: Sums of a whole file where it states them besides those of its parts: records in all, accepted, rejected.
    totals: dict[str, int] = field(default_factory=dict)
    #: Over what the file says, however it is written; set when it is read to its end.
    content_sha256: str = ""


class Advices:
    """Advices in the making, column by column; positions count from 1."""

    def __init__(self, file: FileAdvice) -> None:
        self.file = file
        self.count = 0
        self._remembered: dict[tuple[str | None, ...], str] = {}
        self._clear()

    def __len__(self) -> int:
        return len(self.record_ids)

    def begin_message(self, *, is_exhaustive: bool = True) -> MessageAdvice:
        """What follows is about another message. Raises FeedbackRefused."""
        if len(self.file.messages) >= MAX_MESSAGES:
            raise FeedbackRefused("too_many_messages", f"The file is about more than {MAX_MESSAGES} messages.")
        message = MessageAdvice(len(self.file.messages) + 1, is_exhaustive=is_exhaustive)
        self.file.messages.append(message)
        return message

    def add(self, record_id: str, code: str, state: AdviceState, rules: str) -> None:
        """One record of the current message."""
        self.count += 1
        self.record_ids.append(record_id)
        self.codes.append(code)
        self.states.append(state)
        self.rules.append(rules)
        self.numbers.append(len(self.file.messages))

    def add_details(self, entity: str | None, action: str | None, reported_at: str | None) -> None:
        """What tells the record just added from others with its identifier."""
        place = len(self.record_ids) - 1
        self.details[place] = (entity, action, reported_at)

    def rule(self, rule_id: str, text: str | None, scheme: str | None, issuer: str | None) -> str:
        """A rule as JSON; the same few thousand come again and again."""
        key = (rule_id, text, scheme, issuer)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            if len(rule_id) > MAX_RULE_ID:
                raise FeedbackRefused("too_long", f"A rule's identifier has more than {MAX_RULE_ID} characters.")
            found = json.dumps(RuleText(rule_id, text, scheme, issuer).as_json(), ensure_ascii=False)
            self._remembered[key] = found
        return found

    def take(self) -> pl.DataFrame:
        """The advices since the last time, counted by message and state."""
        rows = len(self.record_ids)
        entities, actions, times = self._spread(rows)
        frame = pl.DataFrame(
            {
                "position": pl.int_range(self.count - rows + 1, self.count + 1, eager=True, dtype=pl.Int64),
                "message": self.numbers,
                "record_id": self.record_ids,
                "entity": entities,
                "action": actions,
                "reported_at": times,
                "code": self.codes,
                "state": self.states,
                "rules": self.rules,
            },
            schema=SCHEMA,
        )
        self._clear()
        if (frame.get_column("record_id").str.len_chars() > MAX_RECORD_ID).any():
            raise FeedbackRefused("too_long", f"A record's identifier has more than {MAX_RECORD_ID} characters.")
        for number, state, count in frame.group_by("message", "state").len().iter_rows():
            listed = self.file.messages[number - 1].listed
            listed[AdviceState(state)] = listed.get(AdviceState(state), 0) + count
        return frame

    def _spread(self, rows: int) -> tuple[list[str | None], list[str | None], list[str | None]]:
        entities: list[str | None] = [None] * rows
        actions: list[str | None] = [None] * rows
        times: list[str | None] = [None] * rows
        for place, (entity, action, reported_at) in self.details.items():
            entities[place], actions[place], times[place] = entity, action, reported_at
        return entities, actions, times

    def _clear(self) -> None:
        self.record_ids: list[str] = []
        self.codes: list[str] = []
        self.states: list[str] = []
        self.rules: list[str] = []
        self.numbers: list[int] = []
        self.details: dict[int, tuple[str | None, str | None, str | None]] = {}
