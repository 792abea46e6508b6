"""Uploads that somebody began and did not finish: aborted when no part has come for two days."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import structlog

from backend.core.clock import Clock
from backend.persistence.models.source_upload import UploadState
from backend.persistence.repositories.source_uploads import SourceUploadRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.storage import ObjectStorage

log = structlog.get_logger(__name__)

#: Aborted in one go; the rest waits for the next.
LIMIT = 500


@dataclass(frozen=True, slots=True)
class SourceUploadExpiry:
    """Aborts abandoned uploads of files."""

    database: Database
    system: SystemDatabase
    storage: ObjectStorage
    now: Clock

    async def expire(self) -> int:
        """Abort what is abandoned; how many uploads that were."""
        async with self.system.transaction() as session:
            due = await SystemScope(session).abandoned_source_uploads(self.now(), LIMIT)
        expired = 0
        for one in due:
            async with self.database.transaction(one.tenant) as session:
                uploads = SourceUploadRepository(session, one.tenant)
                found = await uploads.find(one.connector, one.upload, UploadState.OPEN, for_update=True)
                # A part may have come since.
                if found is None or found.expires_at > self.now():
                    continue
                await uploads.delete(found)
            await asyncio.to_thread(self.storage.abort_upload, found.object_key, found.storage_upload_id)
            await asyncio.to_thread(self.storage.delete, found.object_key)
            log.info("source_upload_expired", upload_id=str(one.upload))
            expired += 1
        return expired
