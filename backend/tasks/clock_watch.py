"""Watching this machine's clock: while it is off, a worker takes nothing, so that others, whose clock is right, get it.

A worker that takes a message and leaves the work is worse than none: queues are read in turn, and it may be the one
that gets the only message again and again.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from backend.core.clock import utc_now
from backend.persistence.clock import MAX_DEVIATION
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.session import Database

log = structlog.get_logger(__name__)

LOOK_EVERY_SECONDS = 5.0
Told = Callable[[timedelta], None]


class ClockWatch:
    """Asks the database what time it is until it is stopped, from a thread of its own."""

    def __init__(self, url: str, told: Told) -> None:
        """``told`` hears after each look how far this machine's clock is ahead."""
        self._url, self._told = url, told
        self._ahead = timedelta()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
        self._thread.join(LOOK_EVERY_SECONDS)

    def date_by_database(self, headers: dict[str, Any]) -> None:
        """Let a message expire by the database's clock, not by this machine's."""
        if expires := headers.get("expires"):
            headers["expires"] = (datetime.fromisoformat(expires) - self._ahead).isoformat()

    def _watch(self) -> None:
        with asyncio.Runner() as runner:
            database = Database(self._url, pool_size=1, name="openreg-clock")
            while True:
                self._look(runner, database)
                if self._stopped.wait(LOOK_EVERY_SECONDS):
                    break
            runner.run(database.dispose())

    def _look(self, runner: asyncio.Runner, database: Database) -> None:
        try:
            runner.run(database.read_clock())
        except DatabaseUnavailable:
            return  # nobody can work anyway
        except Exception:  # the edge of the thread: a worker that has left its queues must find back to them
            log.exception("clock_not_read")
            return
        before, self._ahead = self._ahead, utc_now() - database.now()
        is_off = abs(self._ahead) > MAX_DEVIATION
        if is_off and abs(before) <= MAX_DEVIATION:
            log.error("clock_off", seconds=round(self._ahead.total_seconds()), fix="Set the clock of this machine.")
        elif not is_off and abs(before) > MAX_DEVIATION:
            log.info("clock_right")
        self._told(self._ahead)


class Intake:
    """The queues of a worker, read only while its clock is right."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._queues = tuple(consumer.app.amqp.queues.consume_from)

    def told(self, ahead: timedelta) -> None:
        """From any thread: read on, or leave the queues to others."""
        # Each time, and not only when it changes: what is called in the moment a connection breaks may be lost.
        self._consumer.call_soon(self._close if abs(ahead) > MAX_DEVIATION else self._open)

    def _close(self) -> None:
        for queue in self._queues:
            if queue in self._consumer.app.amqp.queues.consume_from:
                self._consumer.cancel_task_queue(queue)

    def _open(self) -> None:
        for queue in self._queues:
            if queue not in self._consumer.app.amqp.queues.consume_from:
                self._consumer.add_task_queue(queue)
