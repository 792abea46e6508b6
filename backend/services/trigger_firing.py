"""An occasion becomes a run: decided once, in the transaction that inserts the run and moves the trigger on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, TenantId, new_id
from backend.domain.calendars import CalendarBaseUnknown, CalendarNotFound
from backend.domain.schedules.local_time import local_of, zone_of
from backend.domain.schedules.parameters import FireFacts, fill_in
from backend.domain.triggers import (
    PLACEHOLDERS_OF,
    RUN_TRIGGERS,
    FiringOutcome,
    SkipCode,
    TriggerDefinition,
    TriggerKind,
    WhileRunning,
)
from backend.persistence.models.run import Run
from backend.persistence.models.trigger import Trigger, TriggerFiring
from backend.persistence.repositories.triggers import TriggerFiringRepository, TriggerRepository
from backend.persistence.session import Database
from backend.services.announcements import announce_trigger_failed
from backend.services.reports import ReportArchived, ReportNotFound
from backend.services.runs import NoActiveVersion, RunAlreadyUnderWay, RunFire, RunRequest, RunService
from backend.services.schedule_calendars import calendar_named
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

_INACTIVE: Final = (NoActiveVersion, ReportArchived, ReportNotFound)


class TriggerPaused(OpenRegError):
    """The trigger is paused."""

    code: ClassVar[str] = "trigger_paused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class TriggerDebounced(OpenRegError):
    """The trigger has started a run a moment ago."""

    code: ClassVar[str] = "trigger_debounced"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class Result(StrEnum):
    """What became of an occasion now. Known: it was decided before. Waits: it is offered again at the next look."""

    STARTED = "started"
    SKIPPED = "skipped"
    KNOWN = "known"
    WAITS = "waits"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that a trigger waits for has happened.

    ``key`` tells it from all others of the trigger, ``subject`` names it to people, ``said`` fills placeholders in.
    """

    key: str
    subject: str
    said: Mapping[str, str] = field(default_factory=dict)
    reporting_date: date | None = None
    given: Mapping[str, object] = field(default_factory=dict)


Settle = Callable[[AsyncSession, Trigger], Awaitable[None]]


async def _nothing(session: AsyncSession, trigger: Trigger) -> None:
    """Beside the firing itself nothing is to be remembered."""
    del session, trigger


@dataclass(frozen=True, slots=True)
class TriggerFirings:
    """Decides occasions, one transaction each."""

    database: Database
    wakeups: Wakeups
    now: Clock

    async def fire(
        self, looked: Trigger, occasion: Occasion, settle: Settle = _nothing, *, paused: bool = False
    ) -> Result:
        """Start a run, or write down why none is started; ``settle`` happens in the same transaction.

        A trigger that was changed, paused or removed since it was ``looked`` at starts nothing.
        """
        tenant = TenantId(looked.tenant_id)
        refusal: OpenRegError | None = None
        async with self.database.transaction(tenant) as session:
            at = self.now()
            trigger = await self._open(session, looked, occasion)
            if not isinstance(trigger, Trigger):
                return await self._settled(session, looked, trigger, settle)
            skip = _skip(trigger, at, paused=paused)
            if skip is not None:
                session.add(firing_of(trigger, occasion, at, skip=skip))
                await settle(session, trigger)
                return Result.SKIPPED
            runs = RunService(self._scope(trigger), self.wakeups)
            try:
                run = await runs.request_in(session, await run_request(session, trigger, occasion, at))
                session.add(firing_of(trigger, occasion, at, run=run))
                started(trigger, at)
                await settle(session, trigger)
                await session.flush()
            except OpenRegError as error:
                await session.rollback()
                refusal = error
        if refusal is None:
            runs.wake(run)
            return Result.STARTED
        if isinstance(refusal, RunAlreadyUnderWay) and _waits(looked):
            return Result.WAITS
        return await self._refuse(looked, occasion, settle, refusal)

    async def _refuse(self, looked: Trigger, occasion: Occasion, settle: Settle, error: OpenRegError) -> Result:
        async with self.database.transaction(TenantId(looked.tenant_id)) as session:
            at = self.now()
            trigger = await self._open(session, looked, occasion)
            if not isinstance(trigger, Trigger):
                return await self._settled(session, looked, trigger, settle)
            code, reason = skip_code(error), f"{error.message} {error.fix or ''}".strip()
            last = await TriggerFiringRepository(session, TenantId(looked.tenant_id)).last(trigger.id)
            session.add(firing_of(trigger, occasion, at, skip=(code, reason)))
            if code != SkipCode.STILL_RUNNING:
                trigger.last_error = {"code": error.code, "message": error.message, "fix": error.fix}
                if last is None or last.reason_code != code:  # told once, not for every file of a bad morning
                    announce_trigger_failed(session, trigger, f"{trigger.name} could not start a run", reason, at)
            await settle(session, trigger)
        log.warning("trigger_not_fired", trigger_id=str(looked.id), code=error.code)
        return Result.SKIPPED

    async def _open(self, session: AsyncSession, looked: Trigger, occasion: Occasion) -> Trigger | Result:
        """The trigger under its lock, if the occasion is still to be decided."""
        tenant = TenantId(looked.tenant_id)
        trigger = await TriggerRepository(session, tenant).find(looked.id, for_update=True)
        if trigger is None or trigger.is_paused or trigger.generation != looked.generation:
            return Result.GONE
        known = await TriggerFiringRepository(session, tenant).find_of(trigger.id, occasion.key)
        return trigger if known is None else Result.KNOWN

    async def _settled(self, session: AsyncSession, looked: Trigger, result: Result, settle: Settle) -> Result:
        if result is Result.KNOWN:
            trigger = await TriggerRepository(session, TenantId(looked.tenant_id)).find(looked.id)
            if trigger is not None:
                await settle(session, trigger)
        return result

    def _scope(self, trigger: Trigger) -> TenantScope:
        """Runs are attributed to who saved the trigger last; the audit trail says that OpenReg did it."""
        actor = Actor(kind=ActorKind.SYSTEM, id=None, label="OpenReg", user_id=trigger.updated_by)
        return TenantScope(self.database, TenantId(trigger.tenant_id), trigger.updated_by, self.now, actor)


