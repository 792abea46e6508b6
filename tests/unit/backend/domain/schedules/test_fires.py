"""What becomes of fire times that have come while a scheduler was there, and while none was."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.domain.calendars import WorkCalendar
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import FireState, decide

OPEN = WorkCalendar(frozenset())
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def hourly(**missed: object) -> ScheduleDefinition:
    return ScheduleDefinition.model_validate(
        {"cadence": {"kind": "cron", "expression": "0 * * * *"}, "missed": {"grace_minutes": 15, **missed}}
    )


def states(definition: ScheduleDefinition, after: datetime, now: datetime) -> list[tuple[int, FireState]]:
    return [(one.fire_at.hour, one.state) for one in decide(definition, OPEN, after, now).decisions]


class TestLateSchedulers:
    @pytest.mark.parametrize("rule", ["skip", "run_last", "run_all"])
    def test_a_little_late_is_on_time(self, rule: str):
        now = MONDAY.replace(hour=9, minute=14)
        assert states(hourly(rule=rule), MONDAY, now) == [(9, FireState.STARTED)]

    @pytest.mark.parametrize(
        ("missed", "started"),
        [
            ({"rule": "skip"}, []),
            ({"rule": "run_last"}, [14]),
            ({"rule": "run_all", "limit": 3}, [12, 13, 14]),
            ({"rule": "run_all"}, [9, 10, 11, 12, 13, 14]),
        ],
    )
    def test_the_policy_says_what_is_made_up_for(self, missed: dict[str, object], started: list[int]):
        found = states(hourly(**missed), MONDAY, MONDAY.replace(hour=14, minute=40))
        assert [hour for hour, state in found if state is FireState.STARTED] == started
        assert {state for hour, state in found if hour not in started} <= {FireState.MISSED}
        assert [hour for hour, _ in found] == [9, 10, 11, 12, 13, 14]

    def test_the_last_is_not_made_up_for_when_the_next_is_due_already(self):
        found = states(hourly(rule="run_last"), MONDAY, MONDAY.replace(hour=11, minute=5))
        assert found == [(9, FireState.MISSED), (10, FireState.MISSED), (11, FireState.STARTED)]


class TestLooks:
    def test_two_looks_decide_what_one_decides(self):
        """Wherever the time is cut, each fire is decided once."""
        whole = decide(hourly(), OPEN, MONDAY, MONDAY + timedelta(hours=5)).decisions
        for minutes in range(1, 300, 7):
            cut = MONDAY + timedelta(minutes=minutes)
            parts = (
                *decide(hourly(), OPEN, MONDAY, cut).decisions,
                *decide(hourly(), OPEN, cut, MONDAY + timedelta(hours=5)).decisions,
            )
            assert [one.fire_at for one in parts] == [one.fire_at for one in whole]

    def test_the_next_fire_is_told(self):
        assert decide(hourly(), OPEN, MONDAY, MONDAY).next_fire_at == MONDAY.replace(hour=9, minute=0)

    def test_skips_are_told_with_a_sentence(self):
        definition = ScheduleDefinition.model_validate(
            {"cadence": {"kind": "daily", "times": ["07:00"]}, "calendar": "DE", "on_closed": "skip"}
        )
        found = decide(definition, OPEN, MONDAY - timedelta(days=2), MONDAY).decisions
        assert [(one.state, one.reason_code) for one in found] == [
            (FireState.SKIPPED, "closed_day"),
            (FireState.STARTED, None),
        ]
        assert found[0].reason == "Nobody works on this day."

    def test_a_cadence_that_ran_out_has_no_next_fire(self):
        blackouts = [{"first": "2026-11-24", "last": "2090-01-01"}]
        definition = ScheduleDefinition.model_validate(
            {"cadence": {"kind": "daily", "times": ["07:00"]}, "blackouts": blackouts}
        )
        assert decide(definition, OPEN, MONDAY, MONDAY + timedelta(days=1)).next_fire_at is None
