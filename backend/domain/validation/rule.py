"""A validation rule as a value: what it says, where it runs, how much it weighs, what it rests on.

The expression is SQL over the columns of its phase: source columns, target columns, or (phase ``set``) the whole
target frame with window aggregates. True passes, false fails, NULL passes as in an SQL CHECK constraint. A rule
that cannot be evaluated for a row is a blocking finding, never a pass; that is the evaluator's duty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Source(StrEnum):
    """Whether a text was matched with the regulation or message definition, or still waits for it."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Severity(StrEnum):
    """What a failed rule does: fail the run, set the record aside, or only be recorded."""

    BLOCKING = "blocking"
    CORRECTABLE = "correctable"
    WARNING = "warning"


class Phase(StrEnum):
    """Where a rule runs: on source rows, on target rows, or once over the whole set."""

    SOURCE = "source"
    TARGET = "target"
    SET = "set"


class Scope(StrEnum):
    """What a rule looks at: one field, one record, records sharing a key, all records, or earlier reports."""

    FIELD = "field"
    RECORD = "record"
    GROUP = "group"
    WHOLE_SET = "whole_set"
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Rule:
    """One check. Several parts may share the ``id`` (one per side or column); ``part`` tells them apart.

    ``columns`` are the columns the expression reads, ``fields`` the field numbers of the regulation it speaks
    about, ``valid_from`` and ``valid_to`` (exclusive) bound the reporting dates it applies to. In phase ``set`` only
    the records for which ``where`` is true take part; all, where it is missing.
    """

    id: str
    title: str
    phase: Phase
    severity: Severity
    scope: Scope
    expression: str
    message: str
    columns: tuple[str, ...] = ()
    fields: tuple[int, ...] = ()
    citation: str | None = None
    source: Source = Source.UNVERIFIED
    part: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    where: str | None = None

    @property
    def key(self) -> str:
        """The id with the part, unique inside a pack: ``MR-02.buyer_lei``."""
        return f"{self.id}.{self.part}" if self.part else self.id

    def applies_on(self, reporting_date: date) -> bool:
        """Whether the rule is in force on the reporting date."""
        started = self.valid_from is None or self.valid_from <= reporting_date
        return started and (self.valid_to is None or reporting_date < self.valid_to)
