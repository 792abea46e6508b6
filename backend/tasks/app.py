"""The Celery application: it wakes work that PostgreSQL holds, and nothing is lost when a message is."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any

import structlog
from celery.apps.beat import Beat
from celery.signals import (
    beat_init,
    before_task_publish,
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
)

from backend.config import settings_at_start
from backend.core.logging import configure_logging
from backend.persistence.clock import MAX_DEVIATION
from backend.tasks import runtime
from backend.tasks.client import create_client
from backend.tasks.clock_watch import ClockWatch, Intake, Told
from backend.tasks.heartbeat import SCHEDULER, WORKER, HeartbeatThread
from backend.tasks.metrics import WorkerMetrics, sent_at_of
from backend.tasks.start import start_or_exit

SWEEP_SECONDS = 5.0
#: Attempts of webhooks are on time to a second or two.
WEBHOOK_SWEEP_SECONDS = 1.0
#: Somebody who has paid is waiting, and the external API wakes nobody.
BILLING_SWEEP_SECONDS = 2.0
#: How often it is asked whether an hour or a day has passed; rows say so, and not the scheduler's memory.
BILLING_DUE_SECONDS = 60.0
EXPIRY_SECONDS = 3600.0
#: Looks at every organisation, which the other sweeps do not.
#: For every task but runs, which are watched and can be cancelled. Set on each task: a limit in the configuration
#: would also hold for a task that asks for none.
TASK_LIMIT_SECONDS = 15 * 60
#: A transfer may take as long as bytes move, and ends by itself when none do; this ends what nobody foresaw.
DELIVERY_LIMIT_SECONDS = 6 * 3600

settings = settings_at_start()
#: Of this worker, made before it forks; empty in a scheduler.
_metrics: list[WorkerMetrics] = []
app = create_client(settings.redis)
app.conf.update(
    include=[
        "backend.tasks.run_tasks",
        "backend.tasks.schedule_tasks",
        "backend.tasks.delivery_tasks",
        "backend.tasks.webhook_tasks",
        "backend.tasks.webhook_recovery_tasks",
        "backend.tasks.upload_tasks",
        "backend.tasks.report_tasks",
        "backend.tasks.mail_tasks",
        "backend.tasks.notice_tasks",
        "backend.tasks.connector_tasks",
        "backend.tasks.held_record_tasks",
        "backend.tasks.quality_tasks",
        "backend.tasks.feedback_tasks",
        "backend.tasks.deadline_tasks",
        "backend.tasks.reconciliation_tasks",
        "backend.tasks.trigger_tasks",
        "backend.tasks.customer_tasks",
        "backend.tasks.billing_tasks",
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
    beat_scheduler="backend.tasks.scheduler:SteadyScheduler",
    beat_schedule={
        name: {
            "task": name,
            "schedule": every,
            "options": {
                "queue": "billing" if name.startswith("billing.") else "maintenance",
                "expires": 2 * every + MAX_DEVIATION.total_seconds(),
            },
        }
        for name, every in {
            **dict.fromkeys(
                (
                    "runs.sweep",
                    "schedules.tick",
                    "deliveries.sweep",
                    "webhook_recoveries.sweep",
                    "reports.sweep",
                    "mails.sweep",
                    "notices.sweep",
                    "connectors.sweep",
                    "held_records.sweep",
                    "feedback.sweep",
                    "answers.sweep",
                    "deadlines.sweep",
                    "reconciliations.sweep",
                    "triggers.sweep",
                ),
                SWEEP_SECONDS,
            ),
            "webhooks.sweep": WEBHOOK_SWEEP_SECONDS,
            "billing.events": BILLING_SWEEP_SECONDS,
            **dict.fromkeys(("billing.reconcile", "billing.read_all"), BILLING_DUE_SECONDS),
            "uploads.expire": EXPIRY_SECONDS,
            "quality.measure": EXPIRY_SECONDS,
            "webhooks.expire": EXPIRY_SECONDS,
            "customers.expire": EXPIRY_SECONDS,
        }.items()
    },
)


class _SilentBeat(Beat):  # type: ignore[misc]  # Celery has no types
    """The scheduler without its picture: in production every line is a JSON object."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "quiet": settings.runtime.is_production or options.get("quiet", False)})


app.Beat = app.subclass_with_self(_SilentBeat)


@setup_logging.connect
def _configure_logging(**_: object) -> None:
    configure_logging(level=settings.runtime.log_level, json_format=settings.runtime.is_production)


@celeryd_init.connect
def _silence_banner(instance: Any, **_: object) -> None:
    _configure_logging()  # Celery does it a moment later, and warns before that
    instance.quiet = instance.quiet or settings.runtime.is_production


@worker_init.connect
def _check_worker(**_: object) -> None:
    start_or_exit(settings, WORKER, needs_storage=True)
    metrics = WorkerMetrics.create(settings.metrics)
    _metrics.append(metrics)
    atexit.register(metrics.close)


@worker_ready.connect
def _beat_as_worker(sender: Any, **_: object) -> None:
    _start_heartbeat(WORKER, lambda: tuple(sender.app.amqp.queues.consume_from))
    _watch_clock(Intake(sender).told)
    for metrics in _metrics:
        metrics.serve()


@beat_init.connect
def _beat_as_scheduler(**_: object) -> None:
    start_or_exit(settings, SCHEDULER, needs_storage=False)
    _start_heartbeat(SCHEDULER, tuple)
    watch = _watch_clock(lambda _ahead: None)

    # A scheduler may go on with a clock that is off: it counts seconds, and only what it sends has a date.
    def date(headers: dict[str, Any], **_: object) -> None:
        watch.date_by_database(headers)

    before_task_publish.connect(date, weak=False)


@task_prerun.connect
def _name_task(task: Any, task_id: str, kwargs: dict[str, Any], **_: object) -> None:
    ids = {name: value for name, value in kwargs.items() if name.endswith("_id")}
    structlog.contextvars.bind_contextvars(task=task.name, task_id=task_id, **ids)
    queue = (task.request.delivery_info or {}).get("routing_key") or app.conf.task_default_queue
    for metrics in _metrics:
        metrics.task_started(task_id, queue, sent_at_of(task.request))


@task_postrun.connect
def _count_task(task: Any, task_id: str, state: str | None = None, **_: object) -> None:
    for metrics in _metrics:
        metrics.task_ended(task_id, task.name, state)
    structlog.contextvars.clear_contextvars()


def _start_heartbeat(role: str, queues: Callable[[], tuple[str, ...]]) -> None:
    url, runtime_settings = settings.redis.url.get_secret_value(), settings.runtime
    heartbeat = HeartbeatThread(url, role, queues, runtime_settings.scratch_dir, runtime_settings.alive_file)
    heartbeat.start()
    # A scheduler has no signal for its end; a worker's would be missed when it is stopped hard.
    atexit.register(heartbeat.stop)


def _watch_clock(told: Told) -> ClockWatch:
    watch = ClockWatch(settings.database.url.get_secret_value(), told)
    watch.start()
    atexit.register(watch.stop)
    return watch


@worker_process_init.connect
def _open_runtime(**_: object) -> None:
    # After the fork: an engine or an event loop must not be shared with the parent.
    runtime.open_runtime(settings, app, _leave_metrics)


def _leave_metrics() -> None:
    for metrics in _metrics:
        metrics.leave()


@worker_process_shutdown.connect
def _close_runtime(**_: object) -> None:
    runtime.close_runtime()
    for metrics in _metrics:
        metrics.process_ended()
