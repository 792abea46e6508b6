"""A supervisor in a process of its own, to be killed: ``python -m tests.harness.supervise TENANT RUN USER``."""

from __future__ import annotations

import asyncio
import os
import sys
from uuid import UUID

from backend.core.ids import RunId, TenantId
from tests.harness.installation import Installation


async def _main(tenant: str, run_id: str, user_id: str) -> None:
    installation = Installation(dict(os.environ), TenantId(UUID(tenant)), UUID(user_id))
    await installation.supervisor().supervise(installation.tenant, RunId(UUID(run_id)))
    await installation.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:4]))
