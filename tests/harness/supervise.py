"""A supervisor in a process of its own, to be killed: ``python -m tests.harness.supervise TENANT RUN USER``.

It asks for the run until it has it: whoever had it before keeps it until the lease ends.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from typing import Final
from uuid import UUID

from backend.core.ids import RunId, TenantId
from tests.harness.installation import POLL_SECONDS, Installation

RUN_SECONDS: Final = 120


def start_supervisor(installation: Installation, run_id: UUID) -> subprocess.Popen[bytes]:
    """A process that sees a run to its end, with the installation's settings in its environment, as a worker has."""
    who = (str(installation.tenant), str(run_id), str(installation.scope.user_id))
    command = [sys.executable, "-m", "tests.harness.supervise", *who]
    return subprocess.Popen(command, env={**os.environ, **installation.env})


def supervise_apart(installation: Installation, run_id: UUID) -> None:
    """See a run to its end in a process of its own."""
    process = start_supervisor(installation, run_id)
    try:
        assert process.wait(RUN_SECONDS) == 0
    finally:
        process.kill()
        process.wait()


async def _main(tenant: str, run_id: str, user_id: str) -> None:
    installation = Installation(dict(os.environ), TenantId(UUID(tenant)), UUID(user_id))
    run = RunId(UUID(run_id))
    before = (await installation.runs.get(run)).fencing_token
    while (await installation.runs.get(run)).fencing_token == before:
        await installation.supervisor().supervise(installation.tenant, run)  # returns at once while it is another's
        await asyncio.sleep(POLL_SECONDS)
    await installation.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
