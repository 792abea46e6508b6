"""What a run's process says of an error nobody caught: a full disk passes, everything else is a defect."""

from __future__ import annotations

import errno
from pathlib import Path

import duckdb
import polars as pl
import pytest

from backend.services.run_execution import RunCrashed, ScratchFull, _reason

SCRATCH = Path("scratch")


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        duckdb.IOException('IO Error: Could not write file "x": No space left on device'),
        pl.exceptions.ComputeError("No space left on device (os error 28)"),
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_a_full_scratch_area_is_named_and_may_pass(error: Exception) -> None:
    reason = _reason(error, SCRATCH)
    assert isinstance(reason, ScratchFull)
    assert reason.transient
    assert "OPENREG_SCRATCH_DIR" in str(reason.fix)


def test_any_other_error_is_a_crash() -> None:
    reason = _reason(OSError(errno.EIO, "Input/output error"), SCRATCH)
    assert isinstance(reason, RunCrashed)
    assert not reason.transient
