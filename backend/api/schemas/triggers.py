"""Triggers, their firings and trials as they go over the wire."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.schemas.schedules import Name
from backend.domain.runs import RunState
from backend.domain.schedules.parameters import PLACEHOLDERS
from backend.domain.triggers import PLACEHOLDERS_OF, FiringOutcome, TriggerDefinition, TriggerKind
from backend.persistence.models.trigger import TriggerFiring
from backend.persistence.repositories.triggers import ListedFiring
from backend.services.trigger_trials import Prospect, TriggerTrial
from backend.services.triggers import TriggerView


class TriggerCreate(BaseModel):
    """A trigger to be made; it waits from then on."""

    model_config = ConfigDict(extra="forbid")

    report_id: UUID
    name: Name
    definition: TriggerDefinition


class TriggerChange(BaseModel):
    """What is to be different; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    definition: TriggerDefinition | None = None


class TriggerCall(BaseModel):
    """A call of a trigger: values for the parameters of the report, beside or instead of those of the trigger."""

    model_config = ConfigDict(extra="forbid")

    parameters: dict[str, JsonValue] = {}
    reporting_date: date | None = Field(default=None, description="By the trigger's own rule without it.")
    subject: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="What the call is about. The same subject starts one run, however often it is told."
    )


class TriggerErrorAnswer(BaseModel):
    """What went wrong last, and what to do about it."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    message: str
    fix: str | None


class TriggerAnswer(BaseModel):
    """A trigger; ``watched_name`` is the name of its destination, connector or other report."""

    id: UUID
    report_id: UUID
    report_name: str
    name: str
    kind: TriggerKind
    definition: TriggerDefinition
    watched_name: str | None
    is_paused: bool
    next_look_at: datetime | None
    last_look_at: datetime | None
    last_started_at: datetime | None
    last_error: TriggerErrorAnswer | None
    watermark: str | None = Field(description="The last value seen.")
    placeholders: list[str] = Field(description="What texts of parameters may hold in braces.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: TriggerView) -> Self:
        """As it is stored."""
        one = view.trigger
        kind = TriggerKind(one.kind)
        return cls(
            id=one.id,
            report_id=one.report_id,
            report_name=view.report_name,
            name=one.name,
            kind=kind,
            definition=one.read_definition(),
            watched_name=view.watched_name,
            is_paused=one.is_paused,
            next_look_at=one.next_look_at,
            last_look_at=one.last_look_at,
            last_started_at=one.last_started_at,
            last_error=None if one.last_error is None else TriggerErrorAnswer.model_validate(one.last_error),
            watermark=None if one.watermark is None else str(one.watermark["value"]),
            placeholders=[one for one in PLACEHOLDERS if one != "schedule"] + list(PLACEHOLDERS_OF[kind]),
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


class TriggerFiringAnswer(BaseModel):
    """What came of an occasion: a run, or the reason why none was started."""

    id: UUID
    trigger_id: UUID
    subject: str
    outcome: FiringOutcome
    reason_code: str | None
    reason: str | None
    reporting_date: date | None
    run_id: UUID | None
    run_state: RunState | None = None
    fired_at: datetime

    @classmethod
    def of(cls, firing: TriggerFiring, run_state: str | None = None) -> Self:
        """As it is stored."""
        return cls(
            id=firing.id,
            trigger_id=firing.trigger_id,
            subject=firing.subject,
            outcome=FiringOutcome(firing.outcome),
            reason_code=firing.reason_code,
            reason=firing.reason,
            reporting_date=firing.reporting_date,
            run_id=firing.run_id,
            run_state=None if run_state is None else RunState(run_state),
            fired_at=firing.fired_at,
        )

    @classmethod
    def listed(cls, one: ListedFiring) -> Self:
        """As it stands in a list."""
        return cls.of(one.firing, one.run_state)


class SeenAnswer(BaseModel):
    """One thing that is there now, and what would become of it."""

    model_config = ConfigDict(from_attributes=True)

    subject: str
    prospect: Prospect
    size_bytes: int | None
    modified_at: datetime | None


class TriggerTestAnswer(BaseModel):
    """What a trigger would see now, and the run that it would start; nothing was changed."""

    seen: list[SeenAnswer]
    found: int = Field(description="How many there are; at most 50 are told.")
    parameters: dict[str, JsonValue] | None
    reporting_date: date | None
    error: TriggerErrorAnswer | None

    @classmethod
    def of(cls, trial: TriggerTrial) -> Self:
        """As it was found."""
        return cls.model_validate(
            {
                "seen": [SeenAnswer.model_validate(one) for one in trial.seen],
                "found": trial.found,
                "parameters": trial.parameters,
                "reporting_date": trial.reporting_date,
                "error": None if trial.error is None else TriggerErrorAnswer.model_validate(trial.error),
            }
        )
