"""Days that are reported again, as they go over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.error_register import AgainSummaryAnswer
from backend.domain.back_reporting import (
    SKIP_SENTENCES,
    AgainState,
    DayOutcome,
    DayPlan,
    DaySkip,
    OnStanding,
    StandingSubmission,
    summary_of,
)
from backend.domain.schedules.backfills import BackfillState, BackfillWay
from backend.domain.submissions import SubmissionState
from backend.persistence.repositories.back_reporting import ListedDay
from backend.services.back_reporting import AgainView, BackReportingAsked


class BackReportingBody(BaseModel):
    """Which report and days, and what is done where the regulator has an original of the day already.

    ``correct`` reports the records that were amended since by a supplemental run; ``override`` runs the whole day anew,
    and that submission is held until somebody says why the regulator gets a second original.
    """

    model_config = ConfigDict(extra="forbid")

    report_id: UUID
    first_date: date
    last_date: date
    parameters: Annotated[dict[str, JsonValue], Field(max_length=100)] = {}
    on_standing: OnStanding = OnStanding.CORRECT
    working_days_only: bool = True
    calendar: Annotated[str | None, Field(max_length=63, description="Whose working days; Monday to Friday.")] = None
    concurrency: Annotated[int, Field(ge=1, le=20, description="Runs at once.")] = 2

    def asked(self) -> BackReportingAsked:
        """What is asked for."""
        return BackReportingAsked(**self.model_dump())


class StandingAnswer(BaseModel):
    """An original of a day."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    reference: str
    state: SubmissionState


class PlannedDayAnswer(BaseModel):
    """What there is of a day, and what would happen to it."""

    reporting_date: date
    outcome: DayOutcome
    skip: DaySkip | None
    reason: str | None
    original: StandingAnswer | None
    void_original: StandingAnswer | None
    amended: int
    open: int

    @classmethod
    def of(cls, plan: DayPlan) -> Self:
        """As it was decided."""
        facts = plan.facts
        return cls(
            reporting_date=facts.reporting_date,
            outcome=plan.outcome,
            skip=plan.skip,
            reason=None if plan.skip is None else SKIP_SENTENCES[plan.skip],
            original=_standing(facts.standing),
            void_original=_standing(facts.void),
            amended=facts.amended,
            open=facts.open,
        )


class BackReportingPreviewAnswer(BaseModel):
    """Every day of the range, in order."""

    items: list[PlannedDayAnswer]

    @classmethod
    def of(cls, plans: Sequence[DayPlan]) -> Self:
        """As it was decided."""
        return cls(items=[PlannedDayAnswer.of(one) for one in plans])


class AgainDayAnswer(BaseModel):
    """A day that is reported again."""

    reporting_date: date
    way: BackfillWay
    state: AgainState
    reason: str | None
    run_id: UUID | None
    submission_id: UUID | None
    submission_reference: str | None
    submission_state: SubmissionState | None

    @classmethod
    def of(cls, one: ListedDay) -> Self:
        """As it is now."""
        return cls(
            reporting_date=one.day.reporting_date,
            way=BackfillWay(one.day.way),
            state=one.again.state,
            reason=one.day.reason,
            run_id=one.day.run_id,
            submission_id=one.submission_id,
            submission_reference=one.submission_reference,
            submission_state=one.again.submission_state,
        )


class BackReportingAnswer(BaseModel):
    """What was started from an entry, with every day."""

    id: UUID
    report_id: UUID
    report_name: str
    first_date: date
    last_date: date
    concurrency: int
    state: BackfillState
    created_at: datetime
    finished_at: datetime | None
    summary: AgainSummaryAnswer
    days: list[AgainDayAnswer]

    @classmethod
    def of(cls, view: AgainView) -> Self:
        """As it is now."""
        one = view.backfill
        return cls(
            id=one.id,
            report_id=one.report_id,
            report_name=view.report_name,
            first_date=one.first_date,
            last_date=one.last_date,
            concurrency=one.concurrency,
            state=BackfillState(one.state),
            created_at=one.created_at,
            finished_at=one.finished_at,
            summary=AgainSummaryAnswer.model_validate(summary_of([day.again for day in view.days])),
            days=[AgainDayAnswer.of(day) for day in view.days],
        )


class BackReportingList(BaseModel):
    """What was started from an entry, the newest first."""

    items: list[BackReportingAnswer]


class BackReportingStarted(BaseModel):
    """The backfill that was started."""

    backfill_id: UUID


def _standing(one: StandingSubmission | None) -> StandingAnswer | None:
    return None if one is None else StandingAnswer.model_validate(one)
