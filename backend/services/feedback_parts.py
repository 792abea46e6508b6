"""What a regulator has said of the single messages of a split run: each is settled by its own counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain.feedback import NOT_PROCESSED, AdviceState
from backend.domain.submissions import RecordCounts
from backend.persistence.repositories.submissions import SentMessage

_OPEN = (AdviceState.RECEIVED, AdviceState.UNSENT)


@dataclass(frozen=True, slots=True)
class AnswersToParts:
    """The newest status of each message, and the rows of those whose unlisted records are accepted."""

    statuses: Mapping[str, str]
    processed: str | None
    accepted_rows: Sequence[tuple[int, int]]
    accepted_records: int
    parts: int

    @classmethod
    def of(cls, parts: Sequence[SentMessage], said: Sequence[Mapping[str, Any]]) -> AnswersToParts:
        """``said`` is what applied files say of the submission's messages, in the order they were read.

        A file that names no single message is about all of them.
        """
        statuses: dict[str, str] = {}
        accepted: dict[str, tuple[int, int]] = {}
        processed = None
        for one in said:
            part, status = one.get("part"), one.get("status")
            if status:
                named = [part["message_id"]] if part else [each.message_id for each in parts]
                statuses.update(dict.fromkeys(named, status))
                processed = processed if status in NOT_PROCESSED else status
            if part and part["infers_accepted"]:
                accepted[part["message_id"]] = (part["first"], part["last"])
        records = sum(one.records for one in parts if one.message_id in accepted)
        return cls(statuses, processed, list(accepted.values()), records, len(parts))

    def status(self, newest: str) -> str:
        """The status of the submission: of a file not processed only where none of its files is."""
        unprocessed = sum(one in NOT_PROCESSED for one in self.statuses.values())
        if not unprocessed or unprocessed == self.parts:
            return newest
        return self.processed or ""

    def counts(self, newest: Mapping[AdviceState, int], inside: Mapping[AdviceState, int], sent: int) -> RecordCounts:
        """Records by the last word about each; ``inside`` are those of messages whose unlisted ones are accepted."""
        outside = {state: number - inside.get(state, 0) for state, number in newest.items()}
        settled = counts_of(inside, self.accepted_records, infers_accepted=True)
        rest = counts_of(outside, sent - self.accepted_records, infers_accepted=False)
        return RecordCounts(
            settled.accepted + rest.accepted,
            settled.pending + rest.pending,
            settled.rejected + rest.rejected,
            settled.unconfirmed + rest.unconfirmed,
        )


def counts_of(newest: Mapping[AdviceState, int], sent: int, *, infers_accepted: bool) -> RecordCounts:
    """Records by the last word about each; those without a word are accepted only where that may be inferred."""
    rejected = newest.get(AdviceState.REJECTED, 0)
    pending = newest.get(AdviceState.PENDING, 0)
    open_ones = sum(newest.get(state, 0) for state in _OPEN)
    accepted = newest.get(AdviceState.ACCEPTED, 0)
    if infers_accepted:
        accepted = sent - rejected - pending - open_ones
    return RecordCounts(accepted, pending, rejected, sent - accepted - pending - rejected)
