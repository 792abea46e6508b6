"""Deadlines and obligations as they go over the wire."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.deadlines import DEFAULT_WARNING, MAX_WORKING_DAYS, MetBy, ObligationState, RiskReason
from backend.persistence.models.deadline import Deadline
from backend.persistence.repositories.deadlines import DueReport
from backend.services.deadlines import DeadlineTerms


class DeadlineBody(BaseModel):
    """Until when a report of a day must have arrived: by a calendar, on the clocks of a zone."""

    model_config = ConfigDict(extra="forbid")

    calendar: Annotated[str, Field(max_length=63, description="A national calendar, or one of your own.")]
    working_days: Annotated[int, Field(ge=0, le=MAX_WORKING_DAYS)] = 1
    local_time: time = time(23, 59)
    time_zone: Annotated[str, Field(max_length=64)]
    warning_minutes: Annotated[int, Field(ge=0, le=14_400)] = int(DEFAULT_WARNING.total_seconds() // 60)
    met_by: MetBy = MetBy.HANDED_OVER
    since: Annotated[date, Field(description="The first reporting date that is owed.")]
    is_active: bool = True

    def terms(self) -> DeadlineTerms:
        """What is chosen."""
        return DeadlineTerms(**self.model_dump(include=set(DeadlineBody.model_fields)))


class DeadlineCreate(DeadlineBody):
    """The deadline of a report that has none."""

    report_id: UUID


class DeadlineAnswer(BaseModel):
    """The deadline of a report."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    report_id: UUID
    report_name: str | None = None
    calendar: str
    working_days: int
    local_time: time
    time_zone: str
    warning_minutes: int
    met_by: MetBy
    since: date
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, deadline: Deadline, report_name: str | None = None) -> Self:
        """As it is stored."""
        return cls.model_validate(deadline).model_copy(update={"report_name": report_name})


class DeadlineList(BaseModel):
    """Every deadline, by the name of its report."""

    items: list[DeadlineAnswer]


class ObligationAnswer(BaseModel):
    """A report's duty for one reporting date."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    due_at: datetime
    warn_at: datetime
    time_zone: str
    calendar: str
    state: ObligationState
    risk: RiskReason | None
    at_risk_at: datetime | None
    breached_at: datetime | None
    satisfied_at: datetime | None
    run_id: UUID | None

    @classmethod
    def of(cls, due: DueReport) -> Self:
        """As it is stored."""
        stored = {name: getattr(due.obligation, name) for name in cls.model_fields if name != "report_name"}
        return cls(report_name=due.report_name, **stored)
