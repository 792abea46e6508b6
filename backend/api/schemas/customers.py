"""Customers and plans as the publisher's staff see them."""

from __future__ import annotations

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.core.clock import utc_now
from backend.domain.customers import (
    DEFAULT_RATE_PER_MINUTE,
    MAX_RATE_PER_MINUTE,
    CustomerKeyState,
    CustomerRole,
    CustomerState,
)
from backend.domain.publications import PublicationKind
from backend.persistence.models.customer import CustomerAPIKey
from backend.persistence.repositories.customers import CustomerWithPlan
from backend.services.customer_administration import CustomerChange, CustomerDetail
from backend.services.customer_keys import key_state
from backend.services.customer_usage import UsageView
from backend.services.plans import PlanTerms

_NAME = r"^\S(.*\S)?$"


class PlanChange(BaseModel):
    """All that can be different about a plan."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=_NAME)
    description: str = Field(default="", max_length=500)
    rate_limit_per_minute: int = Field(default=DEFAULT_RATE_PER_MINUTE, ge=1, le=MAX_RATE_PER_MINUTE)
    monthly_quota: int | None = Field(
        default=None, ge=1, le=2_000_000_000, description="Calls a month; null: as many as the rate lets through."
    )
    max_keys: int = Field(default=5, ge=1, le=1000)
    max_members: int = Field(default=5, ge=1, le=1000)
    scopes: list[str] = Field(max_length=50, examples=[["reports:read", "usage:read"]])
    regimes: list[str] | None = Field(default=None, max_length=100, description="null: all that are published.")
    kinds: list[PublicationKind] | None = Field(
        default=None, max_length=20, description="Kinds of what is published; null: all of them."
    )
    publication_ids: list[UUID] | None = Field(
        default=None, max_length=1000, description="Only these publications; null: all of them."
    )
    is_default: bool = Field(default=False, description="Whoever signs up gets it; another default one ends.")
    is_offered: bool = Field(default=True, description="Customers see it.")
    stripe_price_id: str | None = Field(
        default=None,
        max_length=255,
        pattern=r"^price_\w+$",
        description="The price at Stripe that customers pay for it; null: it is given by hand.",
    )
    trial_days: int = Field(default=0, ge=0, le=730, description="Days before the first payment, once a customer.")

    def terms(self) -> PlanTerms:
        """What was asked for."""
        return PlanTerms(
            name=self.name,
            description=self.description,
            rate_limit_per_minute=self.rate_limit_per_minute,
            monthly_quota=self.monthly_quota,
            max_keys=self.max_keys,
            max_members=self.max_members,
            scopes=self.scopes,
            regimes=self.regimes,
            kinds=self.kinds,
            publication_ids=self.publication_ids,
            is_default=self.is_default,
            is_offered=self.is_offered,
            stripe_price_id=self.stripe_price_id,
            trial_days=self.trial_days,
        )


class PlanCreate(PlanChange):
    """A plan and the key it is known by."""

    key: str = Field(min_length=1, max_length=63, pattern=r"^[a-z0-9][a-z0-9-]*$")


class PlanAnswer(BaseModel):
    """A plan."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    key: str
    name: str
    description: str
    rate_limit_per_minute: int
    monthly_quota: int | None
    max_keys: int
    max_members: int
    scopes: list[str]
    regimes: list[str] | None
    kinds: list[PublicationKind] | None
    publication_ids: list[UUID] | None
    is_default: bool
    is_offered: bool
    stripe_price_id: str | None = None
    trial_days: int = 0
    created_at: AwareDatetime
    updated_at: AwareDatetime


class CustomerAnswer(BaseModel):
    """A customer in a list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    state: CustomerState
    plan_until: AwareDatetime | None
    suspended_at: AwareDatetime | None
    suspended_reason: str | None
    created_at: AwareDatetime
    plan: PlanAnswer | None = None

    @classmethod
    def of(cls, row: CustomerWithPlan) -> Self:
        """The customer as it is shown."""
        plan = None if row.plan is None else PlanAnswer.model_validate(row.plan)
        return cls.model_validate(row.customer).model_copy(update={"plan": plan})


class CustomerPersonAnswer(BaseModel):
    """Somebody of a customer."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    full_name: str
    role: CustomerRole
    email_verified_at: AwareDatetime | None
    created_at: AwareDatetime


class CustomerDetailAnswer(CustomerAnswer):
    """A customer, its people, and its calls of the month."""

    team: list[CustomerPersonAnswer] = Field(default_factory=list)
    month: str = ""
    counted: int = Field(default=0, description="Calls of the month that count to the quota.")

    @classmethod
    def of_detail(cls, view: CustomerDetail) -> Self:
        """The customer as its page shows it."""
        shown = cls.of(CustomerWithPlan(view.customer, view.plan))
        team = [CustomerPersonAnswer.model_validate(one) for one in view.team]
        return shown.model_copy(update={"team": team, "month": view.month, "counted": view.counted})


class CustomerChangeRequest(BaseModel):
    """A name, and a plan by hand."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=200, pattern=_NAME)
    plan_id: UUID | None = None
    plan_until: AwareDatetime | None = Field(default=None, description="null: until somebody changes it.")

    def wanted(self) -> CustomerChange:
        """What was asked for."""
        return CustomerChange(self.name, self.plan_id, self.plan_until)


class CustomerSuspend(BaseModel):
    """Why."""

    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")


class CustomerKeyAnswer(BaseModel):
    """A key of a customer; its secret is stored nowhere."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    is_test: bool
    prefix: str
    last_four: str
    scopes: list[str]
    networks: list[str]
    rate_limit_per_minute: int | None
    expires_at: AwareDatetime | None
    created_at: AwareDatetime
    last_used_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
    state: CustomerKeyState = CustomerKeyState.ACTIVE

    @classmethod
    def of(cls, key: CustomerAPIKey) -> Self:
        """The key as it is shown."""
        return cls.model_validate(key).model_copy(update={"state": key_state(key, utc_now())})


class CustomerUsageGroup(BaseModel):
    """Calls that are alike in everything that was asked for; what was not asked for is null."""

    day: date | None = None
    key: UUID | None = None
    route: str | None = None
    status: int | None = None
    requests: int


class CustomerUsageAnswer(BaseModel):
    """How the month stands, and the calls of the days that were asked for."""

    month: str = Field(examples=["2026-11"])
    counted: int = Field(description="Calls of the month that count to the quota.")
    month_ends_at: AwareDatetime
    first: date
    last: date
    requests: int = Field(description="All calls of these days, refused ones included.")
    groups: list[CustomerUsageGroup]

    @classmethod
    def of(cls, view: UsageView) -> Self:
        """Usage as it is shown."""
        groups = [CustomerUsageGroup.model_validate(one) for one in view.groups]
        return cls(
            month=view.month,
            counted=view.counted,
            month_ends_at=view.month_ends_at,
            first=view.first,
            last=view.last,
            requests=sum(one.requests for one in groups),
            groups=groups,
        )
