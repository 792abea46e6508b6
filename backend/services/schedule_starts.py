"""Runs that schedules start: made in memory, with everything that is told of them, and written at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId, new_id
from backend.domain.audit import AuditAction
from backend.domain.event_catalogue.catalogue import check_news
from backend.domain.event_catalogue.schedules import MissedFireNews, ScheduleLinks
from backend.domain.reports.document import Parameter
from backend.domain.schedules.definition import ScheduleDefinition
from backend.domain.schedules.fires import FireState
from backend.domain.schedules.local_time import local_of, zone_of
from backend.domain.schedules.parameters import FireFacts, fill_in
from backend.domain.webhook_filter import Concern
from backend.domain.webhooks import WebhookEventType
from backend.persistence.audit import ActorRecord, Told, chained, draft
from backend.persistence.repositories.schedule_ticks import (
    AnnouncedRow,
    ClaimedSchedule,
    EventRow,
    FireRow,
    MovedRow,
    RunRow,
    ScheduleTickRepository,
    Standing,
    TickRows,
)
from backend.services.reports import ReportArchived
from backend.services.run_parameters import RunParameters, bind_declared
from backend.services.runs import (
    NoActiveVersion,
    RunAlreadyUnderWay,
    run_news,
    run_shown,
    run_subject,
)
from backend.services.scope import ActorKind
from backend.services.started_run import StartedRun

_PARAMETERS: Final = TypeAdapter(dict[str, Parameter])
_NOBODY: Final = ActorRecord(ActorKind.SYSTEM.value, None, "OpenReg", None, None)
#: Reports that declare the same share one reading of it.
_DECLARATIONS_HELD: Final = 256


@dataclass(slots=True)
class Fire:
    """A fire time that is decided. ``id`` is that of its row; a run is made for one that is STARTED.

    ``definition`` is that of the schedule, without its parameters.
    """

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
    runs: list[StartedRun] = field(default_factory=list)
    _others: list[FireRow] = field(default_factory=list)
    _missed: list[tuple[EventRow, UUID]] = field(default_factory=list)

    async def standing(self, ticks: ScheduleTickRepository) -> Standing:
        """What the runs to be made are numbered after; locks the audit trail."""
        wanted = [one for one in self.fires if one.state is FireState.STARTED]
        reports = {(one.schedule.report_id, one.reporting_date) for one in wanted}
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

    def rows(self, standing: Standing, moved: Sequence[MovedRow] = ()) -> TickRows:
        """Everything as it is written."""
        entries, head = chained(list(self._audit()), self.tenant, standing.head)
        runs = [_run_row(run, entry) for run, entry in zip(self.runs, entries, strict=True)]
        return TickRows(
            actor=_NOBODY,
            runs=runs,
            fires=self._others,
            events=[event for event, _ in self._missed],
            announced=list(self._announced(standing, runs)),
            moved=moved,
            head=head,
        )

    @property
    def _regimes(self) -> Mapping[UUID, str | None]:
        return {one.schedule.report_id: one.schedule.regime for one in self.fires}

    def settled(self) -> list[FireRow]:
        """What became of fires that had a row already."""
        return [*map(_fire_of, self.runs), *self._others]

    def _run(self, fire: Fire, numbers: dict[tuple[UUID, date], int], busy: set[tuple[UUID, date, str]]) -> StartedRun:
        """Raises NoActiveVersion, ReportArchived, PlaceholderUnknown, RunParameterInvalid, RunAlreadyUnderWay."""
        schedule, day = fire.schedule, fire.reporting_date
        if schedule.is_archived:
            raise ReportArchived(fix="Restore the report, or remove the schedule.")
        if schedule.report_version_id is None:
            raise NoActiveVersion(fix="Activate a version of the report.")
        parameters = _parameters(fire)
        key = (schedule.report_version_id, day, parameters.sha256)
        if key in busy:
            raise RunAlreadyUnderWay(fix="Leave more time between the fires, or start a run by hand when it has ended.")
        busy.add(key)
        number = numbers[schedule.report_id, day] = numbers.get((schedule.report_id, day), 0) + 1
        return StartedRun(
            id=new_id(),
            fire_id=fire.id,
            report_id=schedule.report_id,
            report_version_id=schedule.report_version_id,
            reporting_date=day,
            sequence=number,
            parameters=parameters,
            schedule_id=schedule.id,
            fire_at=fire.fire_at,
            created_by=schedule.updated_by,
        )

    def _decided(self, fire: Fire, run: StartedRun | None, refusal: OpenRegError | None) -> None:
        state, code, reason = fire.state, fire.reason_code, fire.reason
        if refusal is not None:
            state, code = FireState.FAILED, refusal.code
            reason = f"{refusal.message} {refusal.fix or ''}".strip()
        if run is not None:
            self.runs.append(run)
            return
        self._others.append(
            FireRow(
                id=fire.id,
                schedule_id=fire.schedule.id,
                fire_at=fire.fire_at,
                reporting_date=fire.reporting_date,
                state=state.value,
                reason_code=code,
                reason=reason,
                run_id=None,
                wait_until=fire.wait_until,
            )
        )
        if state in {FireState.MISSED, FireState.FAILED}:
            missed = _missed_news(fire, state, code, reason)
            check_news(WebhookEventType.SCHEDULE_MISSED, missed)
            event = WebhookEventType.SCHEDULE_MISSED.value
            row = EventRow(new_id(), event, fire.schedule.id, missed.model_dump_json())
            self._missed.append((row, fire.schedule.report_id))

    def _audit(self) -> Iterator[dict[str, object]]:
        for run in self.runs:
            after = {**run_shown(run), "parameters": run.parameters.values, "schedule_id": run.schedule_id}
            yield draft(_NOBODY, self.at, AuditAction.RUN_REQUESTED, run_subject(run), Told(after=after))

    def _announced(self, standing: Standing, runs: Sequence[RunRow]) -> Iterator[AnnouncedRow]:
        happened = [(one.event_id, WebhookEventType.RUN_REQUESTED, one.report_id) for one in runs]
        happened += [(event.id, WebhookEventType(event.type), report_id) for event, report_id in self._missed]
        concerns = {report_id: _concern(report_id, regime) for report_id, regime in self._regimes.items()}
        for endpoint in standing.endpoints:
            for event_id, kind, report_id in happened:
                if endpoint.filter.wants(kind, concerns[report_id]):
                    yield AnnouncedRow(new_id(), event_id, endpoint.id)


def _concern(report_id: UUID, regime: str | None) -> Concern:
    return Concern(frozenset({report_id}), frozenset() if regime is None else frozenset({regime}))


@lru_cache(_DECLARATIONS_HELD)
def _declared(stored: str) -> Mapping[str, Parameter]:
    return _PARAMETERS.validate_json(stored)


@lru_cache(_DECLARATIONS_HELD)
def _defaults(stored: str) -> RunParameters:
    return RunParameters.of(bind_declared(_declared(stored), {}))


def _parameters(fire: Fire) -> RunParameters:
    """The parameters of a run. Raises PlaceholderUnknown, RunParameterInvalid."""
    schedule = fire.schedule
    declared, given = schedule.declared or "{}", schedule.parameters
    if not given:
        return _defaults(declared)
    facts = FireFacts(fire.reporting_date, local_of(fire.fire_at, zone_of(fire.definition.zone)), schedule.name)
    return RunParameters.of(bind_declared(_declared(declared), fill_in(given, facts)))


def _run_row(run: StartedRun, entry: Mapping[str, Any]) -> RunRow:
    return RunRow(
        id=run.id,
        report_id=run.report_id,
        report_version_id=run.report_version_id,
        reporting_date=run.reporting_date,
        parameters=run.parameters.text,
        parameters_sha256=run.parameters.sha256,
        sequence=run.sequence,
        schedule_id=run.schedule_id,
        fire_at=run.fire_at,
        created_by=run.created_by,
        fire_id=run.fire_id,
        event_id=new_id(),
        payload=run_news(run).model_dump_json(),
        entry_id=entry["id"],
        number=entry["number"],
        label=entry["subject_label"],
        after=entry["after"],
        previous_hash=entry["previous_hash"],
        hash=entry["hash"],
    )


def _fire_of(run: StartedRun) -> FireRow:
    """The fire of a run as it stands now."""
    return FireRow(
        id=run.fire_id,
        schedule_id=run.schedule_id,
        fire_at=run.fire_at,
        reporting_date=run.reporting_date,
        state=FireState.STARTED.value,
        reason_code=None,
        reason=None,
        run_id=run.id,
        wait_until=None,
    )


def _missed_news(fire: Fire, state: FireState, code: str | None, reason: str | None) -> MissedFireNews:
    return MissedFireNews(
        schedule_id=fire.schedule.id,
        schedule=fire.schedule.name,
        report_id=fire.schedule.report_id,
        fire_at=fire.fire_at,
        reporting_date=fire.reporting_date,
        state=state,
        reason_code=code,
        reason=reason,
        links=ScheduleLinks(schedule=f"/api/v1/schedules/{fire.schedule.id}"),
    )
