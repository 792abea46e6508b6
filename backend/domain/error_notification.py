"""What a competent authority is told of an error or omission, written from the entry of the register."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from backend.domain.error_register import CAUSE_SENTENCES, EntryKind, FoundBy, RootCause

#: What Markdown would take for its own in a text that somebody typed.
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|~])")
#: Marks that mean something only where a line begins.
_BEGINNINGS: Final = re.compile(r"^(\s*)([-+]|\d+[.)])(?=\s)", re.MULTILINE)
_KINDS: Final = {
    EntryKind.ERROR: "Error in reports that were submitted",
    EntryKind.OMISSION: "Omission: transactions that were not reported",
    EntryKind.OVER_REPORTING: "Over-reporting: transactions without an obligation to report",
    EntryKind.LATE: "Reports that were submitted too late",
}
_FOUND: Final = {
    FoundBy.OWN_CONTROL: "by a control of our own",
    FoundBy.RECONCILIATION: "by reconciliation",
    FoundBy.REGULATOR_FEEDBACK: "from the feedback of the regulator",
    FoundBy.AUDIT: "by an audit",
}
_UNKNOWN: Final = "not known yet"
#: Days that are listed one by one; more are summed up.
_LISTED_DAYS: Final = 60


class NotificationFormat(StrEnum):
    """How the text is written."""

    MARKDOWN = "markdown"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class NotifiedDay:
    """A reporting date that is affected; ``records`` is None while nobody has counted."""

    report: str
    reporting_date: date
    records: int | None


@dataclass(frozen=True, slots=True)
class NotifiedAction:
    """What is done about it."""

    text: str
    owner: str
    due_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class BackReportingSummary:
    """Reporting dates that are reported again, and of how many all is accepted."""

    days: int
    accepted: int


@dataclass(frozen=True, slots=True)
class NotifiedEntry:
    """Everything of an entry that an authority is told."""

    firm: str
    reference: str
    title: str
    kind: EntryKind
    description: str
    reports: Sequence[str]
    occurred_from: date
    occurred_to: date | None
    discovered_on: date
    found_by: FoundBy
    corrected_on: date | None
    root_cause: RootCause | None
    root_cause_text: str
    days: Sequence[NotifiedDay]
    fields: Sequence[str]
    actions: Sequence[NotifiedAction]
    authority: str
    authority_reference: str
    back_reporting: BackReportingSummary | None


def notification(entry: NotifiedEntry, form: NotificationFormat) -> str:
    """The text, ready to be sent; what people typed into the entry is no markup in it."""
    page = _Page(form)
    return "\n".join(_lines(entry, page)).strip() + "\n"


def subject(entry: NotifiedEntry) -> str:
    """One line that says what it is about."""
    return f"Notification of errors and omissions {entry.reference}: {' '.join(entry.title.split())}"


@dataclass(frozen=True, slots=True)
class _Page:
    form: NotificationFormat

    def text(self, typed: str) -> str:
        if self.form is NotificationFormat.PLAIN:
            return typed.strip()
        return _BEGINNINGS.sub(r"\1\\\2", _MARKS.sub(r"\\\1", typed.strip()))

    def line(self, typed: str) -> str:
        return self.text(" ".join(typed.split()))

    def title(self, text: str) -> str:
        return f"# {text}" if self.form is NotificationFormat.MARKDOWN else f"{text}\n{'=' * len(text)}"

    def heading(self, text: str) -> str:
        return f"\n## {text}\n" if self.form is NotificationFormat.MARKDOWN else f"\n{text}\n{'-' * len(text)}"

    def fact(self, name: str, value: str) -> str:
        return f"- **{name}:** {value}" if self.form is NotificationFormat.MARKDOWN else f"{name}: {value}"


def _lines(entry: NotifiedEntry, page: _Page) -> Iterator[str]:
    yield page.title(f"Notification of errors and omissions {entry.reference}")
    yield ""
    yield page.fact("Firm", page.line(entry.firm))
    if entry.authority:
        yield page.fact("To", page.line(entry.authority))
    if entry.authority_reference:
        yield page.fact("Your reference", page.line(entry.authority_reference))
    yield page.fact("Our reference", entry.reference)
    yield page.fact("Subject", page.line(entry.title))
    yield page.fact("Kind", _KINDS[entry.kind])
    yield page.fact("Reports", ", ".join(page.line(one) for one in entry.reports) or _UNKNOWN)
    yield page.fact("Occurred", _period(entry))
    yield page.fact("Discovered", f"{entry.discovered_on}, {_FOUND[entry.found_by]}")
    yield page.fact("Corrected", str(entry.corrected_on) if entry.corrected_on else "not yet")
    if entry.description.strip():
        yield page.heading("What happened")
        yield page.text(entry.description)
    yield page.heading("Root cause")
    yield CAUSE_SENTENCES[entry.root_cause] if entry.root_cause else f"The cause is {_UNKNOWN}."
    if entry.root_cause_text.strip():
        yield page.text(entry.root_cause_text)
    yield page.heading("What is affected")
    yield from _affected(entry, page)
    yield page.heading("What is done about it")
    yield from _remedy(entry, page)


def _period(entry: NotifiedEntry) -> str:
    if entry.occurred_to is None:
        return f"since {entry.occurred_from}"
    if entry.occurred_to == entry.occurred_from:
        return str(entry.occurred_from)
    return f"from {entry.occurred_from} to {entry.occurred_to}"


def _affected(entry: NotifiedEntry, page: _Page) -> Iterator[str]:
    known = [one.records for one in entry.days if one.records is not None]
    some = "at least " if len(known) < len(entry.days) else ""
    yield page.fact("Records", f"{some}{sum(known):,}" if known else _UNKNOWN)
    yield page.fact(
        "Reporting dates", f"{len({one.reporting_date for one in entry.days}):,}" if entry.days else _UNKNOWN
    )
    yield page.fact("Fields", ", ".join(page.line(one) for one in entry.fields) or _UNKNOWN)
    for one in entry.days[:_LISTED_DAYS]:
        records = f"{one.records:,} records" if one.records is not None else "records not counted yet"
        yield page.fact(f"{one.reporting_date}", f"{page.line(one.report)}, {records}")
    if len(entry.days) > _LISTED_DAYS:
        yield page.fact("Further", f"{len(entry.days) - _LISTED_DAYS:,} reporting dates; a list is kept with the entry")


def _remedy(entry: NotifiedEntry, page: _Page) -> Iterator[str]:
    again = entry.back_reporting
    if again is not None:
        yield page.fact("Reported again", f"{again.days:,} reporting dates, {again.accepted:,} of them accepted so far")
    for one in entry.actions:
        ended = f"done on {one.done_at:%Y-%m-%d}" if one.done_at else f"due on {one.due_at:%Y-%m-%d}"
        yield page.fact(page.line(one.text), f"{page.line(one.owner)}, {ended}")
    if again is None and not entry.actions:
        yield "Nothing has been decided yet."
