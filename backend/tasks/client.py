"""The Celery client: broker and transport, enough to send a message; workers add queues and tasks to it."""

from __future__ import annotations

from celery import Celery

from backend.config import RedisSettings

#: Longer than any task: a message that comes back is refused by the lease, but it should not come back often.
VISIBILITY_TIMEOUT_SECONDS = 6 * 3600


def create_client(settings: RedisSettings) -> Celery:
    """A Celery application on our broker; it names tasks as strings only."""
    client = Celery("openreg", broker=settings.url.get_secret_value())
    client.conf.update(
        task_ignore_result=True,
        timezone="UTC",
        broker_transport_options={
            "visibility_timeout": VISIBILITY_TIMEOUT_SECONDS,
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
            "socket_timeout": 30,
            "health_check_interval": 30,
            # A broker that is away is told at once; the client would go on trying for six seconds per message.
            "max_retries": 0,
            "interval_start": 0,
        },
    )
    return client
