"""Destinations and deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.connectors import TestAnswer
from backend.persistence.repositories.deliveries import ListedDelivery


class DestinationCreate(BaseModel):
    """A server that files go to, and how to sign in to it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200)
    kind: Literal["sftp"]
    settings: dict[str, JsonValue]
    credentials: dict[str, JsonValue] = Field(description="password, or private_key with an optional passphrase")


class DestinationTrial(BaseModel):
    """A destination that is to be tried and not stored."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["sftp"]
    settings: dict[str, JsonValue]
    credentials: dict[str, JsonValue] = Field(description="password, or private_key with an optional passphrase")


class DestinationTestAnswer(TestAnswer):
    """What a test found; ``unconfirmed_host_key`` is what the server showed where it is not the confirmed one."""

    unconfirmed_host_key: str | None


class DestinationAnswer(BaseModel):
    """A destination; its credentials are never shown."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    kind: str
    settings: dict[str, JsonValue]
    created_at: datetime
    updated_at: datetime


class DeliveryAttemptAnswer(BaseModel):
    """One try of a delivery; without ``error`` it got through."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    started_at: datetime
    finished_at: datetime
    error: dict[str, JsonValue] | None


class DeliveryAnswer(BaseModel):
    """One transfer; ``receipt`` is there once it is delivered."""

    id: UUID
    run_id: UUID
    artifact_id: UUID
    artifact_name: str
    destination_id: UUID
    destination_name: str
    state: str
    attempts: int
    next_attempt_at: datetime
    receipt: dict[str, JsonValue] | None
    last_error: dict[str, JsonValue] | None
    created_at: datetime
    finished_at: datetime | None
    tries: list[DeliveryAttemptAnswer] = Field(description="Every attempt that has ended, in order.")

    @classmethod
    def of(cls, listed: ListedDelivery) -> DeliveryAnswer:
        """The delivery as it is now."""
        one = listed.delivery
        return cls(
            id=one.id,
            run_id=one.run_id,
            artifact_id=one.artifact_id,
            artifact_name=listed.artifact_name,
            destination_id=one.destination_id,
            destination_name=listed.destination_name,
            state=one.state,
            attempts=one.attempts,
            next_attempt_at=one.next_attempt_at,
            receipt=one.receipt,
            last_error=one.last_error,
            created_at=one.created_at,
            finished_at=one.finished_at,
            tries=[DeliveryAttemptAnswer.model_validate(attempt) for attempt in listed.attempts],
        )


class DeliveryList(BaseModel):
    """Every delivery of a run."""

    items: list[DeliveryAnswer]
