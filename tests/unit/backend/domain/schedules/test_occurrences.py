"""When schedules fire, and why they do not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.faults import CalendarWithoutDays, ScheduleNeverFires
from backend.domain.schedules.occurrences import FireNote, SkipReason, check_fires, preview

CHRISTMAS = WorkCalendar(frozenset({date(2026, 12, 25), date(2026, 12, 26)}))
WEDNESDAY = datetime(2026, 12, 23, 12, tzinfo=UTC)


def schedule(cadence: object, **more: object) -> ScheduleDefinition:
    """A schedule in Berlin that counts with a calendar."""
    return ScheduleDefinition.model_validate({"cadence": cadence, "zone": "Europe/Berlin", "calendar": "DE", **more})


def daily(*times: str) -> dict[str, object]:
    return {"kind": "daily", "times": times or ("07:00",)}


def fired(definition: ScheduleDefinition, wanted: int, after: datetime = WEDNESDAY) -> list[str]:
    found = preview(definition, CHRISTMAS, after, wanted)
    return [one.fire.at.strftime("%m-%d %H:%M") for one in found]


class TestClosedDays:
    def test_it_runs_all_the_same(self):
        assert fired(schedule(daily()), 4) == ["12-24 06:00", "12-25 06:00", "12-26 06:00", "12-27 06:00"]

    def test_it_is_skipped_with_its_reason(self):
        first, second = preview(schedule(daily(), on_closed="skip"), CHRISTMAS, WEDNESDAY, 2)
        assert first.skips == ()
        assert [one.skip for one in second.skips] == [SkipReason.CLOSED_DAY] * 3
        assert [one.day.day for one in second.skips] == [25, 26, 27]
        assert second.fire.day == date(2026, 12, 28)

    def test_what_moves_forward_onto_a_fire_is_merged_into_it(self):
        definition = schedule(daily("07:00", "18:00"), on_closed="next")
        assert fired(definition, 4, WEDNESDAY + timedelta(days=1)) == [
            "12-24 17:00",
            "12-28 06:00",
            "12-28 17:00",
            "12-29 06:00",
        ]
        merged = preview(definition, CHRISTMAS, WEDNESDAY, 6)[-1].skips
        assert {one.skip for one in merged} == {SkipReason.MERGED}

    def test_a_month_end_on_a_day_off_moves_back(self):
        monthly = {"kind": "monthly", "day": "last", "times": ["18:00"]}
        definition = schedule(monthly, on_closed="previous")
        assert fired(definition, 2, datetime(2027, 1, 1, tzinfo=UTC)) == ["01-29 17:00", "02-26 17:00"]

    def test_what_moves_forward_over_now_still_fires(self):
        """Named for Friday, moved to Monday: asked on Sunday, it is to come."""
        weekly = {"kind": "weekly", "days_of_week": [4], "times": ["07:00"]}
        assert fired(schedule(weekly, on_closed="next"), 1, datetime(2026, 12, 27, 12, tzinfo=UTC)) == ["12-28 06:00"]

    def test_a_blackout_holds_the_day_on_which_it_would_fire(self):
        blackout = {"first": "2026-12-28", "last": "2026-12-30", "reason": "Freeze"}
        (found,) = preview(schedule(daily(), on_closed="next", blackouts=[blackout]), CHRISTMAS, WEDNESDAY, 2)[1:]
        assert found.fire.day == date(2026, 12, 31)
        assert {(one.skip, one.detail) for one in found.skips} == {(SkipReason.BLACKOUT, "Freeze")}


class TestClockChanges:
    def test_a_time_that_does_not_exist_is_the_first_moment_after_the_gap(self):
        (found,) = preview(schedule(daily("02:30")), CHRISTMAS, datetime(2026, 3, 28, 12, tzinfo=UTC), 1)
        assert found.fire.at == datetime(2026, 3, 29, 1, tzinfo=UTC)
        assert found.fire.note is FireNote.CLOCK_CHANGE

    def test_a_time_that_comes_twice_is_the_first(self):
        definition = schedule(daily("02:30"))
        first, second = preview(definition, CHRISTMAS, datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
        assert first.fire.at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
        assert second.fire.at == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)

    def test_what_falls_into_a_gap_together_fires_once(self):
        definition = schedule({"kind": "cron", "expression": "*/20 2 * * *"})
        first, second = preview(definition, CHRISTMAS, datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
        assert first.fire.at == datetime(2026, 3, 29, 1, tzinfo=UTC)
        assert [one.skip for one in second.skips] == [SkipReason.MERGED] * 2

    def test_asked_inside_the_hour_after_a_gap_nothing_fires_again(self):
        definition = schedule(daily("02:30"))
        assert fired(definition, 1, datetime(2026, 3, 29, 1, tzinfo=UTC)) == ["03-30 00:30"]

    def test_a_day_that_a_country_left_out_fires_when_the_next_begins(self):
        definition = schedule(daily("07:00"), zone="Pacific/Apia")
        found = preview(definition, CHRISTMAS, datetime(2011, 12, 29, 18, tzinfo=UTC), 2)
        assert [one.fire.at for one in found] == [
            datetime(2011, 12, 30, 10, tzinfo=UTC),
            datetime(2011, 12, 30, 17, tzinfo=UTC),
        ]


class TestCadences:
    @pytest.mark.parametrize(
        ("cadence", "expected"),
        [
            ({"kind": "monthly", "day": 31, "times": ["06:00"]}, ["12-31", "01-31", "02-28", "03-31"]),
            ({"kind": "monthly", "day": 5, "months": [4, 9], "times": ["06:00"]}, ["04-05", "09-05", "04-05"]),
            ({"kind": "quarterly", "month_of_quarter": 2, "day": "last", "times": ["06:00"]}, ["02-28", "05-31"]),
            ({"kind": "yearly", "month": 2, "day": 29, "times": ["06:00"]}, ["02-28", "02-29", "02-28"]),
            ({"kind": "working_day", "nth": 1, "times": ["06:00"]}, ["01-01", "02-01", "03-01", "04-01", "05-03"]),
            ({"kind": "working_day", "nth": -1, "times": ["06:00"]}, ["12-31", "01-29", "02-26"]),
            ({"kind": "working_day", "nth": 1, "of": "quarter", "times": ["06:00"]}, ["01-01", "04-01"]),
            ({"kind": "working_day", "nth": 23, "times": ["06:00"]}, ["03-31", "07-30", "08-31", "09-30"][0:1]),
            ({"kind": "cron", "expression": "0 6 * * MON#2"}, ["01-11", "02-08"]),
        ],
    )
    def test_it_names_these_days(self, cadence: object, expected: list[str]):
        found = preview(schedule(cadence), CHRISTMAS, WEDNESDAY, len(expected))
        assert [one.fire.day.strftime("%m-%d") for one in found] == expected

    @pytest.mark.parametrize(
        "cadence",
        [
            {"kind": "cron", "expression": "0 6 * *"},
            {"kind": "cron", "expression": "0 0 6 * * *"},
            {"kind": "cron", "expression": "99 6 * * *"},
            {"kind": "cron", "expression": "0 0 30 2 *"},
            {"kind": "daily", "times": []},
            {"kind": "daily", "times": ["06:00", "06:00"]},
            {"kind": "working_day", "nth": 0, "times": ["06:00"]},
            {"kind": "weekly", "days_of_week": [], "times": ["06:00"]},
        ],
    )
    def test_nonsense_is_refused(self, cadence: object):
        with pytest.raises(ValueError, match="cadence"):
            schedule(cadence)

    def test_an_unknown_zone_is_refused(self):
        with pytest.raises(ValueError, match="no time zone"):
            schedule(daily(), zone="Europe/Atlantis")


class TestReportingDates:
    @pytest.mark.parametrize(
        ("days", "count", "fire_day", "expected"),
        [
            (1, "working_days", date(2026, 12, 28), date(2026, 12, 24)),
            (1, "working_days", date(2026, 12, 26), date(2026, 12, 24)),
            (0, "working_days", date(2026, 12, 26), date(2026, 12, 24)),
            (0, "working_days", date(2026, 12, 24), date(2026, 12, 24)),
            (3, "working_days", date(2026, 12, 28), date(2026, 12, 22)),
            (3, "calendar_days", date(2026, 12, 28), date(2026, 12, 25)),
        ],
    )
    def test_t_plus_n_is_counted_back(self, days: int, count: str, fire_day: date, expected: date):
        definition = schedule(daily(), reporting_date={"days": days, "count": count})
        assert definition.reporting_date_of(fire_day, CHRISTMAS) == expected


class TestWhatNeverFires:
    def test_blackouts_over_all_days(self):
        blackouts = [{"first": "2020-01-01", "last": "2099-01-01"}]
        with pytest.raises(ScheduleNeverFires) as refused:
            check_fires(schedule(daily(), blackouts=blackouts), CHRISTMAS, WEDNESDAY)
        assert "blackout" in refused.value.message
        assert refused.value.fix

    def test_saturdays_that_are_skipped(self):
        weekly = {"kind": "weekly", "days_of_week": [5], "times": ["07:00"]}
        with pytest.raises(ScheduleNeverFires, match="closed_day"):
            check_fires(schedule(weekly, on_closed="skip"), CHRISTMAS, WEDNESDAY)

    @pytest.mark.parametrize("on_closed", ["run", "skip", "next", "previous"])
    def test_a_calendar_without_days(self, on_closed: str):
        start = date(2026, 1, 1)
        closed = WorkCalendar(frozenset(start + timedelta(days=n) for n in range(2000)))
        with pytest.raises(CalendarWithoutDays):
            check_fires(schedule(daily(), on_closed=on_closed), closed, WEDNESDAY)
