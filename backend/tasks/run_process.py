"""The process of one run: ``python -m backend.tasks.run_process TENANT RUN FENCING_TOKEN``.

Spawned by the supervisor in a session of its own. It dies with its supervisor, and every write it makes carries
the fencing token.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from contextlib import suppress
from uuid import UUID

import structlog

from backend.config import load_settings
from backend.core.ids import RunId, TenantId
from backend.core.logging import configure_logging
from backend.persistence.faults import DatabaseUnavailable
from backend.persistence.session import Database
from backend.services.adapters import create_adapters
from backend.services.run_ending import RunEnding
from backend.services.run_execution import RunExecution
from backend.services.run_lease import Claim
from backend.services.schema_packages import SchemaPackageService
from backend.services.source_access import ConnectorOpener
from backend.services.wakeups import NoWakeups

_PR_SET_PDEATHSIG = 1
_POOL_SIZE = 2


def main() -> None:
    """Execute the run that the arguments name."""
    _die_with_supervisor()
    tenant, run_id, token = sys.argv[1:4]
    settings = load_settings()
    configure_logging(level=settings.runtime.log_level, json_format=settings.runtime.is_production)
    structlog.contextvars.bind_contextvars(tenant_id=tenant, run_id=run_id)
    adapters = create_adapters(settings)
    url = settings.database.url.get_secret_value()
    database = Database(url, pool_size=_POOL_SIZE, name="openreg-run")
    with asyncio.Runner() as runner:
        with suppress(DatabaseUnavailable):
            runner.run(database.read_clock())
        execution = RunExecution(
            runner=runner,
            database=database,
            storage=adapters.storage,
            opener=ConnectorOpener.of(adapters),
            schemas=SchemaPackageService(database, adapters.storage),
            ending=RunEnding(database, adapters.storage, NoWakeups(), database.now),
            scratch=settings.runtime.scratch_dir,
            limits=settings.runs,
            now=database.now,
        )
        execution.execute(Claim(TenantId(UUID(tenant)), RunId(UUID(run_id)), int(token)))
        runner.run(database.dispose())


def _die_with_supervisor() -> None:
    """Ask the kernel to end this process with its parent, and end now if the parent has already gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    supervisor = os.environ.get("OPENREG_SUPERVISOR_PID")
    if supervisor is not None and os.getppid() != int(supervisor):
        sys.exit("The supervisor of this run has gone.")


if __name__ == "__main__":
    main()
