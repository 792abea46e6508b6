"""Calendars that come with OpenReg."""

from __future__ import annotations

from datetime import date

import pytest

from backend.domain.calendars import CalendarBaseUnknown
from backend.services.national_calendars import national_calendar, national_source, national_titles


def test_target_is_closed_on_six_days_of_2026() -> None:
    """As the European Central Bank publishes them; 26 December is a Saturday."""
    closed = [day for day in national_calendar("TARGET").days if day.year == 2026]
    assert closed == [
        date(2026, 1, 1),
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 1),
        date(2026, 12, 25),
        date(2026, 12, 26),
    ]


def test_countries_parts_of_them_and_markets_have_their_own_days() -> None:
    unity, corpus_christi = date(2026, 10, 3), date(2026, 6, 4)
    assert unity in national_calendar("DE").days
    assert corpus_christi not in national_calendar("DE").days
    assert corpus_christi in national_calendar("DE-BY").days
    assert date(2026, 7, 3) in national_calendar("XNYS").days  # the day before the Fourth of July, a Saturday
    assert national_calendar("SA").weekend == (4, 5)


def test_the_list_has_target_first_and_names_of_countries() -> None:
    titles = national_titles()
    assert next(iter(titles)) == "TARGET"
    assert titles["FR"] == "France"
    assert national_source().startswith("holidays 0.")


@pytest.mark.parametrize("code", ["XX", "DE-ZZ", "TARGET-BY", "XECB", ""])
def test_an_unknown_code_is_refused(code: str) -> None:
    with pytest.raises(CalendarBaseUnknown):
        national_calendar(code)
