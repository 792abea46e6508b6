"""Five thousand hostile expressions reach no file, network or setting."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="module")
def report():
    """What the program beside this test saw, in a process that may open nothing."""
    program = Path(__file__).with_name("hostile_program.py")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, program], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_five_thousand_are_refused_by_name_or_computed(report: dict[str, Any]):
    assert sum(report["outcomes"].values()) == 5_000
    assert report["outcomes"]["accepted"] < 300
    assert "refused without a place" not in report["outcomes"]
    assert len(report["outcomes"]) > 10


def test_none_opens_a_file_a_socket_or_a_process(report: dict[str, Any]):
    assert report["opened"] == []


def test_none_looks_at_the_environment(report: dict[str, Any]):
    """Polars itself asks for its own switches with every query."""
    assert [name for name in report["looked_at"] if not name.startswith("POLARS_")] == []


def test_none_takes_long(report: dict[str, Any]):
    seconds, text = report["slowest"]
    assert seconds < 2, text
