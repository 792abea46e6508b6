"""The dashboard and what a search finds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from pydantic import BaseModel, Field

from backend.api.schemas.runs import ListedRunAnswer
from backend.domain.deliveries import DeliveryState
from backend.domain.runs import RunState
from backend.persistence.repositories.overview import DayCount, Milestones
from backend.persistence.repositories.search import Found, FoundKind
from backend.services.overview import Approvals, Dashboard, RunsAtAGlance


class DayAnswer(BaseModel):
    """Runs of one report that were started on one day."""

    day: date
    succeeded: int = 0
    partial: int = 0
    failed: int = 0
    cancelled: int = 0
    unfinished: int = 0


class ReportDaysAnswer(BaseModel):
    """The last days of one report, every day named, oldest first."""

    report_id: UUID
    report_name: str
    days: list[DayAnswer]


class RunsAtAGlanceAnswer(BaseModel):
    """Runs of today by state, those that need somebody (at most ten each), and the last 14 days per report."""

    today: dict[RunState, int]
    held_count: int = Field(description="Counted up to 1000.")
    open_exceptions: int = Field(description="Records set aside, counted up to 1000.")
    failed: list[ListedRunAnswer] = Field(description="Failed in the last seven days.")
    held: list[ListedRunAnswer]
    unfinished: list[ListedRunAnswer]
    reports: list[ReportDaysAnswer]

    @classmethod
    def of(cls, found: RunsAtAGlance) -> RunsAtAGlanceAnswer:
        """The runs as they are now."""
        return cls(
            today={state: found.today.get(state.value, 0) for state in RunState},
            held_count=found.held_count,
            open_exceptions=found.open_exceptions,
            failed=[ListedRunAnswer.model_validate(one) for one in found.failed],
            held=[ListedRunAnswer.model_validate(one) for one in found.held],
            unfinished=[ListedRunAnswer.model_validate(one) for one in found.unfinished],
            reports=[
                ReportDaysAnswer(report_id=report_id, report_name=name, days=_days(found.days, list(counts)))
                for (report_id, name), counts in groupby(found.by_day, lambda one: (one.report_id, one.report_name))
            ],
        )


class ApprovalCountsAnswer(BaseModel):
    """Versions in review: all, and those the caller may decide about."""

    waiting: int
    for_me: int

    @classmethod
    def of(cls, found: Approvals) -> ApprovalCountsAnswer:
        """The counts as they are now."""
        return cls(waiting=found.waiting, for_me=found.for_me)


class DeliveryCountsAnswer(BaseModel):
    """Deliveries that do not get through, counted up to 1000."""

    failed: int
    retrying: int


class ChecklistStep(StrEnum):
    """The way of a new tenant, in order."""

    CONNECTOR = "connector"
    REPORT = "report"
    VERSION = "version"
    ACTIVATED = "activated"
    RUN = "run"
    DELIVERED = "delivered"


class ChecklistItem(BaseModel):
    """One step of the way, and whether it was taken."""

    step: ChecklistStep
    is_done: bool


class DashboardAnswer(BaseModel):
    """What needs attention. A part that the caller may not see is null."""

    day: date
    time_zone: str
    runs: RunsAtAGlanceAnswer | None
    approvals: ApprovalCountsAnswer | None
    deliveries: DeliveryCountsAnswer | None
    checklist: list[ChecklistItem] | None

    @classmethod
    def of(cls, found: Dashboard) -> DashboardAnswer:
        """The dashboard as it is now."""
        deliveries = found.deliveries
        return cls(
            day=found.day,
            time_zone=found.time_zone,
            runs=RunsAtAGlanceAnswer.of(found.runs) if found.runs else None,
            approvals=ApprovalCountsAnswer.of(found.approvals) if found.approvals else None,
            deliveries=None
            if deliveries is None
            else DeliveryCountsAnswer(
                failed=deliveries[DeliveryState.FAILED], retrying=deliveries[DeliveryState.RETRYING]
            ),
            checklist=_checklist(found.milestones) if found.milestones else None,
        )


class FoundAnswer(BaseModel):
    """One thing that was found. ``parent_id`` is the report of a version, else the run it belongs to."""

    kind: FoundKind
    id: UUID
    label: str
    parent_id: UUID | None

    @classmethod
    def of(cls, found: Found) -> FoundAnswer:
        """What was found."""
        return cls(kind=found.kind, id=found.id, label=found.label, parent_id=found.parent_id)


class FoundList(BaseModel):
    """At most five of each kind, newest first."""

    items: list[FoundAnswer]


def _days(days: Sequence[date], counts: Sequence[DayCount]) -> list[DayAnswer]:
    shown = {day: DayAnswer(day=day) for day in days}
    for one in counts:
        name = one.state if one.state in DayAnswer.model_fields else "unfinished"
        if one.day in shown:
            setattr(shown[one.day], name, getattr(shown[one.day], name) + one.count)
    return list(shown.values())


def _checklist(reached: Milestones) -> list[ChecklistItem]:
    steps = (
        (ChecklistStep.CONNECTOR, reached.has_connector),
        (ChecklistStep.REPORT, reached.has_report),
        (ChecklistStep.VERSION, reached.has_version),
        (ChecklistStep.ACTIVATED, reached.has_active_version),
        (ChecklistStep.RUN, reached.has_finished_run),
        (ChecklistStep.DELIVERED, reached.has_delivery),
    )
    return [ChecklistItem(step=step, is_done=is_done) for step, is_done in steps]
