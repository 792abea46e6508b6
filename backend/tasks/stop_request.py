"""A worker process that is asked to stop in the middle of a task: the task is cancelled, and may hand its work on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


async def until_asked_to_stop(work: Coroutine[Any, Any, None]) -> None:
    """Do the work in the main thread of a process; SIGTERM cancels it. Raises SystemExit when it was."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    is_asked = False

    def ask() -> None:
        nonlocal is_asked
        # Asked twice, as Celery does, it must not be cancelled in the middle of handing over.
        if not is_asked:
            is_asked = True
            task.cancel()

    loop.add_signal_handler(signal.SIGTERM, ask)
    try:
        await task
    except asyncio.CancelledError:
        raise SystemExit(0) from None
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
