"""Schedules, their fires and backfills as they go over the wire."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.runs import RunState
from backend.domain.schedules.backfills import BackfillDayState, BackfillState
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import SKIP_SENTENCES, FireState
from backend.domain.schedules.occurrences import FireNote, Occurrence, PreviewedFire, SkipReason
from backend.domain.schedules.words import in_words
from backend.persistence.models.schedule import BackfillDay, ScheduleFire
from backend.persistence.repositories.schedules import ListedFire
from backend.services.backfills import BackfillView
from backend.services.schedules import ScheduleView

Name = Annotated[str, Field(min_length=1, max_length=200)]


class ScheduleCreate(BaseModel):
    """A schedule to be made; it fires from then on."""

    model_config = ConfigDict(extra="forbid")

    report_id: UUID
    name: Name
    definition: ScheduleDefinition


class ScheduleChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    definition: ScheduleDefinition | None = None


class SchedulePreview(BaseModel):
    """A definition to look at before it is stored."""

    model_config = ConfigDict(extra="forbid")

    definition: ScheduleDefinition
    fires: Annotated[int, Field(ge=1, le=100)] = 10


class ScheduleAnswer(BaseModel):
    """A schedule; ``cadence_in_words`` says its cadence to people."""

    id: UUID
    report_id: UUID
    report_name: str
    name: str
    definition: ScheduleDefinition
    cadence_in_words: str
    is_paused: bool
    next_fire_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: ScheduleView) -> Self:
        """As it is stored."""
        one = view.schedule
        definition = one.read_definition()
        return cls(
            id=one.id,
            report_id=one.report_id,
            report_name=view.report_name,
            name=one.name,
            definition=definition,
            cadence_in_words=in_words(definition.cadence),
            is_paused=one.is_paused,
            next_fire_at=one.next_fire_at,
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class SkipAnswer(BaseModel):
    """A time that the cadence names and at which nothing fires. ``nominal`` is local."""

    at: datetime
    nominal: datetime
    reason: SkipReason
    detail: str

    @classmethod
    def of(cls, one: Occurrence) -> Self:
        """As it was decided."""
        reason = one.skip or SkipReason.MERGED
        sentence = SKIP_SENTENCES[reason]
        return cls(
            at=one.at, nominal=one.nominal, reason=reason, detail=f"{sentence} {one.detail}" if one.detail else sentence
        )


class PreviewedFireAnswer(BaseModel):
    """A fire to come. ``skips`` are the first of what is skipped before it, ``skipped`` counts them all."""

    at: datetime
    nominal: datetime
    reporting_date: date
    note: FireNote | None
    skips: list[SkipAnswer]
    skipped: int

    @classmethod
    def of(cls, one: PreviewedFire) -> Self:
        """As it was computed."""
        return cls(
            at=one.fire.at,
            nominal=one.fire.nominal,
            reporting_date=one.reporting_date,
            note=one.fire.note,
            skips=[SkipAnswer.of(skip) for skip in one.skips],
            skipped=one.skipped,
        )


class SchedulePreviewAnswer(BaseModel):
    """The next fires, and the cadence in words."""

    cadence_in_words: str
    fires: list[PreviewedFireAnswer]

    @classmethod
    def of(cls, definition: ScheduleDefinition, fires: Sequence[PreviewedFire]) -> Self:
        """As it was computed."""
        return cls(cadence_in_words=in_words(definition.cadence), fires=[PreviewedFireAnswer.of(one) for one in fires])


class ScheduleFireAnswer(BaseModel):
    """What became of a fire time."""

    id: UUID
    fire_at: datetime
    reporting_date: date | None
    state: FireState
    reason_code: str | None
    reason: str | None
    run_id: UUID | None
    run_state: RunState | None = None
    wait_until: datetime | None
    decided_at: datetime

    @classmethod
    def of(cls, fire: ScheduleFire, run_state: str | None = None) -> Self:
        """As it is stored."""
        return cls(
            id=fire.id,
            fire_at=fire.fire_at,
            reporting_date=fire.reporting_date,
            state=FireState(fire.state),
            reason_code=fire.reason_code,
            reason=fire.reason,
            run_id=fire.run_id,
            run_state=None if run_state is None else RunState(run_state),
            wait_until=fire.wait_until,
            decided_at=fire.decided_at,
        )

    @classmethod
    def listed(cls, one: ListedFire) -> Self:
        """As it stands in a list."""
        return cls.of(one.fire, one.run_state)


class ScheduleMonthAnswer(BaseModel):
    """A month of a schedule: what became of fire times, and what is to come."""

    past: list[ScheduleFireAnswer]
    ahead: list[PreviewedFireAnswer]


class ScheduledRunAnswer(BaseModel):
    """A run that was started by hand."""

    run_id: UUID
    reporting_date: date


class BackfillCreate(BaseModel):
    """Past dates to be run, the first and the last included, so many at once."""

    model_config = ConfigDict(extra="forbid")

    first_date: date
    last_date: date
    concurrency: Annotated[int, Field(ge=1, le=20)] = 2
    working_days_only: bool = True


class BackfillAnswer(BaseModel):
    """A backfill and how far it is; ``failed`` counts dates that could not be begun, and runs that failed."""

    id: UUID
    report_id: UUID
    schedule_id: UUID | None
    first_date: date
    last_date: date
    concurrency: int
    state: BackfillState
    created_at: datetime
    finished_at: datetime | None
    days: int
    waiting: int
    under_way: int
    succeeded: int
    failed: int
    cancelled: int

    @classmethod
    def of(cls, view: BackfillView) -> Self:
        """As it is now."""
        one = view.backfill
        done = {RunState.SUCCEEDED, RunState.PARTIAL}
        lost = {RunState.FAILED, RunState.CANCELLED}

        def days(*, state: BackfillDayState, runs: set[RunState] | None = None) -> int:
            return sum(
                count.days
                for count in view.counts
                if count.state == state and (runs is None or count.run_state in runs)
            )

        started = days(state=BackfillDayState.STARTED)
        succeeded = days(state=BackfillDayState.STARTED, runs=done)
        failed = days(state=BackfillDayState.STARTED, runs=lost)
        return cls(
            id=one.id,
            report_id=one.report_id,
            schedule_id=one.schedule_id,
            first_date=one.first_date,
            last_date=one.last_date,
            concurrency=one.concurrency,
            state=BackfillState(one.state),
            created_at=one.created_at,
            finished_at=one.finished_at,
            days=sum(count.days for count in view.counts),
            waiting=days(state=BackfillDayState.WAITING),
            under_way=started - succeeded - failed,
            succeeded=succeeded,
            failed=failed + days(state=BackfillDayState.FAILED),
            cancelled=days(state=BackfillDayState.CANCELLED),
        )


class BackfillDayAnswer(BaseModel):
    """One reporting date of a backfill."""

    reporting_date: date
    state: BackfillDayState
    reason_code: str | None
    reason: str | None
    run_id: UUID | None
    run_state: RunState | None

    @classmethod
    def of(cls, day: BackfillDay, run_state: str | None) -> Self:
        """As it is now."""
        return cls(
            reporting_date=day.reporting_date,
            state=BackfillDayState(day.state),
            reason_code=day.reason_code,
            reason=day.reason,
            run_id=day.run_id,
            run_state=None if run_state is None else RunState(run_state),
        )


class BackfillDayList(BaseModel):
    """Every date of a backfill, in order."""

    items: list[BackfillDayAnswer]
