"""The cheapest case of the chaos suite, so that every change meets one: messages vanish and a run's process dies."""

from pathlib import Path

import pytest

from tests.chaos import strikes
from tests.chaos.platform import ChaosPlatform, started_chaos_platform
from tests.chaos.work import set_up_work

WITHIN_SECONDS = 240


@pytest.mark.long
def test_a_run_outlives_its_messages_and_its_process(services_folder: Path) -> None:
    def strike(platform: ChaosPlatform) -> None:
        strikes.flush_redis(platform)
        strikes.kill_run_child(platform)

    with (
        started_chaos_platform(services_folder / "chaos") as platform,
        set_up_work(platform, rows=3_000, reports=1) as work,
    ):
        (undisturbed,) = work.request()
        platform.until(lambda: work.is_finished((undisturbed,)), "the undisturbed run", WITHIN_SECONDS)
        outcome = work.strike(strike, work.hashes(undisturbed), within_seconds=WITHIN_SECONDS)
    assert not outcome.lost
    assert not outcome.doubled
    assert outcome.recovery_seconds <= 90
