"""What killed attempts leave in object storage: parts of uploads that nobody will complete."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog

from backend.core.clock import Clock
from backend.domain.object_keys import find_run
from backend.persistence.session import SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.storage import ObjectStorage

log = structlog.get_logger(__name__)

#: Older than any attempt that could still be at work.
MIN_AGE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UploadExpiry:
    """Aborts abandoned uploads. Only those of runs that this installation knows and that have ended."""

    system: SystemDatabase
    storage: ObjectStorage
    now: Clock

    async def expire(self) -> int:
        """Abort what is abandoned; how many uploads that were."""
        before = self.now() - MIN_AGE
        found = await asyncio.to_thread(self.storage.open_uploads)
        old = {upload: run for upload in found if upload.begun_at < before and (run := find_run(upload.key))}
        if not old:
            return 0
        async with self.system.transaction() as session:
            ended = await SystemScope(session).ended_runs(frozenset(old.values()))
        abandoned = [upload for upload, run in old.items() if run in ended]
        for upload in abandoned:
            await asyncio.to_thread(self.storage.abort_upload, upload.key, upload.upload_id)
            log.info("upload_expired", key=upload.key)
        return len(abandoned)
