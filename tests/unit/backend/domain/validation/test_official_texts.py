"""A regulator's list as rows: what is read, what is refused with its line, and what differs from the list before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from backend.domain.validation.official_texts import (
    MAX_TEXTS,
    DayOrder,
    ListPart,
    ListReading,
    OfficialRow,
    OfficialTextsInvalid,
    ReadList,
    TextChange,
    compare_lists,
    read_day,
    read_list,
)

PARTS = (ListPart.CODE, ListPart.TEXT, ListPart.FIELD, ListPart.VALID_FROM, ListPart.VALID_TO)
COLUMNS = {part: place for place, part in enumerate(PARTS)}


def read(*rows: Sequence[str | None], **changes: bool) -> ReadList:
    return read_list(enumerate(rows, start=2), ListReading(COLUMNS, header_line=1, **changes))


def row(code: str, text: str, begin: date | None = None, **changes: Any) -> OfficialRow:
    return OfficialRow(2, code, text, valid_from=begin, **changes)


def test_rows_are_read_without_what_stands_around_their_texts() -> None:
    found = read([" CON-023 ", " It is\nunique. ", "2", "03.01.2018", None], [None, " "], ["CON-024", "Known.", "3"])
    assert found.faults == []
    assert [(one.line, one.code, one.text, one.field, one.valid_from) for one in found.rows] == [
        (2, "CON-023", "It is\nunique.", "2", date(2018, 1, 3)),
        (4, "CON-024", "Known.", "3", None),
    ]


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ([None, "A text."], "code", "code_missing"),
        (["C-1", "  "], "text", "text_missing"),
        (["C" * 61, "A text."], "code", "text_too_long"),
        (["C-1", "x" * 8001], "text", "text_too_long"),
        (["C-1", "a\x00b"], "text", "text_unfit"),
        (["C-1", "A text.", "2", "31.02.2026"], "valid_from", "day_unreadable"),
        (["C-1", "A text.", "2", "soon"], "valid_from", "day_unreadable"),
        (["C-1", "A text.", "2", "2026-02-02", "2026-02-01"], "valid_to", "period_ends_early"),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_with_its_line(cells: list[str | None], column: str, code: str) -> None:
    found = read(["C-0", "Good."], cells)
    assert [(one.line, one.column, one.code) for one in found.faults] == [(3, column, code)]
    assert [one.code for one in found.rows] == ["C-0"]


def test_the_same_twice_is_left_out_and_two_texts_for_the_same_days_are_refused() -> None:
    found = read(
        ["C-1", "One.", "2", "2026-01-01", "2026-06-30"],
        ["C-1", "One.", "2", "2026-01-01", "2026-06-30"],
        ["C-1", "Another from July.", "2", "2026-07-01"],
        ["C-1", "Of another field.", "3", "2026-01-01"],
        ["C-1", "Overlapping.", "2", "2026-06-30", "2026-07-01"],
    )
    assert found.duplicates == [(3, 2)]
    assert [one.text for one in found.rows] == ["One.", "Another from July.", "Of another field."]
    assert [(one.line, one.code, one.other_line) for one in found.faults] == [(6, "code_repeated", 2)]


def test_headings_between_the_rules_are_left_out_when_somebody_says_so() -> None:
    cells = [[None, "Table 1"], ["C-1", "One."]]
    assert read(*cells).faults[0].code == "code_missing"
    found = read(*cells, leaves_out_headings=True)
    assert (found.faults, found.headings, len(found.rows)) == ([], [2], 1)


def test_a_list_is_not_longer_than_lists_are() -> None:
    rows = ((number, [f"C-{number}", "A text."]) for number in range(2, MAX_TEXTS + 4))
    with pytest.raises(OfficialTextsInvalid, match=f"Line {MAX_TEXTS + 2}: .* at most {MAX_TEXTS} rules"):
        read_list(rows, ListReading(COLUMNS, header_line=1))


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-27", DayOrder.MONTH_FIRST, date(2026, 11, 27)),
        ("2026-11-27T00:00:00.000", DayOrder.DAY_FIRST, date(2026, 11, 27)),
        ("27.11.2026", DayOrder.DAY_FIRST, date(2026, 11, 27)),
        ("03/04/2026", DayOrder.DAY_FIRST, date(2026, 4, 3)),
        ("03/04/2026", DayOrder.MONTH_FIRST, date(2026, 3, 4)),
        ("03/04/26", DayOrder.DAY_FIRST, None),
        ("45987", DayOrder.DAY_FIRST, None),
        ("00.00.0000", DayOrder.DAY_FIRST, None),
    ],
)
def test_days_are_read_as_lists_write_them(text: str, order: DayOrder, day: date | None) -> None:
    assert read_day(text, order) == day


def test_a_list_is_compared_with_the_one_before_code_by_code() -> None:
    begin, later = date(2025, 1, 1), date(2026, 1, 1)
    before = [
        row("C-1", "Same."),
        row("C-2", "Old."),
        row("C-3", "Gone."),
        row("C-4", "First.", begin),
        row("C-5", "Gone for long.", withdrawn_in=2),
        row("C-6", "Back.", withdrawn_in=2),
    ]
    now = [
        row("C-4", "Second.", later),
        row("C-4", "First.", begin),
        row("C-1", "Same."),
        row("C-2", "New."),
        row("C-6", "Back."),
    ]
    told = [(one.change, one.row.text, one.before and one.before.text) for one in compare_lists(before, now)]
    assert told == [
        (TextChange.ADDED, "Second.", None),
        (TextChange.SAME, "First.", "First."),
        (TextChange.SAME, "Same.", "Same."),
        (TextChange.CHANGED, "New.", "Old."),
        (TextChange.ADDED, "Back.", None),
        (TextChange.WITHDRAWN, "Gone.", "Gone."),
        (TextChange.WITHDRAWN, "Gone for long.", "Gone for long."),
    ]
