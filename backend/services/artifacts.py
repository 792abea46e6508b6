"""Artifacts as people download them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ArtifactId
from backend.domain.audit import AuditAction, AuditSubject
from backend.persistence.models.artifact import Artifact
from backend.persistence.repositories.artifacts import ArtifactRepository
from backend.services.scope import TenantScope
from backend.services.storage import ObjectStorage


class ArtifactNotFound(OpenRegError):
    """There is no such artifact."""

    code: ClassVar[str] = "artifact_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class ArtifactService:
    """Artifacts of a tenant."""

    scope: TenantScope
    storage: ObjectStorage

    async def get(self, artifact_id: ArtifactId) -> Artifact:
        """Raises ArtifactNotFound."""
        async with self.scope.transaction() as session:
            found = await ArtifactRepository(session, self.scope.tenant).find(artifact_id)
        if found is None:
            raise ArtifactNotFound
        return found

    async def open_content(self, artifact: Artifact, offset: int, length: int) -> Iterator[bytes]:
        """The stored bytes, streaming; blocks: iterate in a thread.

        The first piece is fetched here, so that a lost file is an error and not an answer that breaks off; and the
        download is written down before its first byte leaves.
        """
        pieces = self.storage.stream(artifact.object_key, offset, length)
        first = await asyncio.to_thread(next, pieces, b"")
        async with self.scope.transaction() as session:
            await self.scope.audit(session).record(
                AuditAction.ARTIFACT_DOWNLOADED,
                AuditSubject("artifact", artifact.id, artifact.name),
                after={"sha256": artifact.sha256, "offset": offset, "length": length},
            )
        return chain((first,), pieces)
