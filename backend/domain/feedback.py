"""Feedback: what a regulator answers to a submission, its states, and what may be concluded from its counts."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FeedbackFormat(StrEnum):
    """The messages that are understood, and mapped text files."""

    AUTH_031 = "auth.031"
    AUTH_092 = "auth.092"
    AUTH_084 = "auth.084"
    CSV = "csv"


class FeedbackState(StrEnum):
    """How far a file is."""

    RECEIVED = "received"
    PARSING = "parsing"
    APPLIED = "applied"
    UNMATCHED = "unmatched"
    REFUSED = "refused"
    CONTRADICTORY = "contradictory"


#: States in which a file is read again when somebody asks for it.
REPEATABLE: Final = frozenset({FeedbackState.REFUSED, FeedbackState.UNMATCHED, FeedbackState.CONTRADICTORY})
#: States in which work is to be done by a worker.
UNDER_WAY: Final = (FeedbackState.RECEIVED, FeedbackState.PARSING)


class FeedbackSource(StrEnum):
    """How a file came."""

    POLL = "poll"
    UPLOAD = "upload"
    API = "api"


class AdviceState(StrEnum):
    """What an advice says of one record."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    RECEIVED = "received"
    REJECTED = "rejected"
    UNSENT = "unsent"


#: The codes of ISO 20022 for a record. PDNG and RCVD are not the last word.
RECORD_CODES: Final[Mapping[str, AdviceState]] = {
    "ACPT": AdviceState.ACCEPTED,
    "ACPD": AdviceState.ACCEPTED,
    "ACTC": AdviceState.RECEIVED,
    "WARN": AdviceState.ACCEPTED,
    "PDNG": AdviceState.PENDING,
    "RCVD": AdviceState.RECEIVED,
    "RMDR": AdviceState.RECEIVED,
    "PART": AdviceState.RECEIVED,
    "RJCT": AdviceState.REJECTED,
    "RJPD": AdviceState.REJECTED,
    "NAUT": AdviceState.REJECTED,
    "INCF": AdviceState.UNSENT,
    "CRPT": AdviceState.UNSENT,
}
#: Rules that only a cancellation can fail: there is no such transaction.
OF_CANCELLATIONS: Final = frozenset({"CON-024"})
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
#: A file with one of these was not read by the regulator: its records count as never sent.
NOT_PROCESSED: Final = frozenset({"INCF", "CRPT"})


@dataclass(frozen=True, slots=True)
class RuleText:
    """A regulator's rule as an advice gives it."""

    id: str
    text: str | None = None
    scheme: str | None = None
    issuer: str | None = None

    def as_json(self) -> dict[str, object]:
        """As it is stored: what is not said is left out."""
        named = {"id": self.id, "text": self.text, "scheme": self.scheme, "issuer": self.issuer}
        return {name: value for name, value in named.items() if value is not None}


@dataclass(slots=True)
class MessageAdvice:
    """What is said about one submitted message. ``stated`` are counts that the regulator gives, ``listed`` our own.

    ``is_exhaustive`` where a list holds all records but accepted ones; statistics of a day also count other files.
    """

    number: int
    message_id: str | None = None
    status: str | None = None
    rules: list[RuleText] = field(default_factory=list)
    total: int | None = None
    stated: dict[AdviceState, int] = field(default_factory=dict)
    listed: dict[AdviceState, int] = field(default_factory=dict)
    parties: list[str] = field(default_factory=list)
    is_exhaustive: bool = True

    @property
    def listed_total(self) -> int:
        """Records that are named."""
        return sum(self.listed.values())

    @property
    def is_processed(self) -> bool:
        """Whether the regulator has read the file at all."""
        return self.status not in NOT_PROCESSED

    def contradiction(self) -> str | None:
        """What in the message does not add up, None when everything does."""
        if self.total is None:
            return None
        stated = sum(self.stated.values())
        if stated != self.total:
            return f"The counts by state add up to {stated}, but {self.total} records are stated."
        for state in AdviceState:
            listed, said = self.listed.get(state, 0), self.stated.get(state, 0)
            is_wrong = listed > said if state is AdviceState.ACCEPTED else listed != said
            if is_wrong and self.is_processed:
                return f"{said} records are stated as {state.value}, but {listed} are listed."
        return None

    def conclusion(self, sent: int, parts: Collection[int] = ()) -> Conclusion:
        """What follows from the counts for the records that are not listed, ``sent`` of which there are in all.

        ``parts`` are the records of each file where several were sent by one name: an answer to one of them says
        nothing of the others.
        """
        reason = self.contradiction()
        if reason is not None:
            return Conclusion(reason=reason)
        if not self.is_processed or self.total is None:
            return Conclusion()
        if self.total == sent:
            return Conclusion(infers_accepted=True)
        if not self.is_exhaustive or self.total == self.listed_total or self.total in parts:
            return Conclusion()
        return Conclusion(reason=f"{self.total} records are stated, but {sent} were sent.")


def is_another_firm(named: Collection[str], ours: Collection[str]) -> bool:
    """Whether LEIs are named and none of them is ours; who is named by something else, or who we are, is not judged."""
    firms = [one for one in named if _LEI.fullmatch(one)]
    return bool(firms) and any(_LEI.fullmatch(one) for one in ours) and not set(firms) & set(ours)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Whether records that are not listed count as accepted, or why the counts cannot be believed."""

    infers_accepted: bool = False
    reason: str | None = None
