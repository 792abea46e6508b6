"""Connectors."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.services.connectors.base import ConnectorKind, Credentials


class ConnectorCreate(BaseModel):
    """A source database and how to sign in to it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: ConnectorKind
    settings: dict[str, JsonValue]
    credentials: Credentials


class ConnectorAnswer(BaseModel):
    """A connector; its credentials are never shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: str
    settings: dict[str, JsonValue]
    created_at: datetime
    updated_at: datetime


class TestStepAnswer(BaseModel):
    """One step of a test: what was tried and, when it failed, why and what to do."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    ok: bool
    message: str
    fix: str | None


class TestAnswer(BaseModel):
    """What a test found, step by step; later steps are not tried after one that failed."""

    model_config = ConfigDict(from_attributes=True)

    ok: bool
    steps: list[TestStepAnswer]


class PreviewRequest(BaseModel):
    """A query and how many of its rows are wanted."""

    model_config = ConfigDict(extra="forbid")

    query: str = Field(min_length=1, max_length=100_000)
    parameters: dict[str, JsonValue] = {}
    limit: int = Field(default=20, ge=1, le=1000)


class ColumnAnswer(BaseModel):
    """A column: its type for OpenReg, and what the source calls it."""

    name: str
    type: str
    native_type: str


class PreviewAnswer(BaseModel):
    """Rows as JSON: decimals, dates and timestamps as strings."""

    columns: list[ColumnAnswer]
    rows: list[list[JsonValue]]
