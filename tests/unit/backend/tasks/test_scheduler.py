"""The scheduler of the sweeps when its clock is set back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import Celery

from backend.tasks.scheduler import SteadyScheduler

NAMES = ("runs.sweep", "deliveries.sweep")
EVERY_SECONDS = 0.05


class _Noting(SteadyScheduler):  # type: ignore[misc]  # Celery has no types
    """Notes what it would send."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.sent: set[str] = set()
        super().__init__(*args, **options)

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent.add(entry.name)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[_Noting]:
    """Two sweeps, many times a second."""
    app = Celery("test", broker="memory://", set_as_current=False)
    app.conf.timezone = "UTC"
    app.conf.beat_schedule = {name: {"task": name, "schedule": EVERY_SECONDS} for name in NAMES}
    scheduler = _Noting(app, schedule_filename=str(tmp_path / "schedule"))
    yield scheduler
    scheduler.close()


def go_on(scheduler: _Noting, seconds: float = 2.0) -> set[str]:
    """What is sent until everything was, or the time is over."""
    scheduler.sent.clear()
    end = time.monotonic() + seconds
    while scheduler.sent < set(NAMES) and time.monotonic() < end:
        time.sleep(min(max(scheduler.tick(), 0.0), EVERY_SECONDS))
    return scheduler.sent


def test_sweeps_go_on_when_the_clock_is_set_back(scheduler: _Noting) -> None:
    assert go_on(scheduler) == set(NAMES)
    for entry in scheduler.schedule.values():
        entry.last_run_at += timedelta(hours=2)
    scheduler._heap = None
    assert go_on(scheduler) == set(NAMES)
