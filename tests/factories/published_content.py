"""What is published, as a process of the external API knows it."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI

from backend.core.ids import TenantId
from backend.domain.publications import PublicationKind
from backend.persistence.content_versions import read_content_versions


async def hears(external: FastAPI, tenant: TenantId) -> None:
    """Until the process has heard of the last commit: before, it may answer from its cache."""
    runtime, kinds = external.state.runtime, [one.value for one in PublicationKind]
    async with asyncio.timeout(10):
        while True:
            async with runtime.database.reading(tenant) as session:
                stored = await read_content_versions(session, tenant)
            if await runtime.content.of(tenant, kinds) == ",".join(stored.get(one, "0") for one in kinds):
                return
            await asyncio.sleep(0.02)
