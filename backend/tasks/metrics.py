"""Metrics of a worker: its forked processes leave what they counted in a folder, it shows the sum (ADR 0014)."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import structlog

from backend.config import MetricsSettings
from backend.core.clock import utc_now
from backend.core.metrics import QUEUE_WAIT_SECONDS, TASK_SECONDS, TASKS
from backend.core.metrics.exposition import MEDIA_TYPE, MetricsRefused, check_reader, exposition
from backend.core.metrics.snapshots import Snapshots, forget_readings, leave_snapshot
from backend.services.installation_readings import pool_readings
from backend.tasks.runtime import current_runtime
from backend.tasks.wakeups import SENT_AT

log = structlog.get_logger(__name__)
_OUTCOMES = {"SUCCESS": "succeeded", "RETRY": "again", "REJECTED": "rejected"}
_FAILED = "failed"
_FOLDER = "openreg-metrics-"


@dataclass(slots=True)
class WorkerMetrics:
    """Made in the worker before it forks; the forked processes count into it."""

    settings: MetricsSettings
    folder: Path
    _owner: int = field(default_factory=os.getpid)
    _started: dict[str, float] = field(default_factory=dict)
    _leaving: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def create(cls, settings: MetricsSettings) -> WorkerMetrics:
        """With an empty folder of its own; those of workers of this machine that were killed are removed."""
        parent = Path(tempfile.gettempdir())
        for left in parent.glob(f"{_FOLDER}*"):
            number = left.name.removeprefix(_FOLDER)
            if number.isdecimal() and (int(number) == os.getpid() or not _is_alive(int(number))):
                shutil.rmtree(left, ignore_errors=True)
        folder = parent / f"{_FOLDER}{os.getpid()}"
        folder.mkdir(mode=0o700)
        return cls(settings, folder)

    def serve(self) -> None:
        """Show the sums at METRICS_PORT, from a thread; a port that is taken is told, and work goes on."""
        port, token = self.settings.worker_port, self.settings.token
        if port is None:
            return
        try:
            server = _server(self.settings.worker_host, port)
        except OSError as error:
            log.warning("metrics_not_shown", port=port, reason=error.strerror)
            return
        server.RequestHandlerClass = _handler(self.folder, token.get_secret_value() if token else None)
        threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
        log.info("metrics_shown", port=server.server_port)

    def task_started(self, task_id: str, queue: str, sent_at: float | None) -> None:
        """A task begins in this process."""
        self._started[task_id] = time.monotonic()
        if sent_at is not None:
            QUEUE_WAIT_SECONDS.labels(queue).observe(max(0.0, utc_now().timestamp() - sent_at))

    def task_ended(self, task_id: str, name: str, state: str | None) -> None:
        """A task has ended in this process; its counters are left for the worker to show."""
        TASKS.labels(name, _OUTCOMES.get(state or "", _FAILED)).inc()
        began = self._started.pop(task_id, None)
        if began is not None:
            TASK_SECONDS.labels(name).observe(time.monotonic() - began)
        self.leave()

    def leave(self) -> None:
        """Leave what this process has counted for the worker to show; from any of its threads."""
        runtime = current_runtime()
        pools = {"application": runtime.database.pool_use(), "system": runtime.system.pool_use()}
        try:
            with self._leaving:
                leave_snapshot(self.folder, pool_readings(pools))
        except OSError as error:
            # A full disk must not fail a task that has done its work.
            log.warning("metrics_not_left", reason=error.strerror)

    def process_ended(self) -> None:
        """A forked process ends in order."""
        forget_readings(self.folder, os.getpid())

    def close(self) -> None:
        """The worker ends; nothing to do in a process that it forked."""
        if os.getpid() == self._owner:
            shutil.rmtree(self.folder, ignore_errors=True)


def sent_at_of(request: Any) -> float | None:
    """When a task was sent, for those that say so."""
    sent = (request.headers or {}).get(SENT_AT) if request is not None else None
    return float(sent) if sent is not None else None


def _server(host: str, port: int) -> ThreadingHTTPServer:
    class _Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

    return _Server((host, port), BaseHTTPRequestHandler)


def _handler(folder: Path, token: str | None) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            if self.path != "/metrics":
                self.send_error(404)
                return
            try:
                check_reader(token, self.client_address[0], headers)
            except MetricsRefused as refused:
                self.send_error(403, refused.message)
                return
            body = exposition(counted=Snapshots(folder))
            self.send_response(200)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Who reads metrics does so every few seconds: that is no news."""

    return _Handler


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
