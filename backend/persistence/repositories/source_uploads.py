"""Uploads of files for connectors."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select

from backend.core.ids import ConnectorId
from backend.persistence.models.source_upload import SourceUpload, UploadState
from backend.persistence.repositories.tenant_scope import TenantRepository


class SourceUploadRepository(TenantRepository):
    """Uploads of one tenant in one transaction."""

    async def find(
        self, connector_id: ConnectorId, upload_id: UUID, state: UploadState | None = None, *, for_update: bool = False
    ) -> SourceUpload | None:
        """An upload of a connector, in a state if one is given."""
        found = await self._find(SourceUpload, upload_id, for_update=for_update)
        if found is None or found.connector_id != connector_id or (state is not None and found.state != state):
            return None
        return found

    async def of_connector(self, connector_id: ConnectorId, state: UploadState) -> Sequence[SourceUpload]:
        """Uploads of a connector in a state, by table and name."""
        query = self._select(SourceUpload).where(SourceUpload.connector_id == connector_id, SourceUpload.state == state)
        return await self._all(query.order_by(SourceUpload.table_name, SourceUpload.name, SourceUpload.id))

    async def find_file(self, connector_id: ConnectorId, table: str, name: str) -> SourceUpload | None:
        """The complete upload of a name."""
        query = self._select(SourceUpload).where(
            SourceUpload.connector_id == connector_id,
            SourceUpload.state == UploadState.COMPLETE,
            SourceUpload.table_name == table,
            SourceUpload.name == name,
        )
        found: SourceUpload | None = await self._session.scalar(query.with_for_update())
        return found

    async def unfinished(self, connector_id: ConnectorId) -> Sequence[tuple[str, str]]:
        """Object key and multipart upload of every upload under way."""
        query = select(SourceUpload.object_key, SourceUpload.storage_upload_id).where(
            SourceUpload.tenant_id == self.tenant,
            SourceUpload.connector_id == connector_id,
            SourceUpload.state == UploadState.OPEN,
        )
        return [(key, upload) for key, upload in await self._session.execute(query)]

    async def forget_all(self, connector_id: ConnectorId) -> None:
        """Remove every row of a connector."""
        await self._session.execute(
            delete(SourceUpload).where(SourceUpload.tenant_id == self.tenant, SourceUpload.connector_id == connector_id)
        )
