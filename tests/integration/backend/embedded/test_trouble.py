"""What goes wrong is said in a plain message with the fix, the exit status is 1, and nothing keeps running."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backend.embedded.ports import free_port
from tests.services.folder import make_services_folder
from tests.services.platform_run import PlatformRun, alive, start_platform

Start = Callable[..., PlatformRun]


def refused(run: PlatformRun) -> str:
    """The last screen of a platform that gives up: exit status 1, never a traceback."""
    assert run.process.wait(60) == 1, run.text
    assert "Traceback" not in run.text
    assert "Fix: " in run.text
    return run.text


def test_a_taken_port_is_named_with_its_holder_and_the_way_out(platform: Start):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        text = refused(platform(ports=(free_port(), taken)))
    assert f"Port {taken} is taken by" in text
    assert f"process {os.getpid()}" in text
    assert "--external-port" in text
    assert "OPENREG_EXTERNAL_PORT" in text


def test_a_second_platform_on_the_same_data_is_refused_and_the_first_goes_on(platform: Start):
    first = platform().wait_until_running()
    text = refused(platform())
    assert f"process {first.process.pid}" in text
    assert "openreg down" in text
    assert first.process.poll() is None
    assert first.state["stage"] == "running"


def test_a_process_that_dies_takes_the_platform_down_with_its_last_words(platform: Start, data_dir: Path):
    run = platform("mortal", "worker").wait_until_running()
    pids = run.pids()
    (data_dir / "die").touch()
    text = refused(run)
    assert "worker-mortal ended with status 7" in text
    assert "| the last words of the mortal" in text.split("Its last lines")[1]
    assert alive(pids) == []


def test_a_worker_is_started_again_three_times_and_then_given_up(platform: Start, data_dir: Path):
    run = platform("mortal!").wait_until_running()
    (data_dir / "die").touch()
    text = refused(run)
    assert text.count("It has been started again.") == 3
    assert "3 times within a minute" in text


def test_a_worker_that_dies_once_is_replaced_and_the_platform_goes_on(platform: Start):
    run = platform("worker!").wait_until_running()
    first = run.state["processes"]["worker-worker"]["pid"]
    os.kill(first, signal.SIGKILL)
    run.wait_for("It has been started again.")
    assert run.process.poll() is None
    again = run.state["processes"]["worker-worker"]
    assert again["restarts"] == 1
    assert psutil.pid_exists(again["pid"])


def test_a_service_that_dies_is_named(platform: Start):
    run = platform("worker").wait_until_running()
    pids = run.pids()
    os.kill(run.state["processes"]["redis"]["pid"], signal.SIGKILL)
    assert "service redis ended unexpectedly" in refused(run)
    assert alive(pids) == []


def test_a_failing_migration_shows_its_reason(platform: Start):
    text = refused(platform("migrate=crash"))
    assert "`openreg migrate` failed with status 3" in text
    assert "| the reason of the crash" in text


@pytest.fixture(scope="module")
def original() -> Iterator[Path]:
    """The data of a platform that was started and stopped once; copied for each test."""
    parent = make_services_folder()
    start_platform(parent / "data").wait_until_running().end()
    yield parent / "data"
    shutil.rmtree(parent)


class TestADamagedDataFolder:
    @pytest.fixture
    def used(self, original: Path, data_dir: Path) -> Path:
        subprocess.run(["cp", "-a", original, data_dir], check=True)
        return data_dir

    def test_without_its_version_file_is_named(self, platform: Start, used: Path):
        (used / "postgresql/cluster/PG_VERSION").unlink()
        text = refused(platform())
        assert "PG_VERSION is missing" in text
        assert "clean-data" in text

    def test_of_another_version_is_named(self, platform: Start, used: Path):
        (used / "postgresql/cluster/PG_VERSION").write_text("16\n")
        assert "was written by PostgreSQL 16; this OpenReg runs 18" in refused(platform())

    def test_without_its_control_file_is_named(self, platform: Start, used: Path):
        (used / "postgresql/cluster/global/pg_control").unlink()
        assert "is damaged" in refused(platform())

    def test_with_a_broken_state_file_is_named(self, platform: Start, used: Path):
        (used / "state.json").write_text("{ not json")
        text = refused(platform())
        assert "state.json cannot be read" in text
        assert "Remove" in text
        (used / "state.json").unlink()
        platform().wait_until_running()

    def test_without_its_secrets_is_not_taken_for_a_first_start(self, platform: Start, used: Path):
        (used / "secrets.json").unlink()
        assert "secrets.json is missing" in refused(platform())
        assert not (used / "secrets.json").exists()

    def test_with_a_broken_queue_file_says_that_it_may_go(self, platform: Start, used: Path):
        (used / "redis/appendonly.aof").write_bytes(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\ngarbage that is no length\r\n")
        text = refused(platform())
        assert "The Redis data in" in text
        assert "Remove" in text
        shutil.rmtree(used / "redis")
        platform().wait_until_running()

    def test_with_the_lock_file_of_a_process_that_is_now_somebody_else_starts(self, platform: Start, used: Path):
        # What a restart of the machine leaves: the process id means another program now.
        lines = [str(os.getpid()), str(used / "postgresql/cluster"), "1", "5432", "", "127.0.0.1", "0", "ready"]
        (used / "postgresql/cluster/postmaster.pid").write_text("\n".join(lines))
        platform().wait_until_running()

    def test_cut_short_while_it_was_created_starts(self, platform: Start, data_dir: Path):
        unfinished = data_dir / "postgresql" / "cluster.unfinished"
        unfinished.mkdir(parents=True)
        (unfinished / "PG_VERSION").write_text("18\n")
        platform().wait_until_running()
        assert not unfinished.exists()
