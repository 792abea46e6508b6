"""The `openreg` command: quick to list, plain when something is wrong."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.embedded.ports import free_port
from tests.services.platform_run import PlatformRun

ROOT = Path(__file__).resolve().parents[4]


def openreg(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "backend.cli", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "300", "TERM": "dumb", **environment},
    )


def test_the_list_of_commands_imports_none_of_them():
    code = (
        "import sys; sys.argv = ['openreg', '--help']\nfrom backend.cli import main\n"
        "try: main()\nfinally: sys.stderr.write(' '.join(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
    for name in ("up", "status", "logs", "down"):
        assert f" {name} " in loaded.stdout
    heavy = {
        "polars",
        "sqlalchemy",
        "celery",
        "fastapi",
        "duckdb",
        "backend.cli.platform",
        "backend.embedded.supervisor",
    }
    assert heavy & set(loaded.stderr.split()) == set()


def test_the_list_of_commands_takes_less_than_a_second():
    # Processor time: what is measured is the command, not what else the machine does.
    process = subprocess.Popen([sys.executable, "-m", "backend.cli", "--help"], stdout=subprocess.DEVNULL, cwd=ROOT)
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert used.ru_utime + used.ru_stime < 1


def test_a_mistyped_command_is_answered_with_the_right_one():
    answer = openreg("statsu")
    assert answer.returncode == 2
    assert "Did you mean 'status'" in answer.stderr


def test_an_error_of_ours_is_a_message_with_its_fix_and_never_a_traceback(tmp_path: Path):
    (tmp_path / "state.json").write_text("{")
    answer = openreg("up", "--data-dir", str(tmp_path))
    assert answer.returncode == 1
    assert "state.json cannot be read" in answer.stderr
    assert "Fix: Remove" in answer.stderr
    assert "Traceback" not in answer.stderr + answer.stdout


def test_status_of_nothing_says_so_and_fails(tmp_path: Path):
    answer = openreg("status", "--json", OPENREG_DATA_DIR=str(tmp_path / "none"))
    assert answer.returncode == 1
    assert json.loads(answer.stdout)["running"] is False
    assert "does not run" in openreg("status", OPENREG_DATA_DIR=str(tmp_path / "none")).stdout
    down = openreg("down", OPENREG_DATA_DIR=str(tmp_path / "none"))
    assert (down.returncode, "does not run" in down.stdout) == (0, True)
    logs = openreg("logs", "backend", OPENREG_DATA_DIR=str(tmp_path / "none"))
    assert (logs.returncode, "no log of backend" in logs.stderr) == (1, True)


def test_status_logs_and_down_from_another_terminal(platform: Callable[..., PlatformRun], data_dir: Path):
    run = platform("worker").wait_until_running()
    status = openreg("status", "--json", "--data-dir", str(data_dir))
    assert status.returncode == 0
    document = json.loads(status.stdout)
    assert document["pid"] == run.process.pid
    assert document["postgresql_version"] == 18
    assert all(one["alive"] and one["memory_mb"] > 0 for one in document["processes"])
    assert document["memory_mb"] < 1_500
    assert f"| serving {run.api_port}" in openreg("logs", "backend", "--data-dir", str(data_dir)).stdout
    everything = openreg("logs", "--data-dir", str(data_dir)).stdout
    assert "worker ready." in everything
    assert "ready to accept connections" in everything
    assert "No such process" not in everything
    unknown = openreg("logs", "frontend", "--data-dir", str(data_dir))
    assert "Choose one of: backend" in unknown.stderr
    assert openreg("clean-data", "--yes", "--data-dir", str(data_dir)).returncode == 1
    down = openreg("down", "--data-dir", str(data_dir))
    assert (down.returncode, down.stdout.strip()) == (0, "OpenReg has been stopped.")
    assert run.process.wait(5) == 0


def test_following_logs_shows_new_lines_as_they_come(tmp_path: Path):
    log = tmp_path / "logs" / "backend.log"
    log.parent.mkdir()
    log.write_text("old\n")
    command = [sys.executable, "-m", "backend.cli", "logs", "-f", "--data-dir", str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as following:
        assert following.stdout is not None
        assert following.stdout.readline().endswith("| old\n")
        with log.open("a") as file:
            file.write("new\n")
        assert following.stdout.readline().endswith("| new\n")
        log.replace(tmp_path / "logs" / "backend.log.1")
        log.write_text("!\n")
        assert following.stdout.readline().endswith("| !\n")
        following.terminate()


def test_a_wrong_port_is_refused_at_the_command_line():
    assert openreg("up", "--port", "70000").returncode == 2
    assert free_port() > 0


def test_doctor_finds_the_platform_of_a_folder_by_itself(platform: Callable[..., PlatformRun], data_dir: Path):
    """Whoever runs it on one machine has set no variable."""
    platform().wait_until_running()
    done = openreg("doctor", "--data-dir", str(data_dir), "--json")
    checks = {one["name"]: one for one in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert {checks[name]["state"] for name in ("database", "redis", "redis_policy", "redis_persistence")} == {"ok"}
    # The platform of these tests migrates nothing.
    assert checks["migrations"]["state"] == "down"


@pytest.mark.parametrize("command", [("doctor",), ("users", "list"), ("audit", "verify")])
def test_a_command_about_an_installation_says_how_to_name_one(tmp_path: Path, command: tuple[str, ...]):
    done = openreg(*command, "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert f"OpenReg does not run on {tmp_path}." in done.stderr
    assert "DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
