"""Uploads of a source's files: one that is begun, one that is whole, and the file it made."""

from __future__ import annotations

from dataclasses import dataclass

from backend.core.ids import ConnectorId
from backend.services.source_uploads import NewUpload, SourceUploadService
from tests.factories.installation import Installation
from tests.factories.rows import Rows

UPLOADED = b"id,note\n1,x\n2,y\n"
FILES_SETTINGS = {
    "tables": [{"name": "trades", "file": {"format": "csv"}, "columns": [{"name": "id", "type": "integer"}]}]
}


@dataclass(frozen=True, slots=True)
class Uploads:
    """A connector for files, an upload at its beginning, one of which all is there, and a file."""

    connector_id: str
    begun_id: str
    whole_id: str
    file_id: str


async def new_uploads(rows: Rows, installation: Installation) -> Uploads:
    """All of them, of a connector of their own."""
    scope = rows.person.scope(installation.database)
    service = SourceUploadService(scope, installation.adapters.storage, 1000)
    connector = await rows.connector(FILES_SETTINGS, kind="files", credentials=rows.box.seal({}))
    begun, whole, file = [
        await service.begin(ConnectorId(connector.id), NewUpload(f"{name}.csv", "trades", len(UPLOADED)))
        for name in ("begun", "whole", "file")
    ]
    for upload in (whole, file):
        await service.add_part(ConnectorId(connector.id), upload.id, 0, UPLOADED)
    await service.complete(ConnectorId(connector.id), file.id)
    return Uploads(str(connector.id), str(begun.id), str(whole.id), str(file.id))
