"""Artifacts."""

from __future__ import annotations

from collections.abc import Sequence

from backend.core.ids import ArtifactId, RunId
from backend.persistence.models.artifact import Artifact
from backend.persistence.repositories.tenant_scope import TenantRepository


class ArtifactRepository(TenantRepository):
    """Artifacts of one tenant in one transaction."""

    async def find(self, artifact_id: ArtifactId) -> Artifact | None:
        """The artifact, or None."""
        return await self._find(Artifact, artifact_id)

    async def of_run(self, run_id: RunId) -> Sequence[Artifact]:
        """The files of a run, in the order of its outputs."""
        order = (Artifact.output_number, Artifact.file_number)
        return await self._all(self._select(Artifact).where(Artifact.run_id == run_id).order_by(*order))
