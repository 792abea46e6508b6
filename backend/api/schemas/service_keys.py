"""Service keys: for programs that act for a member of staff."""

from __future__ import annotations

from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.api.schemas.tenants import PersonAnswer
from backend.domain.service_keys import DEFAULT_OVERLAP_HOURS, MAX_OVERLAP_HOURS, ServiceKeyState
from backend.services.service_keys import ServiceKeyChanges, ServiceKeyTerms, ServiceKeyView


class ServiceKeyCreate(BaseModel):
    """What a program may do, from where and until when."""

    name: str = Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")
    description: str = Field(default="", max_length=500)
    scopes: list[str] = Field(min_length=1, max_length=200, description="Permissions that you hold yourself.")
    networks: list[str] = Field(
        default_factory=list, max_length=50, examples=[["192.0.2.0/24"]], description="None: from anywhere."
    )
    expires_at: AwareDatetime | None = None

    def terms(self) -> ServiceKeyTerms:
        """What was asked for."""
        return ServiceKeyTerms(self.name, self.description, self.scopes, self.networks, self.expires_at)


class ServiceKeyChange(BaseModel):
    """What is to be different; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")
    description: str | None = Field(default=None, max_length=500)
    scopes: list[str] | None = Field(default=None, min_length=1, max_length=200)
    networks: list[str] | None = Field(default=None, max_length=50)
    expires_at: AwareDatetime | None = Field(default=None, description="null: never.")

    def changes(self) -> ServiceKeyChanges:
        """What was given."""
        return ServiceKeyChanges(
            self.name,
            self.description,
            self.scopes,
            self.networks,
            self.expires_at,
            is_endless="expires_at" in self.model_fields_set and self.expires_at is None,
        )


class ServiceKeyRotate(BaseModel):
    """How long the former secret goes on working."""

    overlap_hours: int = Field(default=DEFAULT_OVERLAP_HOURS, ge=0, le=MAX_OVERLAP_HOURS)


class ServiceKeyAnswer(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    description: str
    prefix: str
    scopes: list[str]
    networks: list[str]
    expires_at: AwareDatetime | None
    created_at: AwareDatetime
    rotated_at: AwareDatetime | None
    previous_until: AwareDatetime | None = Field(description="Until then the secret before the rotation works too.")
    last_used_at: AwareDatetime | None = Field(description="To the minute.")
    last_used_address: str | None
    revoked_at: AwareDatetime | None
    state: ServiceKeyState = ServiceKeyState.ACTIVE
    created_by: PersonAnswer | None = Field(default=None, validation_alias="maker")

    @classmethod
    def of(cls, view: ServiceKeyView) -> Self:
        """The key as it is shown."""
        maker = None if view.created_by is None else PersonAnswer.model_validate(view.created_by)
        return cls.model_validate(view.key).model_copy(update={"state": view.state, "created_by": maker})


class ServiceKeyMade(ServiceKeyAnswer):
    """A key with its secret, which is in this answer and nowhere else."""

    secret: str = ""

    @classmethod
    def with_secret(cls, view: ServiceKeyView, secret: str) -> Self:
        """The key as it is shown this once."""
        return cls.of(view).model_copy(update={"secret": secret})
