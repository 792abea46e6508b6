"""Reports and versions."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class ReportCreate(BaseModel):
    """A name for people and a slug for file names and addresses."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")


class ReportAnswer(BaseModel):
    """A report; what it does stands in its versions."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    slug: str
    created_at: datetime


class VersionCreate(BaseModel):
    """A report document to be checked and kept."""

    model_config = ConfigDict(extra="forbid")

    document: dict[str, JsonValue] = Field(description="A report document; its schema is at /reports/document-schema.")


class VersionAnswer(BaseModel):
    """A version with its document, and what the check had to remark."""

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
    """Every version of a report."""

    items: list[VersionAnswer]
