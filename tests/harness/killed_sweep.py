"""A sweep that is killed in its middle, in its own process: ``python -m tests.harness.killed_sweep WHAT WHERE LEFT``.

WHAT is ``backfills`` or ``recoveries``, WHERE ``before the commit`` or ``after the commit``; LEFT counts how often it
comes there until it is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from backend.config import DatabaseSettings
from backend.core.clock import utc_now
from backend.persistence.repositories.schedules import BackfillRepository
from backend.persistence.repositories.webhook_recoveries import WebhookRecoveryRepository
from backend.persistence.session import Database, SystemDatabase
from backend.services.backfills import BackfillSweep
from backend.services.wakeups import NoWakeups
from backend.services.webhook_recoveries import WebhookRecoverySweep

PLACES: Final = ("before the commit", "after the commit")
_ROOT: Final = Path(__file__).parents[2]
#: Each sweep, the last that it writes in a transaction, and what it nudges when that has been committed.
_SWEEPS: Final[dict[str, tuple[Any, Any, str, str]]] = {
    "backfills": (BackfillSweep, BackfillRepository, "flush", "run"),
    "recoveries": (WebhookRecoverySweep, WebhookRecoveryRepository, "put_into_line", "webhooks"),
}


async def killed_sweep(settings: DatabaseSettings, what: str, where: str, after: int) -> None:
    """Begin a sweep in another process, and see that it was killed."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.url.get_secret_value(),
        "DATABASE_SYSTEM_URL": settings.system_url.get_secret_value(),
    }
    command = [sys.executable, "-m", "tests.harness.killed_sweep", what, where, str(after)]
    done = await asyncio.to_thread(subprocess.run, command, cwd=_ROOT, env=environment, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


class _Fuse:
    def __init__(self, where: str, left: int) -> None:
        self._where, self._left = where, left

    def reach(self, place: str) -> None:
        self._left -= place == self._where
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _burning(write: Callable[..., Awaitable[None]], fuse: _Fuse) -> Callable[..., Awaitable[None]]:
    async def write_and_burn(*what: object) -> None:
        await write(*what)
        fuse.reach(PLACES[0])

    return write_and_burn


async def _main(what: str, fuse: _Fuse) -> None:
    sweep, repository, last_write, nudge = _SWEEPS[what]
    setattr(repository, last_write, _burning(getattr(repository, last_write), fuse))
    database = Database(os.environ["DATABASE_URL"], pool_size=2, name="openreg-tests")
    system = SystemDatabase(os.environ["DATABASE_SYSTEM_URL"], name="openreg-tests")
    wakeups = NoWakeups()
    setattr(wakeups, nudge, lambda *_: fuse.reach(PLACES[1]))
    await sweep(database, system, wakeups, utc_now).advance()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], _Fuse(sys.argv[2], int(sys.argv[3]))))
