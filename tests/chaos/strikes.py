"""What strikes a platform. Each function returns when the disturbance is over; recovery is measured from then on."""

import shutil
import signal
from contextlib import suppress

import psutil
import psycopg
import pytest
from redis import Redis

from tests.chaos.door import Mood
from tests.chaos.platform import SCRATCH_FILES, ChaosPlatform

#: Longer than a lease of 30 s, so that what was stopped has lost its runs when it wakes.
STOPPED_SECONDS = 40.0
AWAY_SECONDS = 10.0


def kill_run_child(platform: ChaosPlatform) -> None:
    """kill -9 of the process that carries out a run."""
    for child in platform.run_children()[:1]:
        child.kill()


def kill_run_worker(platform: ChaosPlatform) -> None:
    """kill -9 of a whole run worker, its supervisors with it."""
    _kill(platform, "worker-runs")


def kill_all_workers(platform: ChaosPlatform) -> None:
    """kill -9 of every worker at the same moment."""
    for name in [one for one in platform.processes if one.startswith("worker-")]:
        _kill(platform, name)


def kill_other_worker(platform: ChaosPlatform) -> None:
    """kill -9 of a worker that delivers and sends webhooks, when a file has just been made."""
    platform.until(lambda: bool(platform.ask("SELECT 1 FROM deliveries WHERE finished_at IS NULL")), "a delivery", 240)
    _kill(platform, "worker-other")


def stop_run_child(platform: ChaosPlatform) -> None:
    """SIGSTOP of the process of a run, for good: nobody ever wakes it."""
    for child in platform.run_children()[:1]:
        child.suspend()


def stop_run_worker(platform: ChaosPlatform) -> None:
    """SIGSTOP of a run worker with all below it for longer than its leases, then SIGCONT: zombies wake."""
    family = platform.family("worker-runs")
    for process in family:
        process.suspend()
    platform.pause(STOPPED_SECONDS)
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def kill_a_scheduler(platform: ChaosPlatform) -> None:
    """Two schedulers run; kill -9 of one."""
    _kill(platform, "beat")


def stop_both_schedulers(platform: ChaosPlatform) -> None:
    """SIGSTOP of both schedulers while a run is orphaned, then SIGCONT."""
    both = [process for name in ("beat", "beat-2") for process in platform.family(name)]
    for process in both:
        process.suspend()
    _kill(platform, "worker-runs")
    platform.pause(AWAY_SECONDS)
    for process in both:
        process.resume()


def restart_redis(platform: ChaosPlatform) -> None:
    """kill -9 of Redis, back after ten seconds."""
    platform.restart(platform.services.redis, away_seconds=AWAY_SECONDS, hard=True)


def flush_redis(platform: ChaosPlatform) -> None:
    """FLUSHALL, three times: every message is gone, and those that came after."""
    with Redis.from_url(platform.services.redis.url) as redis:
        for _ in range(3):
            redis.flushall()
            platform.pause(1)


def restart_postgresql(platform: ChaosPlatform) -> None:
    """kill -9 of PostgreSQL, back after five seconds by its write-ahead log."""
    platform.restart(platform.services.postgresql, away_seconds=5, hard=True)


def storm_postgresql(platform: ChaosPlatform) -> None:
    """Every connection that PostgreSQL gives is taken for 15 seconds."""
    held: list[psycopg.Connection] = []
    url = platform.environment["DATABASE_URL"]
    try:
        for _ in range(15):
            with suppress(psycopg.OperationalError):
                held.extend(psycopg.connect(url, connect_timeout=2) for _ in range(200))
            platform.pause(1)
    finally:
        for connection in held:
            connection.close()


def shut_s3(platform: ChaosPlatform) -> None:
    """The object store does not answer for 30 seconds."""
    _mood(platform, Mood.SHUT, 30)


def slow_s3(platform: ChaosPlatform) -> None:
    """The object store answers with 200 kB/s for 20 seconds."""
    _mood(platform, Mood.SLOW, 20)


def failing_s3(platform: ChaosPlatform) -> None:
    """For 20 seconds every third request is refused, and answers break off in the middle."""
    _mood(platform, Mood.FAILING, 20)


def fill_scratch(platform: ChaosPlatform) -> None:
    """No space is left in the scratch area for 15 seconds."""
    if not platform.has_small_scratch:
        pytest.skip("this machine lets us mount no small file system")
    filler = platform.folder.scratch / "filler"
    filler.mkdir()
    with (filler / "bytes").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(1 << 20))
    with suppress(OSError):
        for number in range(SCRATCH_FILES):
            (filler / str(number)).touch()
    for child in platform.run_children():
        child.kill()  # what begins now has no room to begin in
    platform.pause(15)
    shutil.rmtree(filler)


def jump_forward(platform: ChaosPlatform) -> None:
    """The wall clock of one worker of each kind is two hours ahead from one moment to the next; then one dies."""
    _set_clock(platform, 2 * 3600)
    platform.pause(5)
    _kill(platform, "worker-runs-2")


def jump_back(platform: ChaosPlatform) -> None:
    """The wall clock of one worker of each kind is two hours behind; then one dies."""
    _set_clock(platform, -2 * 3600)
    platform.pause(5)
    _kill(platform, "worker-runs-2")


def _kill(platform: ChaosPlatform, name: str) -> None:
    for process in platform.family(name):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _set_clock(platform: ChaosPlatform, seconds: int) -> None:
    if not platform.has_clock:
        pytest.skip("there is no C compiler to build the clock with")
    platform.jump(seconds)


def _mood(platform: ChaosPlatform, mood: Mood, seconds: float) -> None:
    platform.door.become(mood)
    platform.pause(seconds)
    platform.door.become(Mood.OPEN)
