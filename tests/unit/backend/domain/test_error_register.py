"""The states of an entry, and the text that an authority is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from backend.domain.error_notification import (
    BackReportingSummary,
    NotificationFormat,
    NotifiedAction,
    NotifiedDay,
    NotifiedEntry,
    notification,
    subject,
)
from backend.domain.error_register import (
    CAUSE_SENTENCES,
    TRANSITIONS,
    EntryKind,
    EntryState,
    EntryTransitionRefused,
    FoundBy,
    RootCause,
    reference_of,
    transition,
)

ENTRY = NotifiedEntry(
    firm="Example Bank",
    reference="EO-2026-0007",
    title="Prices without their currency",
    kind=EntryKind.ERROR,
    description="",
    reports=["Transactions"],
    occurred_from=date(2026, 11, 2),
    occurred_to=None,
    discovered_on=date(2026, 11, 3),
    found_by=FoundBy.OWN_CONTROL,
    corrected_on=None,
    root_cause=None,
    root_cause_text="",
    days=(),
    fields=(),
    actions=(),
    authority="",
    authority_reference="",
    back_reporting=None,
)
PLAIN, MARKDOWN = NotificationFormat.PLAIN, NotificationFormat.MARKDOWN


def test_every_pair_of_states_is_allowed_or_refused() -> None:
    assert set(TRANSITIONS) == set(EntryState)
    for state in EntryState:
        for to in EntryState:
            if to in TRANSITIONS[state]:
                assert transition(state, to) is to
            else:
                with pytest.raises(EntryTransitionRefused):
                    transition(state, to)
    assert EntryState.OPEN not in {to for following in TRANSITIONS.values() for to in following}
    assert all(EntryState.REOPENED not in TRANSITIONS[state] for state in EntryState if state is not EntryState.CLOSED)
    assert set(CAUSE_SENTENCES) == set(RootCause)


def test_references_sort_as_they_were_given() -> None:
    assert [reference_of(2026, number) for number in (1, 42, 12345)] == [
        "EO-2026-0001",
        "EO-2026-0042",
        "EO-2026-12345",
    ]


def test_what_is_not_known_yet_is_said_to_be_so() -> None:
    text = notification(ENTRY, PLAIN)
    for part in (
        "The cause is not known yet.",
        "Records: not known yet",
        "Corrected: not yet",
        "Nothing has been decided",
    ):
        assert part in text
    assert "None" not in text


def test_the_text_counts_what_was_counted() -> None:
    days = [NotifiedDay("Transactions", date(2026, 9, 1) + timedelta(days=number), 1000) for number in range(70)]
    text = notification(replace(ENTRY, days=days), PLAIN)
    assert "Records: 70,000" in text
    assert "Reporting dates: 70" in text
    assert text.count("1,000 records") == 60
    assert "Further: 10 reporting dates" in text
    text = notification(replace(ENTRY, days=[*days[:1], NotifiedDay("Transactions", date(2026, 11, 20), None)]), PLAIN)
    assert "Records: at least 1,000" in text


def test_the_text_says_what_is_done() -> None:
    due = datetime(2026, 12, 1, tzinfo=UTC)
    actions = [NotifiedAction("Ask the venue", "A. Adams", due, None), NotifiedAction("Correct", "B. Brown", due, due)]
    again = BackReportingSummary(days=5, accepted=3)
    text = notification(replace(ENTRY, actions=actions, back_reporting=again), PLAIN)
    assert "Ask the venue: A. Adams, due on 2026-12-01" in text
    assert "Correct: B. Brown, done on 2026-12-01" in text
    assert "5 reporting dates, 3 of them accepted so far" in text


@pytest.mark.parametrize(
    "typed",
    ["# title", "<script>alert(1)</script>", "[a](http://example.test)", "a | b", "> quoted", "`code`", "1. one"],
)
def test_what_people_typed_is_no_markup(typed: str) -> None:
    """Read by a parser of Markdown it comes back as it was typed."""
    markdown_it = pytest.importorskip("markdown_it")
    said = replace(ENTRY, title=typed, description=typed, fields=[typed], reports=[typed], root_cause_text=typed)
    html = markdown_it.MarkdownIt("commonmark").render(notification(said, MARKDOWN))
    known = ("<h1>", "<h2>", "<ul>", "<li>", "<p>", "<strong>")
    left = html
    for tag in known:
        left = left.replace(tag, "").replace(tag.replace("<", "</"), "")
    assert "<" not in left
    assert typed in notification(said, PLAIN)


def test_a_title_over_several_lines_is_one_line_of_the_subject() -> None:
    assert "\n" not in subject(replace(ENTRY, title="Prices\nBcc: somebody@example.test"))
