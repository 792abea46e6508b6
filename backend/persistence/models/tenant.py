"""Tenants, staff, their memberships and roles."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.exceptions import DEFAULT_DUE_DAYS, MAX_DUE_DAYS, MIN_DUE_DAYS
from backend.domain.tenants import (
    DEFAULT_WEBHOOK_LOG_DAYS,
    MAX_IDLE_MINUTES,
    MAX_WEBHOOK_LOG_DAYS,
    MIN_IDLE_MINUTES,
    TenantEnvironment,
)
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of


class Tenant(Entity):
    """One organisation inside an installation, and what it has chosen for itself."""

    __tablename__ = "tenants"
    __table_args__ = (
        one_of("environment", TenantEnvironment),
        CheckConstraint(f"idle_minutes BETWEEN {MIN_IDLE_MINUTES} AND {MAX_IDLE_MINUTES}", name="idle_minutes_bounded"),
        CheckConstraint(
            f"exception_due_days BETWEEN {MIN_DUE_DAYS} AND {MAX_DUE_DAYS}", name="exception_due_days_bounded"
        ),
        CheckConstraint(f"webhook_log_days BETWEEN 1 AND {MAX_WEBHOOK_LOG_DAYS}", name="webhook_log_days_bounded"),
        CheckConstraint("four_eyes OR four_eyes_off_reason IS NOT NULL", name="four_eyes_off_has_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    environment: Mapped[str] = mapped_column(enum_text(TenantEnvironment), default=TenantEnvironment.PRODUCTION)
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    idle_minutes: Mapped[int] = mapped_column(default=30)
    four_eyes: Mapped[bool] = mapped_column(default=True)
    four_eyes_off_reason: Mapped[str | None] = mapped_column(String(500))
    mail_sender_name: Mapped[str | None] = mapped_column(String(100))
    #: Working days until an exception is due.
    exception_due_days: Mapped[int] = mapped_column(default=DEFAULT_DUE_DAYS)
    #: For how long events and what was sent of them are kept.
    webhook_log_days: Mapped[int] = mapped_column(default=DEFAULT_WEBHOOK_LOG_DAYS)
    settings_changed_at: Mapped[datetime | None]
    settings_changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class User(Entity):
    """A member of staff; the e-mail address is global and unique, stored in lower case."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(default=True)
    is_platform_administrator: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class Membership(TenantBound, Entity):
    """That a user belongs to a tenant; an inactive one is suspended there, whatever the account does elsewhere."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("tenant_id", "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class Role(TenantBound, Entity):
    """A named set of permissions; ``*`` stands for all of them (see ``backend.domain.roles``)."""

    __tablename__ = "roles"
    __table_args__ = (UniqueConstraint("tenant_id", "key"), UniqueConstraint("tenant_id", "name"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500))
    permissions: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    is_template_based: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MembershipRole(TenantBound, Entity):
    """One role of one member."""

    __tablename__ = "membership_roles"

    membership_id: Mapped[UUID] = mapped_column(ForeignKey("memberships.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[UUID] = mapped_column(ForeignKey("roles.id"), primary_key=True, index=True)
