"""The platform starts, starts again on the same data, and ends without leaving anything behind."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from backend.embedded.folder import DataFolder
from backend.embedded.platform import running_platform
from backend.embedded.status import platform_status
from backend.embedded.stopping import remove_data, stop_platform
from backend.embedded.watchdog import find_marked
from tests.services.platform_run import PlatformRun, alive

Start = Callable[..., PlatformRun]


def wait_until_gone(pids: list[int], mark: str, timeout_seconds: float) -> float:
    """Seconds until neither a process of ``pids`` nor one carrying ``mark`` is left."""
    started_at = time.monotonic()
    while alive(pids) or find_marked(mark):
        assert time.monotonic() - started_at < timeout_seconds, (alive(pids), find_marked(mark))
        time.sleep(0.05)
    return time.monotonic() - started_at


def test_a_first_start_creates_everything_and_tells_where_it_is(platform: Start, data_dir: Path):
    assert running_platform(data_dir) is None
    run = platform("worker").wait_until_running()
    state = running_platform(data_dir)
    assert state is not None
    assert state.admin_email == "admin@demo.test"
    assert (state.author_email, state.approver_email) == ("author@demo.test", "approver@demo.test")
    assert state.api_url == f"http://127.0.0.1:{run.api_port}"
    assert len(state.admin_password) >= 20
    people = (state.admin_email, state.author_email, state.approver_email)
    passwords = (state.admin_password, state.author_password, state.approver_password)
    for text in (state.api_url, state.external_api_url, *people, *passwords, str(data_dir)):
        assert text in run.text.split("OpenReg is running")[1]
    with psycopg.connect(state.postgres_superuser_dsn) as superuser:
        assert superuser.execute("select datname from pg_database where datname = 'openreg'").fetchone()
    report = platform_status(DataFolder(data_dir))
    assert report.is_running
    assert {one.name for one in report.processes if one.is_alive} == {
        "postgresql",
        "redis",
        "s3",
        "backend",
        "external_api",
        "worker-worker",
    }
    assert 30 < report.memory_mb < 1_500


def test_secrets_are_for_their_owner_only_and_in_no_log(platform: Start, data_dir: Path):
    run = platform().wait_until_running()
    state = running_platform(data_dir)
    assert (data_dir / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert data_dir.stat().st_mode & 0o066 == 0
    printed = (
        "".join(file.read_text() for file in (data_dir / "logs").glob("*.log")) + (data_dir / "state.json").read_text()
    )
    assert state.admin_email in printed
    for password in (state.admin_password, state.author_password, state.approver_password):
        assert password not in printed
    arguments = " ".join(" ".join(psutil.Process(pid).cmdline()) for pid in run.pids())
    for name, secret in run.secrets.items():
        assert name == "installation_id" or secret not in arguments


def test_services_of_root_run_as_somebody_else(platform: Start, data_dir: Path):
    run = platform().wait_until_running()
    servers = {"postgres", "redis-server", "rclone"}
    users = {psutil.Process(pid).uids().effective for pid in run.pids() if psutil.Process(pid).name() in servers}
    assert users
    assert 0 not in users


def test_a_second_start_keeps_data_addresses_and_login_and_is_fast(platform: Start, data_dir: Path):
    platform("worker").wait_until_running().end()
    first = running_platform(data_dir)
    assert first is None
    ports = DataFolder(data_dir).read_state()["service_ports"]
    secrets = (data_dir / "secrets.json").read_text()
    started_at = time.monotonic()
    again = platform("worker").wait_until_running()
    assert time.monotonic() - started_at < 20
    assert again.state["service_ports"] == ports
    assert (data_dir / "secrets.json").read_text() == secrets
    state = running_platform(data_dir)
    with psycopg.connect(
        state.postgres_superuser_dsn.replace("/postgres", "/openreg").replace("//openreg:", "//postgres:")
    ) as superuser:
        assert superuser.execute("select count(*) from started").fetchone() == (2,)
    assert again.text.count("admin@demo.test") == 1  # in the table: the seed did not run again


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_everything_in_ten_seconds_also_the_stubborn(
    platform: Start, data_dir: Path, number: signal.Signals
):
    run = platform("worker", "stubborn").wait_until_running()
    pids = run.pids()
    assert len(pids) > 8
    started_at = time.monotonic()
    assert run.end(number) == 0
    assert time.monotonic() - started_at < 10
    assert alive(pids) == []
    assert find_marked(run.mark) == []
    assert run.state["stage"] == "stopped"


def test_a_stop_while_still_starting_leaves_nothing(platform: Start, data_dir: Path):
    for words in ("postgresql   |", "redis        |", "seed         |", "backend      |"):
        run = platform("worker")
        run.wait_for(words)
        pids = run.pids()
        assert run.end() == 0
        assert alive(pids) == []
        assert find_marked(run.mark) == []


def test_a_killed_supervisor_leaves_no_orphan_and_its_data_starts_again_at_once(platform: Start, data_dir: Path):
    run = platform("worker", "stubborn").wait_until_running()
    pids = run.pids()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait()
    again = platform("worker")
    wait_until_gone(pids, "nobody carries this", 15)
    again.wait_until_running()
    assert set(alive(pids)) == set()


def test_killed_together_with_its_watchdog_the_direct_children_still_end(platform: Start, data_dir: Path):
    run = platform().wait_until_running()
    pids = run.pids()
    watchdog = [pid for pid in pids if "watchdog.py" in " ".join(psutil.Process(pid).cmdline())]
    assert len(watchdog) == 1
    for pid in (*watchdog, run.process.pid):
        os.kill(pid, signal.SIGKILL)
    run.process.wait()
    wait_until_gone(pids, "nobody carries this", 15)


def test_down_works_from_another_terminal(platform: Start, data_dir: Path):
    run = platform("worker").wait_until_running()
    pids = run.pids()
    # Reaped here as a shell would: a zombie still has a process id.
    assert stop_platform(DataFolder(data_dir)) is True
    assert run.process.wait(10) == 0
    assert alive(pids) == []
    assert stop_platform(DataFolder(data_dir)) is False


def test_clean_data_removes_everything_but_not_under_a_running_platform(platform: Start, data_dir: Path):
    run = platform().wait_until_running()
    with pytest.raises(Exception, match="runs on") as refused:
        remove_data(DataFolder(data_dir))
    assert "openreg down" in refused.value.fix
    run.end()
    remove_data(DataFolder(data_dir))
    assert not data_dir.exists()
