"""Files that are uploaded for a connector."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.persistence.models.source_upload import SourceUpload
from backend.services.connectors.files.settings import TableName


class SourceUploadCreate(BaseModel):
    """A file that is to come: for which table, how large, and its SHA-256 when it is known."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^/\\\x00-\x1f]+$")]
    table: TableName
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class SourceUploadAnswer(BaseModel):
    """An upload under way: the next part begins at ``offset``; all parts but the last have ``part_bytes`` bytes."""

    id: UUID
    name: str
    table: str
    size_bytes: int
    offset: int
    part_bytes: int
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, upload: SourceUpload) -> SourceUploadAnswer:
        """The upload as it is now."""
        return cls(
            id=upload.id,
            name=upload.name,
            table=upload.table_name,
            size_bytes=upload.size_bytes,
            offset=upload.received_bytes,
            part_bytes=upload.part_bytes,
            created_at=upload.created_at,
            expires_at=upload.expires_at,
        )


class SourceUploadList(BaseModel):
    """Every upload under way for a connector."""

    items: list[SourceUploadAnswer]


class SourceFileAnswer(BaseModel):
    """A complete file of a table."""

    id: UUID
    name: str
    table: str
    size_bytes: int
    sha256: str | None
    completed_at: datetime | None

    @classmethod
    def of(cls, upload: SourceUpload) -> SourceFileAnswer:
        """The file as it is."""
        return cls(
            id=upload.id,
            name=upload.name,
            table=upload.table_name,
            size_bytes=upload.size_bytes,
            sha256=upload.sha256,
            completed_at=upload.completed_at,
        )


class SourceFileList(BaseModel):
    """Every complete file of a connector, by table and name."""

    items: list[SourceFileAnswer]


class DetectedColumnAnswer(BaseModel):
    """A column with the type that its values in the sample have, and why; in fixed width with its place."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    source: str
    type: str
    reason: str
    samples: list[str]
    position: int | None
    width: int | None


class DetectedFileAnswer(BaseModel):
    """What a file seems to be: ``file``, ``values`` and ``columns`` are settings of a table, for confirmation."""

    model_config = ConfigDict(from_attributes=True)

    file: dict[str, JsonValue]
    values: dict[str, JsonValue]
    columns: list[DetectedColumnAnswer]
    reasons: list[str]
