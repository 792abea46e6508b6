"""Every worker and the scheduler say that they live, from a thread of their own."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis
import structlog

from backend.services.heartbeats import BEAT_SECONDS, Heartbeat, beat_once, fall_silent

log = structlog.get_logger(__name__)
WORKER, SCHEDULER = "worker", "scheduler"


class HeartbeatThread:
    """Beats until it is stopped; a Redis that is away is tried again."""

    def __init__(
        self, url: str, role: str, queues: Callable[[], tuple[str, ...]], scratch: Path, alive_file: Path | None = None
    ) -> None:
        """``queues``: those that are read at the moment. ``scratch``: its free space is told.

        ``alive_file`` is touched after each beat that was heard.
        """
        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
        self._name = f"{socket.gethostname()}/{os.getpid()}"
        self._role, self._queues, self._scratch = role, queues, scratch
        self._alive_file = alive_file
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Fall silent at once."""
        self._stopped.set()
        self._thread.join(BEAT_SECONDS)
        with suppress(redis.RedisError):
            fall_silent(self._client, self._heartbeat())
        self._client.close()

    def _beat(self) -> None:
        while True:
            try:
                beat_once(self._client, self._heartbeat())
                self._touch()
            except redis.RedisError as error:
                log.warning("heartbeat_not_heard", reason=type(error).__name__)
            if self._stopped.wait(BEAT_SECONDS):
                return

    def _touch(self) -> None:
        if self._alive_file is not None:
            with suppress(OSError):  # a full disk is told by other means, and must not end the beats
                self._alive_file.touch()

    def _heartbeat(self) -> Heartbeat:
        try:
            disk = shutil.disk_usage(_existing(self._scratch))
        except OSError:
            return Heartbeat(self._name, self._role, self._queues())
        return Heartbeat(self._name, self._role, self._queues(), disk.free, disk.total)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it: it is made by the first run."""
    return next(path for path in (folder, *folder.parents) if path.exists())
