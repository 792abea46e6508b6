"""Tenants and their settings."""

from __future__ import annotations

from datetime import datetime
from typing import Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.exceptions import DEFAULT_DUE_DAYS, MAX_DUE_DAYS, MIN_DUE_DAYS
from backend.domain.tenants import (
    DEFAULT_WEBHOOK_LOG_DAYS,
    MAX_IDLE_MINUTES,
    MAX_WEBHOOK_LOG_DAYS,
    MIN_IDLE_MINUTES,
    TENANT_SLUG,
    TenantEnvironment,
)
from backend.services.platform_tenants import TenantPlan
from backend.services.tenants import TenantChoices, TenantSettingsView

_MAY_BE_NULL = frozenset({"four_eyes_off_reason", "mail_sender_name"})


class PersonAnswer(BaseModel):
    """Somebody, as far as others need to know."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    full_name: str
    email: str


class TenantDefaults(BaseModel):
    """What holds where nobody has chosen."""

    idle_minutes: int = 30
    four_eyes: bool = True
    exception_due_days: int = DEFAULT_DUE_DAYS
    webhook_log_days: int = DEFAULT_WEBHOOK_LOG_DAYS


class TenantSettingsAnswer(BaseModel):
    """What an organisation has chosen for itself."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    environment: TenantEnvironment
    time_zone: str
    idle_minutes: int
    four_eyes: bool
    four_eyes_off_reason: str | None
    can_switch_four_eyes_off: bool = Field(default=False, description="False in production.")
    mail_sender_name: str | None
    exception_due_days: int = Field(description="Working days until an exception is due.")
    webhook_log_days: int = Field(description="Days for which events and what was sent of them are kept.")
    changed_at: datetime | None = None
    changed_by: PersonAnswer | None = None
    defaults: TenantDefaults = Field(default_factory=TenantDefaults)

    @classmethod
    def of(cls, view: TenantSettingsView, *, is_production: bool) -> Self:
        """The settings as they are shown."""
        changed_by = None if view.changed_by is None else PersonAnswer.model_validate(view.changed_by)
        return cls.model_validate(view.tenant).model_copy(
            update={
                "can_switch_four_eyes_off": not is_production,
                "changed_at": view.tenant.settings_changed_at,
                "changed_by": changed_by,
            }
        )


class TenantSettingsChange(BaseModel):
    """What is to be different; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")
    environment: TenantEnvironment | None = None
    time_zone: str | None = Field(default=None, max_length=64, examples=["Europe/Amsterdam"])
    idle_minutes: int | None = Field(default=None, ge=MIN_IDLE_MINUTES, le=MAX_IDLE_MINUTES)
    four_eyes: bool | None = None
    four_eyes_off_reason: str | None = Field(default=None, max_length=500)
    mail_sender_name: str | None = Field(
        default=None, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="null: the name of the organisation."
    )
    exception_due_days: int | None = Field(default=None, ge=MIN_DUE_DAYS, le=MAX_DUE_DAYS)

    webhook_log_days: int | None = Field(default=None, ge=1, le=MAX_WEBHOOK_LOG_DAYS)

    def choices(self) -> TenantChoices:
        """What was given; null only where null means something."""
        given = self.model_dump(exclude_unset=True)
        chosen = {name: value for name, value in given.items() if value is not None or name in _MAY_BE_NULL}
        return cast("TenantChoices", chosen)  # the fields of this model are those of the choices


class TenantCreate(BaseModel):
    """What a new organisation is, and who is invited to administer it."""

    model_config = ConfigDict(extra="forbid")

    slug: str = Field(pattern=f"^{TENANT_SLUG}$", examples=["acme-bank"])
    name: str = Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")
    environment: TenantEnvironment = TenantEnvironment.PRODUCTION
    time_zone: str = Field(default="UTC", max_length=64)
    administrator_email: str = Field(max_length=320)

    def plan(self) -> TenantPlan:
        """What was asked for."""
        return TenantPlan(self.slug, self.name, self.environment, self.time_zone)


class TenantAnswer(BaseModel):
    """An organisation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    slug: str
    name: str
    environment: TenantEnvironment
    created_at: datetime
