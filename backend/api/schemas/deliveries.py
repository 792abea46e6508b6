"""Destinations and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class DestinationCreate(BaseModel):
    """A server that files go to, and how to sign in to it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: Literal["sftp"]
    settings: dict[str, JsonValue]
    credentials: dict[str, JsonValue] = Field(description="password, or private_key with an optional passphrase")


class DestinationAnswer(BaseModel):
    """A destination; its credentials are never shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: str
    settings: dict[str, JsonValue]
    created_at: datetime
    updated_at: datetime


class DeliveryAnswer(BaseModel):
    """One transfer; ``receipt`` is there once it is delivered."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    run_id: UUID
    artifact_id: UUID
    destination_id: UUID
    state: str
    attempts: int
    next_attempt_at: datetime
    receipt: dict[str, JsonValue] | None
    last_error: dict[str, JsonValue] | None
    created_at: datetime
    finished_at: datetime | None


class DeliveryList(BaseModel):
    """Every delivery of a run."""

    items: list[DeliveryAnswer]
