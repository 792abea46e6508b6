"""Placeholders in the parameters of scheduled runs."""

from datetime import date, datetime

import pytest

from backend.domain.schedules.cadence import Cadence, CronCadence, MonthlyCadence, WeeklyCadence, WorkingDayCadence
from backend.domain.schedules.faults import PlaceholderUnknown
from backend.domain.schedules.parameters import FireFacts, check_parameters, fill_in
from backend.domain.schedules.words import in_words

FACTS = FireFacts(date(2026, 3, 31), datetime.fromisoformat("2026-04-01T07:05"), "Nightly")


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{reporting_date}", "2026-03-31"),
        ("eod_{reporting_date:%Y%m%d}.csv", "eod_20260331.csv"),
        ("{fire_date} {fire_time}", "2026-04-01 07:05"),
        ("{month_start}/{month_end}", "2026-03-01/2026-03-31"),
        ("{previous_month_start}..{previous_month_end}", "2026-02-01..2026-02-28"),
        ("{{kept}} {schedule} {year}", "{kept} Nightly 2026"),
        ("", ""),
    ],
)
def test_a_placeholder_is_filled_in(text: str, filled: str):
    check_parameters({"one": text})
    assert fill_in({"one": text, "two": 5, "three": None}, FACTS) == {"one": filled, "two": 5, "three": None}


@pytest.mark.parametrize(
    "text",
    [
        "{reporting_dat}",
        "{",
        "}",
        "{}",
        "{reporting_date!r}",
        "{reporting_date.__class__}",
        "{year:%Y}",
        "{fire_date:{year}}",
        "{reporting_date:%c}",
        "{reporting_date:\x00}",
    ],
)
def test_what_no_fire_can_fill_in_is_refused(text: str):
    with pytest.raises(PlaceholderUnknown) as refused:
        check_parameters({"one": text})
    assert refused.value.extra["parameter"] == "one"
    assert refused.value.fix


def test_a_misspelt_placeholder_is_guessed():
    with pytest.raises(PlaceholderUnknown) as refused:
        check_parameters({"one": "{reporting_dat}"})
    assert refused.value.fix == "Did you mean {reporting_date}?"


@pytest.mark.parametrize(
    ("cadence", "sentence"),
    [
        (CronCadence(expression="15 7 * * *"), "At 07:15 every day"),
        (WeeklyCadence(days_of_week=[0, 4], times=["18:00", "07:00"]), "Every Monday and Friday at 07:00 and 18:00"),
        (MonthlyCadence(day=22, times=["07:00"]), "On the 22nd of every month at 07:00"),
        (MonthlyCadence(day="last", months=[6, 12], times=["07:00"]), "On the last day of June and December at 07:00"),
        (WorkingDayCadence(nth=-1, times=["07:00"]), "On the last working day of every month at 07:00"),
    ],
)
def test_a_cadence_is_said_in_words(cadence: Cadence, sentence: str):
    assert in_words(cadence) == sentence
