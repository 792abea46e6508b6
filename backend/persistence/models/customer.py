"""Customers of a publisher: plans, companies, their people, sessions, links in mails, and API keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from backend.domain.api_versions import CURRENT_VERSION
from backend.domain.customers import MAX_RATE_PER_MINUTE, CustomerRole, CustomerState
from backend.domain.sessions import SessionEnd
from backend.persistence.models.entity import Entity, TenantBound, enum_text, one_of


class Plan(TenantBound, Entity):
    """What a customer can have: how often it may call, and what it may read."""

    __tablename__ = "plans"
    __table_args__ = (
        UniqueConstraint("tenant_id", "key"),
        CheckConstraint(f"rate_limit_per_minute BETWEEN 1 AND {MAX_RATE_PER_MINUTE}", name="rate_bounded"),
        CheckConstraint("monthly_quota > 0", name="quota_positive"),
        UniqueConstraint("tenant_id", "stripe_price_id"),
        CheckConstraint("trial_days BETWEEN 0 AND 730", name="trial_bounded"),
        Index("uq_plans_default", "tenant_id", unique=True, postgresql_where=text("is_default")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(63))
    name: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500))
    rate_limit_per_minute: Mapped[int]
    #: Calls a month; none: as many as the rate lets through.
    monthly_quota: Mapped[int | None]
    max_keys: Mapped[int]
    max_members: Mapped[int]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    #: Keys of the regulation packs whose content is included; none: all that are published.
    regimes: Mapped[list[str] | None] = mapped_column(ARRAY(String(64)))
    #: Kinds of what is published, and single publications; none: all of them. Every limit holds by itself.
    kinds: Mapped[list[str] | None] = mapped_column(ARRAY(String(20)))
    publication_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    #: Whoever signs up gets it.
    is_default: Mapped[bool]
    #: Customers see it and may choose it.
    is_offered: Mapped[bool]
    #: What it costs, by Stripe's name of the price; None: it is given by hand.
    stripe_price_id: Mapped[str | None] = mapped_column(String(255))
    #: Days that a customer may have it before it pays, once.
    trial_days: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Customer(TenantBound, Entity):
    """A company that reads what a publisher offers."""

    __tablename__ = "customers"
    __table_args__ = (
        one_of("state", CustomerState),
        CheckConstraint("(state = 'suspended') = (suspended_at IS NOT NULL)", name="suspension_has_time"),
        Index("ix_customers_newest", "tenant_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(enum_text(CustomerState))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"), index=True)
    #: The end of the period that was paid or promised; none: until somebody changes it.
    plan_until: Mapped[datetime | None]
    #: The subscription that gives the plan; None: it was given by hand. No key: the subscription names its customer.
    subscription_id: Mapped[UUID | None]
    #: What was given by hand before a subscription took its place.
    granted_plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))
    granted_until: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(500))
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CustomerUser(TenantBound, Entity):
    """Somebody who works for a customer; the address, in lower case, is unique among a publisher's customers."""

    __tablename__ = "customer_users"
    __table_args__ = (one_of("role", CustomerRole), UniqueConstraint("tenant_id", "email"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    full_name: Mapped[str] = mapped_column(String(200))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(enum_text(CustomerRole))
    is_active: Mapped[bool]
    email_verified_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class CustomerSession(TenantBound, Entity):
    """One sign-in of somebody of a customer; its refresh tokens are one family."""

    __tablename__ = "customer_sessions"
    __table_args__ = (
        one_of("end_reason", SessionEnd),
        CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="end_has_reason"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("customer_users.id"), index=True)
    family_hash: Mapped[str] = mapped_column(String(64))
    token_hash: Mapped[str] = mapped_column(String(64))
    previous_token_hash: Mapped[str | None] = mapped_column(String(64))
    user_agent: Mapped[str | None] = mapped_column(String(300))
    address: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(enum_text(SessionEnd))


class CustomerLinkKind(StrEnum):
    """What a link in a mail is for."""

    VERIFICATION = "verification"
    RESET = "password_reset"
    INVITATION = "invitation"


class CustomerLink(TenantBound, Entity):
    """A link that was mailed; its token is kept as a hash and opens once. An invitation has no user yet."""

    __tablename__ = "customer_links"
    __table_args__ = (
        one_of("kind", CustomerLinkKind),
        one_of("role", CustomerRole),
        CheckConstraint("(kind = 'invitation') = (user_id IS NULL)", name="invitation_has_no_user"),
        CheckConstraint("(kind = 'invitation') = (role IS NOT NULL)", name="invitation_has_role"),
        Index("ix_customer_links_of_customer", "customer_id", "kind", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(enum_text(CustomerLinkKind))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("customer_users.id"), index=True)
    email: Mapped[str] = mapped_column(String(320))
    role: Mapped[str | None] = mapped_column(enum_text(CustomerRole))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("customer_users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CustomerAPIKey(TenantBound, Entity):
    """A key kept as a hash; after a rotation the former one opens until ``previous_until``, and counts as the same."""

    __tablename__ = "customer_api_keys"
    __table_args__ = (
        CheckConstraint("(previous_hash IS NULL) = (previous_until IS NULL)", name="previous_has_end"),
        CheckConstraint(f"rate_limit_per_minute BETWEEN 1 AND {MAX_RATE_PER_MINUTE}", name="rate_bounded"),
        Index(
            "uq_customer_api_keys_name",
            "customer_id",
            "name",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
        Index("ix_customer_api_keys_newest", "customer_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str] = mapped_column(String(100))
    is_test: Mapped[bool]
    prefix: Mapped[str] = mapped_column(String(24))
    last_four: Mapped[str] = mapped_column(String(4))
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    previous_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    previous_until: Mapped[datetime | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(64)))
    networks: Mapped[list[str]] = mapped_column(ARRAY(String(43)))
    #: The version of the API that its calls get unless they ask for another one.
    api_version: Mapped[str] = mapped_column(String(10), default=CURRENT_VERSION)
    #: Narrower than the plan's; none: the plan's alone.
    rate_limit_per_minute: Mapped[int | None]
    expires_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("customer_users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    rotated_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None] = mapped_column(String(60))
    revoked_at: Mapped[datetime | None]