async def run_request(session: AsyncSession, trigger: Trigger, occasion: Occasion, at: datetime) -> RunRequest:
    """The run of an occasion. Raises CalendarNotFound and PlaceholderUnknown."""
    definition = trigger.read_definition()
    local = local_of(at, zone_of(definition.zone))
    day = occasion.reporting_date or await _reporting_date(session, trigger, definition, local)
    unsaid = dict.fromkeys(PLACEHOLDERS_OF[definition.kind], "")
    facts = FireFacts(day, local, trigger.name, {**unsaid, "trigger": trigger.name, **occasion.said})
    return RunRequest(
        ReportId(trigger.report_id),
        day,
        {**fill_in(definition.parameters, facts), **occasion.given},
        trigger=RUN_TRIGGERS[TriggerKind(trigger.kind)],
        fired=RunFire(trigger_id=trigger.id),
    )


async def _reporting_date(
    session: AsyncSession, trigger: Trigger, definition: TriggerDefinition, local: datetime
) -> date:
    try:
        calendar = await calendar_named(session, TenantId(trigger.tenant_id), definition.calendar)
    except CalendarBaseUnknown as error:
        raise CalendarNotFound(
            f"There is no calendar {definition.calendar}.", fix="Choose another in the trigger."
        ) from error
    return definition.reporting_date.of(local.date(), calendar)


def firing_of(
    trigger: Trigger, occasion: Occasion, at: datetime, *, run: Run | None = None, skip: tuple[str, str] | None = None
) -> TriggerFiring:
    """What came of an occasion, as it is kept: a run, or why there is none."""
    code, reason = skip or (None, None)
    return TriggerFiring(
        id=new_id(),
        tenant_id=trigger.tenant_id,
        trigger_id=trigger.id,
        subject_key=occasion.key,
        subject=occasion.subject,
        outcome=FiringOutcome.SKIPPED if run is None else FiringOutcome.STARTED,
        reason_code=code,
        reason=reason,
        reporting_date=occasion.reporting_date if run is None else run.reporting_date,
        run_id=None if run is None else run.id,
        fired_at=at,
    )


def started(trigger: Trigger, at: datetime) -> None:
    """Remember that a trigger has started a run; why it could not before is of no interest any more."""
    trigger.last_started_at = at
    if not trigger.failed_looks:
        trigger.last_error = None


def skip_code(error: OpenRegError) -> str:
    """Why nothing was started, by the error that said so."""
    if isinstance(error, _INACTIVE):
        return SkipCode.REPORT_INACTIVE
    if isinstance(error, TriggerPaused):
        return SkipCode.PAUSED
    if isinstance(error, TriggerDebounced):
        return SkipCode.DEBOUNCED
    return SkipCode.STILL_RUNNING if isinstance(error, RunAlreadyUnderWay) else error.code


def debounced_until(trigger: Trigger) -> datetime | None:
    """Until when the trigger starts nothing because it has just started a run."""
    minutes = trigger.read_definition().min_interval_minutes
    return None if trigger.last_started_at is None else trigger.last_started_at + timedelta(minutes=minutes)


def _skip(trigger: Trigger, at: datetime, *, paused: bool) -> tuple[str, str] | None:
    if paused:
        return SkipCode.PAUSED, "It came while the trigger was paused."
    until = debounced_until(trigger)
    if until is not None and at < until:
        minutes = trigger.read_definition().min_interval_minutes
        return SkipCode.DEBOUNCED, f"Less than {minutes} minutes after the last run that the trigger started."
    return None


def _waits(trigger: Trigger) -> bool:
    return trigger.read_definition().while_running is WhileRunning.WAIT
