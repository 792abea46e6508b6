"""Reports and versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class ReportCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")


class ReportAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    slug: str
    created_at: datetime


class VersionCreate(BaseModel):
    model_config = ConfigDict(extra="forbid")

    document: dict[str, JsonValue] = Field(description="A report document; its schema is at /reports/document-schema.")


class VersionAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    report_id: UUID
    number: str
    state: str
    pack_id: str | None
    pack_version: str | None
    created_at: datetime
    activated_at: datetime | None
    document: dict[str, JsonValue]


class VersionList(BaseModel):
    items: list[VersionAnswer]
