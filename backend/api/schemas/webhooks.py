"""Webhook endpoints and deliveries."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class WebhookCreate(BaseModel):
    """An endpoint and the events it wants to hear of."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(max_length=2000)
    event_types: list[str] = Field(min_length=1, max_length=50, examples=[["run.*", "artifact.created"]])
    description: str = Field(default="", max_length=500)


class WebhookAnswer(BaseModel):
    """An endpoint; its signing secret is shown once, when it is created."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    url: str
    description: str
    event_types: list[str]
    is_active: bool
    disabled_reason: str | None
    created_at: datetime


class WebhookCreated(WebhookAnswer):
    """The only answer that carries the signing secret."""

    secret: str


class WebhookDeliveryAnswer(BaseModel):
    """One event to this endpoint."""

    id: UUID
    event_id: UUID
    event_type: str
    state: str
    attempts: int
    last_status: int | None
    next_attempt_at: datetime
    created_at: datetime
    finished_at: datetime | None


class EventTypeList(BaseModel):
    """Names of all event types."""

    items: list[str]
