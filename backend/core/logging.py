"""Structured logging: JSON in production, console in development, secrets never.

Names of events are static snake_case; values travel as keywords. ``request_id``, ``run_id`` and
``tenant_id`` are bound once through context variables.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final, NoReturn

import structlog

from backend.core.errors import OpenRegError

REDACTED = "[redacted]"
#: Exit status of a process that was not let start; uvicorn's own is the same.
START_REFUSED: Final = 3
_SECRET_NAME = re.compile(
    r"(password|passwd|passphrase|secret|token|authorization|cookie|credential|signature|dsn"
    r"|(private|api|access|encryption)_key)",
    re.IGNORECASE,
)
_URL_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s:@]*:[^/\s@]*@", re.IGNORECASE)


def configure_logging(*, level: str, json_format: bool) -> None:
    """Configure structlog and route the standard library's loggers through it."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        # Before the redaction: messages of exceptions quote addresses, and other formatters show local variables.
        structlog.processors.format_exc_info,
        redact_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if json_format
        else structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            renderer,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # Libraries warn on standard error, in lines that are no JSON.
    logging.captureWarnings(json_format)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "celery"):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # The sweeps run every few seconds: what they do is logged by what they wake.
    for name in ("celery.beat", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in ("paramiko", "urllib3", "httpx", "httpcore", "asyncio", "kombu", "amqp"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Every request is logged once by the request context with its id; uvicorn's own line would double it.
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)


def log_refusal(error: OpenRegError) -> None:
    """One line that says why a process does not start, and what to do."""
    structlog.get_logger("backend.start").critical(
        "start_refused", code=error.code, message=error.message, fix=error.fix
    )


def refuse_start(error: OpenRegError, *, json_format: bool) -> NoReturn:
    """Say why this process does not start, and end it; for what is found before a log is configured."""
    configure_logging(level="INFO", json_format=json_format)
    log_refusal(error)
    sys.exit(START_REFUSED)


def redact_secrets(_logger: object, _method: str, event: MutableMapping[str, object]) -> MutableMapping[str, object]:
    """Replace values whose name speaks of a secret, and credentials inside URLs."""
    for name, value in event.items():
        event[name] = REDACTED if name != "event" and _SECRET_NAME.search(name) else _without_secrets(value)
    return event


def _without_secrets(value: object) -> object:
    """A value as it may be shown; containers are copied, never changed."""
    if isinstance(value, str):
        return _URL_CREDENTIALS.sub(rf"\g<scheme>{REDACTED}@", value) if "://" in value else value
    if isinstance(value, Mapping):
        return {
            name: REDACTED if _SECRET_NAME.search(str(name)) else _without_secrets(part) for name, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(part) for part in value]
    return value
