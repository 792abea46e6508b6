"""The chaos suite: ``make chaos``. Runs are requested, something strikes, and nothing is lost or done twice.

Options by environment: CHAOS_CASES (parts of names, by commas), CHAOS_ROWS, CHAOS_RUNS.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.chaos import strikes
from tests.chaos.platform import ChaosPlatform, started_chaos_platform
from tests.chaos.work import Outcome, Strike, Work, set_up_work

ROWS = int(os.environ.get("CHAOS_ROWS", "10000"))
RUNS = int(os.environ.get("CHAOS_RUNS", "6"))
CHOSEN = [one for one in os.environ.get("CHAOS_CASES", "").split(",") if one]
RECOVERED_WITHIN_SECONDS = 90
#: For all of the work that was left; it says nothing about recovery, and a slow machine may take it.
FINISHED_WITHIN_SECONDS = 600

CASES: dict[str, Strike] = {
    "kill -9: child of the supervisor": strikes.kill_run_child,
    "kill -9: run worker": strikes.kill_run_worker,
    "kill -9: delivery worker": strikes.kill_other_worker,
    "kill -9: every worker at once": strikes.kill_all_workers,
    "SIGSTOP: child of the supervisor, for good": strikes.stop_run_child,
    "SIGSTOP: run worker, past its lease": strikes.stop_run_worker,
    "kill -9: one of two beats": strikes.kill_a_scheduler,
    "SIGSTOP: both beats, a run orphaned": strikes.stop_both_schedulers,
    "Redis killed, back after 10 s": strikes.restart_redis,
    "Redis: FLUSHALL": strikes.flush_redis,
    "PostgreSQL killed, back after 5 s": strikes.restart_postgresql,
    "PostgreSQL: connection storm": strikes.storm_postgresql,
    "S3 down for 30 s": strikes.shut_s3,
    "S3 slow": strikes.slow_s3,
    "S3 failing": strikes.failing_s3,
    "scratch area full": strikes.fill_scratch,
    "clock two hours ahead, worker killed": strikes.jump_forward,
    "clock two hours behind, worker killed": strikes.jump_back,
}
pytestmark = pytest.mark.chaos


@pytest.fixture(scope="module")
def platform(services_folder: Path) -> Iterator[ChaosPlatform]:
    with started_chaos_platform(services_folder / "chaos") as platform:
        yield platform


@pytest.fixture(scope="module")
def work(platform: ChaosPlatform) -> Iterator[Work]:
    with set_up_work(platform, rows=ROWS, reports=RUNS) as work:
        yield work


@pytest.fixture(scope="module")
def undisturbed(work: Work) -> dict[str, str]:
    """What a run gives when nothing happens; all of them give the same."""
    runs = work.request()
    work.platform.until(lambda: work.is_finished(runs), "the undisturbed runs", FINISHED_WITHIN_SECONDS)
    hashes = [work.hashes(run) for run in runs]
    assert len(hashes[0]) == 2
    assert hashes == [hashes[0]] * RUNS
    return hashes[0]


@pytest.fixture(scope="module")
def table() -> Iterator[list[tuple[str, Outcome]]]:
    """Printed at the end, with whatever was found until then."""
    rows: list[tuple[str, Outcome]] = []
    yield rows
    shown = Table(title=f"Chaos: {RUNS} runs of {ROWS:,} rows in each case")
    for column in ("case", "runs", "lost", "double effects", "recovery s", "all done after s", "repeated requests"):
        shown.add_column(column, justify="left" if column == "case" else "right")
    for name, one in rows:
        figures = (
            one.runs,
            len(one.lost),
            len(one.doubled),
            f"{one.recovery_seconds:.1f}",
            f"{one.finish_seconds:.1f}",
        )
        shown.add_row(name, *map(str, figures), str(one.repeats))
    Console(width=140).print(shown)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", [name for name in CASES if not CHOSEN or any(one in name for one in CHOSEN)])
def test_nothing_is_lost_and_nothing_done_twice(
    name: str, work: Work, undisturbed: dict[str, str], table: list[tuple[str, Outcome]]
) -> None:
    outcome = work.strike(CASES[name], undisturbed, within_seconds=FINISHED_WITHIN_SECONDS)
    table.append((name, outcome))
    Console(width=160).print(name, outcome)  # a suite of half an hour shows how far it is
    assert not outcome.lost
    assert not outcome.doubled
    assert outcome.recovery_seconds <= RECOVERED_WITHIN_SECONDS
