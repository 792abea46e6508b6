"""What the regulator makes of transactions: accepted, pending until it knows the instrument, or rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.services.regulator.received import CANCELLATION, Transaction

ACCEPTED, PENDING, REJECTED = "ACPT", "PDNG", "RJCT"
Rule = tuple[str, str]
DUPLICATE: Rule = ("CON-023", "The reference was used for another transaction that is accepted.")
UNKNOWN: Rule = ("CON-024", "There is no transaction with this reference that could be cancelled.")
WAITS: Rule = ("CON-411", "The instrument is not yet in the reference data; the transaction is judged again.")
NOT_LISTED: Rule = ("CON-412", "The instrument is not in the reference data of the day.")
ODD: Rule = ("SIM-001", "The simulated regulator does not believe this price.")


@dataclass(frozen=True)
class Verdict:
    """The state of one record and the rule that made it so."""

    record_id: str
    state: str
    rule: Rule | None = None


@dataclass
class Register:
    """Everything the regulator knows. Of the first file some are rejected and some wait; later ones are believed.

    Which ones is drawn from their references, so that it does not depend on the order of the file. What the first file
    takes back is of earlier days, and known.
    """

    to_reject: int
    to_hold: int
    states: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)

    def judge(self, transactions: Sequence[Transaction]) -> list[Verdict]:
        """The verdicts on a file, in its order."""
        is_first = not self.states
        drawn = self._drawn(transactions) if is_first else {}
        return [self._verdict(one, drawn, is_first=is_first) for one in transactions]

    def settle(self) -> list[Verdict]:
        """The second look at what waits: the first is rejected after all, the others are accepted."""
        settled = [
            Verdict(one, REJECTED, NOT_LISTED) if place == 0 else Verdict(one, ACCEPTED)
            for place, one in enumerate(self.waiting)
        ]
        self.states.update({one.record_id: one.state for one in settled})
        self.waiting = []
        return settled

    def _drawn(self, transactions: Sequence[Transaction]) -> dict[str, Verdict]:
        new = sorted(
            (one.record_id for one in transactions if one.kind != CANCELLATION),
            key=lambda record: hashlib.sha256(record.encode()).digest(),
        )
        held = new[self.to_reject : self.to_reject + self.to_hold]
        self.waiting = list(held)
        rejected = {one: Verdict(one, REJECTED, ODD) for one in new[: self.to_reject]}
        return rejected | {one: Verdict(one, PENDING, WAITS) for one in held}

    def _verdict(self, one: Transaction, drawn: dict[str, Verdict], *, is_first: bool) -> Verdict:
        record, before = one.record_id, self.states.get(one.record_id)
        if one.kind == CANCELLATION:
            if before is None and not is_first:
                return Verdict(record, REJECTED, UNKNOWN)
            self.states.pop(record, None)
            return Verdict(record, ACCEPTED)
        if before == ACCEPTED:
            return Verdict(record, REJECTED, DUPLICATE)
        verdict = drawn.get(record, Verdict(record, ACCEPTED))
        self.states[record] = verdict.state
        return verdict
