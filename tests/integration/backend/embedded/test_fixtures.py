"""Servers of a test process end with it, also when it is killed; skips are counted and limited."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from tests.services.platform_run import alive

ROOT = Path(__file__).resolve().parents[4]
HOLDER = """
import sys, time
from tests.services.folder import make_services_folder
from tests.services.servers import new_postgresql, new_redis, new_s3
folder = make_services_folder()
for new in (new_postgresql, new_redis, new_s3):
    new(folder).start()
sys.stdout.write(f"{folder}\\n"); sys.stdout.flush()
time.sleep(600)
"""


def test_servers_of_a_killed_test_process_end_and_their_folder_is_removed_by_the_next():
    with subprocess.Popen([sys.executable, "-c", HOLDER], stdout=subprocess.PIPE, text=True, cwd=ROOT) as holder:
        assert holder.stdout is not None
        folder = Path(holder.stdout.readline().strip())
        pids = [child.pid for child in psutil.Process(holder.pid).children(recursive=True)]
        assert {psutil.Process(pid).name() for pid in pids} >= {"postgres", "redis-server", "rclone"}
        os.kill(holder.pid, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while alive(pids):
        assert time.monotonic() < deadline, alive(pids)
        time.sleep(0.05)
    assert folder.exists()
    subprocess.run(
        [
            sys.executable,
            "-c",
            "from tests.services.folder import make_services_folder; make_services_folder().rmdir()",
        ],
        check=True,
        cwd=ROOT,
    )
    assert not folder.exists()


@pytest.mark.parametrize(
    ("body", "variables", "status", "words"),
    [
        ("@pytest.mark.schemas\ndef test_one(): pass", {}, 0, "1 tests ran, 0 skipped"),
        (
            "@pytest.mark.schemas\ndef test_one(): pass",
            {"OPENREG_SCHEMAS": "/none"},
            0,
            "0 tests ran, 1 skipped (no folder /none",
        ),
        (
            "@pytest.mark.schemas\ndef test_one(): pytest.skip('no')",
            {"OPENREG_REQUIRE_SCHEMAS": "1"},
            1,
            "no test ran against",
        ),
        ("def test_one(): pytest.skip('not today')", {}, 1, "1 skipped that may not be skipped"),
        ("def test_one(): pass", {}, 0, "0 tests ran, 0 skipped"),
    ],
    ids=["schemas there", "schemas missing", "required but none ran", "another skip", "no skip"],
)
def test_only_schema_tests_may_be_skipped_and_zero_of_them_fails_where_they_are_required(
    tmp_path: Path, body: str, variables: dict[str, str], status: int, words: str
):
    schemas = tmp_path / "schemas"
    schemas.mkdir()
    for name in ("plain", "distributed"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "conftest.py").write_text(
            "from tests.conftest import pytest_configure, pytest_runtest_setup  # noqa: F401\n"
        )
        (folder / "test_sample.py").write_text(textwrap.dedent(f"import pytest\n\n{body}\n"))
        workers = ["-n", "1"] if name == "distributed" else ["-p", "no:xdist"]
        finished = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-c", str(ROOT / "pyproject.toml"), *workers, str(folder)],
            check=False,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "OPENREG_SCHEMAS": str(schemas), **variables},
        )
        assert finished.returncode == status, finished.stdout
        assert words in finished.stdout
        assert finished.stdout.count("official schemas:") == 1
