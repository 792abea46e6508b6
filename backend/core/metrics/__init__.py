"""What is counted and timed in a process, in the form of Prometheus (ADR 0014).

Labels are names that the code knows: routes, tasks, states, queues. Never an id, a host or a text of anybody's: each
new value is a series that is kept for weeks.
"""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call]  # the moment a series began doubles the series of counters
#: Everything this process counts; what it reads when it is asked is added in ``exposition``.
REGISTRY: Final = CollectorRegistry()

_REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_WORK_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)

HTTP_REQUESTS: Final = Counter(
    "openreg_http_requests",
    "Requests that were answered, by template of the route.",
    ("service", "method", "route", "status"),
    registry=REGISTRY,
)
HTTP_SECONDS: Final = Histogram(
    "openreg_http_request_duration_seconds",
    "Time from a request to the end of its answer; event streams are not in it.",
    ("service", "method", "route"),
    buckets=_REQUEST_SECONDS,
    registry=REGISTRY,
)
TASKS: Final = Counter(
    "openreg_tasks", "Tasks that workers have ended, by outcome.", ("task", "outcome"), registry=REGISTRY
)
TASK_SECONDS: Final = Histogram(
    "openreg_task_duration_seconds",
    "Time a task took in a worker.",
    ("task",),
    buckets=_WORK_SECONDS,
    registry=REGISTRY,
)
QUEUE_WAIT_SECONDS: Final = Histogram(
    "openreg_queue_wait_seconds",
    "Time from a nudge to the start of its task: the lag of a queue.",
    ("queue",),
    buckets=_WORK_SECONDS,
    registry=REGISTRY,
)
RUNS_ENDED: Final = Counter(
    "openreg_runs_ended", "Runs that have ended, by their state.", ("state",), registry=REGISTRY
)
RUN_SECONDS: Final = Histogram(
    "openreg_run_duration_seconds",
    "Time from the first claim of a run to its end, waiting included.",
    ("state",),
    buckets=_WORK_SECONDS,
    registry=REGISTRY,
)
STEP_SECONDS: Final = Histogram(
    "openreg_run_step_duration_seconds",
    "Time a run spent in each of its steps.",
    ("step",),
    buckets=_WORK_SECONDS,
    registry=REGISTRY,
)
RUN_ROWS: Final = Counter(
    "openreg_run_rows", "Rows of ended runs, by what became of them.", ("outcome",), registry=REGISTRY
)
RUN_ATTEMPTS_POSTPONED: Final = Counter(
    "openreg_run_attempts_postponed",
    "Attempts at runs that were put off, by the code of the reason.",
    ("reason",),
    registry=REGISTRY,
)
DELIVERY_ATTEMPTS: Final = Counter(
    "openreg_delivery_attempts", "Attempts to deliver a file, by outcome.", ("outcome",), registry=REGISTRY
)
WEBHOOK_ATTEMPTS: Final = Counter(
    "openreg_webhook_attempts", "Attempts to send a webhook, by outcome.", ("outcome",), registry=REGISTRY
)
WEBHOOK_ANSWERS: Final = Counter(
    "openreg_webhook_answers",
    "Attempts to send a webhook, by the first digit of the status or by why there was none.",
    ("answer",),
    registry=REGISTRY,
)
WEBHOOK_LAG_SECONDS: Final = Histogram(
    "openreg_webhook_lag_seconds",
    "Time from an event to the first attempt to tell an endpoint of it.",
    buckets=_WORK_SECONDS,
    registry=REGISTRY,
)
WEBHOOK_SECONDS: Final = Histogram(
    "openreg_webhook_duration_seconds",
    "Time a partner took to answer a webhook.",
    buckets=_REQUEST_SECONDS,
    registry=REGISTRY,
)
MAIL_ATTEMPTS: Final = Counter(
    "openreg_mail_attempts", "Attempts to hand a mail over, by outcome.", ("outcome",), registry=REGISTRY
)
