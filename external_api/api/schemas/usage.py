"""Usage of a customer."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from backend.services.customer_usage import UsageView


class UsageGroup(BaseModel):
    """Calls that are alike in everything that was asked for; what was not asked for is null."""

    day: date | None = None
    key: UUID | None = None
    route: str | None = None
    status: int | None = None
    requests: int


class UsageAnswer(BaseModel):
    """The month against its quota, and the calls of the days that were asked for, refused ones included."""

    month: str = Field(examples=["2026-11"])
    counted: int = Field(description="Calls of the month that count to the quota: all that were let through.")
    monthly_quota: int | None = Field(description="null: none.")
    month_ends_at: datetime
    first: date
    last: date
    requests: int = Field(description="All calls of these days.")
    groups: list[UsageGroup]

    @classmethod
    def of(cls, view: UsageView, monthly_quota: int | None) -> UsageAnswer:
        """Usage as it is shown."""
        groups = [UsageGroup.model_validate(one) for one in view.groups]
        return cls(
            month=view.month,
            counted=view.counted,
            monthly_quota=monthly_quota,
            month_ends_at=view.month_ends_at,
            first=view.first,
            last=view.last,
            requests=sum(one.requests for one in groups),
            groups=groups,
        )
