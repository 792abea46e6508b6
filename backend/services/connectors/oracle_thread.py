"""Calls a driver that may wait for ever, and stops waiting when there is no more use in it.

The driver has no time limit for a server that takes a connection and says nothing, and none for the end of a call that
was cancelled. Its calls are made in a thread of their own, which may be left behind; it does not hold up the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Final, TypeVar

_TICK_SECONDS: Final = 0.1
_Result = TypeVar("_Result")
_Job = Callable[[], None]


class LeftBehind(Exception):
    """The call did not come back in time."""


class DriverThread:
    """One thread that makes the calls of one session, one after the other."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(target=self._work, daemon=True, name="oracle-session").start()

    def call(
        self, work: Callable[[], _Result], *, seconds: float, is_given_up: Callable[[], bool] = lambda: False
    ) -> _Result:
        """What ``work`` returns or raises. Raises LeftBehind after ``seconds``, or when it is given up."""
        outcome: Future[_Result] = Future()

        def job() -> None:
            try:
                outcome.set_result(work())
            except BaseException as error:  # noqa: BLE001 - raised again where the result is waited for
                outcome.set_exception(error)

        self._jobs.put(job)
        give_up_at = time.monotonic() + seconds
        finished = threading.Event()
        outcome.add_done_callback(lambda _: finished.set())
        while not finished.wait(_TICK_SECONDS):
            if is_given_up() or time.monotonic() > give_up_at:
                raise LeftBehind
        return outcome.result()

    def end(self) -> None:
        """No more calls."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
