"""A worker process that is asked to stop: its task is cancelled once, and may hand its work on."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from backend.tasks.stop_request import until_asked_to_stop


async def test_work_that_nobody_stops_ends_by_itself() -> None:
    done: list[str] = []

    async def work() -> None:
        done.append("done")

    await until_asked_to_stop(work())
    assert done == ["done"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


async def test_asked_twice_it_still_hands_its_work_on_and_then_the_process_ends() -> None:
    handed_on: list[str] = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.1)
            handed_on.append("run")
            raise

    with pytest.raises(SystemExit):
        await until_asked_to_stop(work())
    assert handed_on == ["run"]


async def test_an_error_of_the_work_is_not_hidden() -> None:
    async def work() -> None:
        raise ValueError("as it was")

    with pytest.raises(ValueError, match="as it was"):
        await until_asked_to_stop(work())
