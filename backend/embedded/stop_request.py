"""Ctrl-C and its relatives: one request to stop while working, none while stopping."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(BaseException):
    """Somebody asked the platform to stop; no error, so nothing that catches errors may catch it."""


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Raise StopRequested in the main thread at the first stop signal, ignore further ones until the block ends."""

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        # A second signal must not interrupt the stopping, which is bounded in time anyway.
        ignore_stop_signals()
        raise StopRequested

    former = {number: signal.signal(number, request_stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def ignore_stop_signals() -> None:
    """From here on nothing interrupts."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
