"""Runs that schedules start: made in memory, with everything that is told of them, and written at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction
from backend.domain.reports.document import Parameter
from backend.domain.runs import RunKind, RunStage, RunState, RunTrigger
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import FireState
from backend.domain.schedules.local_time import local_of, zone_of
from backend.domain.schedules.parameters import FireFacts, fill_in
from backend.domain.webhooks import WebhookEventType, matches
from backend.persistence.audit import ActorRecord, Told, chained, draft
from backend.persistence.models.run import Run
from backend.persistence.repositories.schedule_ticks import (
    ClaimedSchedule,
    Row,
    ScheduleTickRepository,
    Standing,
    TickRows,
)
from backend.services.reports import ReportArchived
from backend.services.run_parameters import bind_declared
from backend.services.runs import (
    NoActiveVersion,
    RunAlreadyUnderWay,
    parameters_digest,
    run_payload,
    run_shown,
    run_subject,
)
from backend.services.scope import ActorKind

_PARAMETERS: Final = TypeAdapter(dict[str, Parameter])
_NOBODY: Final = ActorRecord(ActorKind.SYSTEM.value, None, "OpenReg", None, None)


@dataclass(frozen=True, slots=True)
class Fire:
    """A fire time that is decided. ``id`` is that of its row; a run is made for one that is STARTED."""

    schedule: ClaimedSchedule
    definition: ScheduleDefinition
    id: UUID
    fire_at: datetime
    reporting_date: date
    state: FireState
    reason_code: str | None = None
    reason: str | None = None
    wait_until: datetime | None = None


@dataclass(slots=True)
class ScheduleStarts:
    """Collects what one look at the schedules of a tenant has decided."""

    tenant: TenantId
    at: datetime
    fires: list[Fire] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    fire_rows: list[Row] = field(default_factory=list)
    _events: list[dict[str, object]] = field(default_factory=list)

    async def standing(self, ticks: ScheduleTickRepository) -> Standing:
        """What the runs to be made are numbered after; locks the audit trail."""
        wanted = [one for one in self.fires if one.state is FireState.STARTED]
        reports = sorted({(one.schedule.report_id, one.reporting_date) for one in wanted})
        versions = {(one.schedule.report_version_id, one.reporting_date) for one in wanted}
        return await ticks.standing(reports, [(one, day) for one, day in versions if one is not None])

    def make(self, standing: Standing) -> None:
        """Make the runs of what has fired; what cannot run is failed with its reason."""
        numbers, busy = dict(standing.numbers), set(standing.busy)
        for fire in self.fires:
            run, refusal = None, None
            if fire.state is FireState.STARTED:
                try:
                    run = self._run(fire, numbers, busy)
                except OpenRegError as error:
                    refusal = error
            self._decided(fire, run, refusal)

    def rows(self, standing: Standing, schedules: Sequence[Row], *, new_fires: bool = True) -> TickRows:
        """Everything as it is written; fires that waited have a row already."""
        audit, head = chained(list(self._audit()), self.tenant, standing.head)
        return TickRows(
            runs=[_run_row(one) for one in self.runs],
            fires=self.fire_rows if new_fires else [],
            events=self._events,
            deliveries=list(self._deliveries(standing)),
            audit=[_texts(one) for one in audit],
            schedules=schedules,
            head=head,
        )

    def _run(self, fire: Fire, numbers: dict[tuple[UUID, date], int], busy: set[tuple[UUID, date, str]]) -> Run:
        """Raises NoActiveVersion, ReportArchived, PlaceholderUnknown, RunParameterInvalid, RunAlreadyUnderWay."""
        schedule, day = fire.schedule, fire.reporting_date
        if schedule.is_archived:
            raise ReportArchived(fix="Restore the report, or remove the schedule.")
        if schedule.report_version_id is None:
            raise NoActiveVersion(fix="Activate a version of the report.")
        parameters = _parameters(fire)
        digest = parameters_digest(parameters)
        key = (schedule.report_version_id, day, digest)
        if key in busy:
            raise RunAlreadyUnderWay(fix="Leave more time between the fires, or start a run by hand when it has ended.")
        busy.add(key)
        number = numbers[schedule.report_id, day] = numbers.get((schedule.report_id, day), 0) + 1
        return Run(
            id=new_id(),
            report_id=schedule.report_id,
            report_version_id=schedule.report_version_id,
            reporting_date=day,
            parameters=parameters,
            parameters_sha256=digest,
            sequence=number,
            kind=RunKind.REGULAR,
            state=RunState.PENDING,
            stage=RunStage.EXTRACT,
            trigger=RunTrigger.SCHEDULE,
            schedule_id=schedule.id,
            fire_at=fire.fire_at,
            created_by=schedule.updated_by,
        )

    def _decided(self, fire: Fire, run: Run | None, refusal: OpenRegError | None) -> None:
        state, code, reason = fire.state, fire.reason_code, fire.reason
        if refusal is not None:
            state, code = FireState.FAILED, refusal.code
            reason = f"{refusal.message} {refusal.fix or ''}".strip()
        self.fire_rows.append(
            {
                "id": str(fire.id),
                "schedule_id": str(fire.schedule.id),
                "fire_at": fire.fire_at.isoformat(),
                "reporting_date": fire.reporting_date.isoformat(),
                "state": state.value,
                "reason_code": code,
                "reason": reason,
                "run_id": None if run is None else str(run.id),
                "wait_until": None if fire.wait_until is None else fire.wait_until.isoformat(),
            }
        )
        if run is not None:
            self.runs.append(run)
            self._tell(WebhookEventType.RUN_REQUESTED, run.id, run_payload(run))
        elif state in {FireState.MISSED, FireState.FAILED}:
            self._tell(WebhookEventType.SCHEDULE_MISSED, fire.schedule.id, _missed_payload(fire, state, code, reason))

    def _tell(self, kind: WebhookEventType, subject: UUID, payload: Mapping[str, object]) -> None:
        self._events.append({"id": str(new_id()), "type": kind.value, "subject_id": str(subject), "payload": payload})

    def _audit(self) -> Iterator[dict[str, object]]:
        for run in self.runs:
            after = {**run_shown(run), "parameters": run.parameters, "schedule_id": run.schedule_id}
            yield draft(_NOBODY, self.at, AuditAction.RUN_REQUESTED, run_subject(run), Told(after=after))

    def _deliveries(self, standing: Standing) -> Iterator[Row]:
        for endpoint, types in standing.endpoints:
            hears = {kind for kind in WebhookEventType if matches(types, kind)}
            for event in self._events:
                if event["type"] in hears:
                    yield {"id": str(new_id()), "event_id": event["id"], "endpoint_id": str(endpoint)}


def _parameters(fire: Fire) -> dict[str, object]:
    declared, given = fire.schedule.declared, fire.definition.parameters
    if not declared and not given:
        return {}
    facts = FireFacts(fire.reporting_date, local_of(fire.fire_at, zone_of(fire.definition.zone)), fire.schedule.name)
    bound = bind_declared(_PARAMETERS.validate_python(declared or {}), fill_in(given, facts))
    stored: dict[str, object] = json.loads(json.dumps(bound, default=str))
    return stored


def _run_row(run: Run) -> Row:
    return {
        "id": str(run.id),
        "report_id": str(run.report_id),
        "report_version_id": str(run.report_version_id),
        "reporting_date": run.reporting_date.isoformat(),
        "parameters": run.parameters,
        "parameters_sha256": run.parameters_sha256,
        "sequence": run.sequence,
        "schedule_id": str(run.schedule_id),
        "fire_at": None if run.fire_at is None else run.fire_at.isoformat(),
        "created_by": str(run.created_by),
    }


def _missed_payload(fire: Fire, state: FireState, code: str | None, reason: str | None) -> dict[str, object]:
    return {
        "schedule_id": str(fire.schedule.id),
        "schedule": fire.schedule.name,
        "report_id": str(fire.schedule.report_id),
        "fire_at": fire.fire_at.isoformat(),
        "reporting_date": fire.reporting_date.isoformat(),
        "state": state.value,
        "reason_code": code,
        "reason": reason,
        "links": {"schedule": f"/api/v1/schedules/{fire.schedule.id}"},
    }


def _texts(row: Mapping[str, object]) -> Row:
    return {name: str(value) if isinstance(value, UUID) else value for name, value in row.items() if name != "at"}
