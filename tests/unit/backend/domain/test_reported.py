"""What counts as reported before a run: complete runs that nothing has taken the place of, and what was delivered."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.core.ids import new_id
from backend.domain.reported import CompletedRun, reported_before

TODAY = (date(2026, 11, 20), "no parameters")
YESTERDAY = (date(2026, 11, 19), "no parameters")
BEGAN = datetime(2026, 11, 20, 18, tzinfo=UTC)


def completed(after_hours: int, occasion: tuple[date, str] = YESTERDAY, **changes: Any) -> CompletedRun:
    told = {"is_supplemental": False, "is_held": False, "is_delivered": False, **changes}
    return CompletedRun(new_id(), occasion, finished_at=BEGAN + timedelta(hours=after_hours), **told)


def counted(*completed: CompletedRun, is_supplemental: bool = False) -> list[CompletedRun]:
    return list(reported_before(TODAY, completed, is_supplemental=is_supplemental))


def test_runs_of_other_days_count_in_the_order_in_which_they_ended() -> None:
    first, second, third = completed(1), completed(2, (date(2026, 11, 17), "")), completed(3, (date(2026, 11, 18), ""))
    assert counted(third, first, second) == [first, second, third]


def test_run_in_the_place_of_an_earlier_one_does_not_see_it() -> None:
    assert counted(completed(1, TODAY), completed(2, TODAY)) == []


def test_what_was_delivered_stays_reported_whatever_was_run_since() -> None:
    delivered = completed(1, TODAY, is_delivered=True)
    assert counted(delivered, completed(2, TODAY)) == [delivered]


def test_of_two_runs_of_another_day_the_later_one_counts() -> None:
    first, second = completed(1), completed(2)
    assert counted(first, second) == [second]


def test_other_parameters_make_another_occasion() -> None:
    first, second = completed(1, (YESTERDAY[0], "desk A")), completed(2, (YESTERDAY[0], "desk B"))
    assert counted(first, second) == [first, second]


def test_held_run_has_not_reported_yet() -> None:
    assert counted(completed(1, is_held=True)) == []


def test_supplemental_run_adds_to_its_parent_and_both_count() -> None:
    parent, added = completed(1), completed(2, is_supplemental=True)
    assert counted(parent, added) == [parent, added]
    assert counted(parent, added, completed(3))[-1].finished_at == BEGAN + timedelta(hours=3)
    assert len(counted(parent, added, completed(3))) == 1


@pytest.mark.parametrize("is_delivered", [True, False])
def test_supplemental_run_sees_what_it_corrects(is_delivered: bool) -> None:
    parent = completed(1, TODAY, is_delivered=is_delivered)
    assert counted(parent, is_supplemental=True) == [parent]
