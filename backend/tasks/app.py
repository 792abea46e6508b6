"""The Celery application: it wakes work that PostgreSQL holds, and nothing is lost when a message is."""

from __future__ import annotations

import atexit
from typing import Any

from celery.signals import beat_init, setup_logging, worker_process_init, worker_process_shutdown, worker_ready

from backend.config import load_settings
from backend.core.logging import configure_logging
from backend.tasks import runtime
from backend.tasks.client import create_client
from backend.tasks.heartbeat import SCHEDULER, WORKER, HeartbeatThread

SWEEP_SECONDS = 5.0
EXPIRY_SECONDS = 3600.0
#: For every task but runs, which are watched and can be cancelled. Set on each task: a limit in the configuration
#: would also hold for a task that asks for none.
TASK_LIMIT_SECONDS = 15 * 60
#: A transfer may take as long as bytes move, and ends by itself when none do; this ends what nobody foresaw.
DELIVERY_LIMIT_SECONDS = 6 * 3600

settings = load_settings()
app = create_client(settings.redis)
app.conf.update(
    include=[
        "backend.tasks.run_tasks",
        "backend.tasks.delivery_tasks",
        "backend.tasks.webhook_tasks",
        "backend.tasks.upload_tasks",
        "backend.tasks.report_tasks",
        "backend.tasks.mail_tasks",
        "backend.tasks.notice_tasks",
    ],
    task_default_queue="maintenance",
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_soft_shutdown_timeout=5.0,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    beat_schedule={
        name: {"task": name, "schedule": every, "options": {"queue": "maintenance", "expires": 2 * every}}
        for name, every in {
            **dict.fromkeys(
                ("runs.sweep", "deliveries.sweep", "webhooks.sweep", "reports.sweep", "mails.sweep", "notices.sweep"),
                SWEEP_SECONDS,
            ),
            "uploads.expire": EXPIRY_SECONDS,
        }.items()
    },
)


@setup_logging.connect
def _configure_logging(**_: object) -> None:
    configure_logging(level=settings.runtime.log_level, json_format=settings.runtime.is_production)


@worker_ready.connect
def _beat_as_worker(sender: Any, **_: object) -> None:
    _start_heartbeat(WORKER, tuple(sender.app.amqp.queues.consume_from))


@beat_init.connect
def _beat_as_scheduler(**_: object) -> None:
    _start_heartbeat(SCHEDULER, ())


def _start_heartbeat(role: str, queues: tuple[str, ...]) -> None:
    url, runtime_settings = settings.redis.url.get_secret_value(), settings.runtime
    heartbeat = HeartbeatThread(url, role, queues, runtime_settings.scratch_dir, runtime_settings.alive_file)
    heartbeat.start()
    # A scheduler has no signal for its end; a worker's would be missed when it is stopped hard.
    atexit.register(heartbeat.stop)


@worker_process_init.connect
def _open_runtime(**_: object) -> None:
    # After the fork: an engine or an event loop must not be shared with the parent.
    runtime.open_runtime(settings, app)


@worker_process_shutdown.connect
def _close_runtime(**_: object) -> None:
    runtime.close_runtime()
