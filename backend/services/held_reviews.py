"""Held records are looked at again when reference data changes: what can be reported is released, the rest waits.

A look that is due is a row of its run. It is taken under a lease and works in batches, each a transaction of its own;
after a crash it is done again, and what has been decided stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportVersionId, RunId, TenantId
from backend.domain.eligibility import HeldRecordState
from backend.domain.reports.analysis import Surroundings
from backend.domain.reports.document import DecisionKind, OnRelease
from backend.persistence.models.eligibility import HeldReview
from backend.persistence.repositories.held_records import HeldRecordRepository, WaitingRecord
from backend.persistence.repositories.reports import ReportRepository
from backend.persistence.repositories.runs import RunRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.pipeline.decisions import RecordDecision
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.hold_review import HeldRun, HoldReview, open_review
from backend.pipeline.reference_data import pinned_reference
from backend.services.calendar_pins import pinned_calendars
from backend.services.held_reporting import HeldReporting, NothingReleased
from backend.services.reference_pins import pins_of_now
from backend.services.reports import program_of
from backend.services.rule_set_pins import pinned_rule_sets
from backend.services.run_parameters import bind_parameters
from backend.services.scope import Actor, ActorKind, TenantScope
from backend.services.storage import ObjectStorage
from backend.services.stored_inputs import find_input, inputs_of
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Records that are decided and written together.
BATCH: Final = 2_000
#: Longer than a batch takes; whoever holds it renews nothing, so that a dead worker's look is done again.
LEASE: Final = timedelta(minutes=30)
RELEASED_NOTE: Final = "No decision holds it any more."


class HeldRowsGone(OpenRegError):
    """The rows of a run whose records wait are not stored any more."""

    code: ClassVar[str] = "held_rows_gone"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    released: int = 0
    excluded: int = 0
    held: int = 0

    def __add__(self, other: Looked) -> Looked:
        return Looked(self.released + other.released, self.excluded + other.excluded, self.held + other.held)


@dataclass(frozen=True, slots=True)
class HeldReviews:
    """Does the looks that are due."""

    database: Database
    system: SystemDatabase
    storage: ObjectStorage
    wakeups: Wakeups
    now: Clock

    async def review_due(self) -> int:
        """Every look that is due, tenant by tenant; how many runs that were."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).all_tenants()
        done = 0
        for tenant in tenants:
            while (claim := await self._claim(tenant)) is not None:
                await self._review(tenant, claim)
                done += 1
        return done

    async def _claim(self, tenant: TenantId) -> HeldReview | None:
        async with self.database.transaction(tenant) as session:
            now = self.now()
            return await HeldRecordRepository(session, tenant).claim_review(now, now + LEASE)

    async def _review(self, tenant: TenantId, claim: HeldReview) -> None:
        run_id = RunId(claim.run_id)
        try:
            looked = await self._look(tenant, run_id)
            await self._report(tenant, run_id)
        except OpenRegError as error:
            # The stored rows may be gone, or too large to look up: its people still see the records wait.
            log.warning("held_records_not_reviewed", run_id=str(run_id), code=error.code)
        else:
            log.info("held_records_reviewed", run_id=str(run_id), released=looked.released, excluded=looked.excluded)
        async with self.database.transaction(tenant) as session:
            await HeldRecordRepository(session, tenant).end_review(claim.run_id, claim.asked_at)

    async def _report(self, tenant: TenantId, run_id: RunId) -> None:
        """Where the report wants it, what is released is reported at once, in the name of who asked for the run."""
        async with self.database.transaction(tenant) as session:
            run = await RunRepository(session, tenant).find(run_id)
            version = (
                await ReportRepository(session, tenant).find_version(ReportVersionId(run.report_version_id))
                if run is not None
                else None
            )
        if run is None or version is None or version.document.get("on_release") != OnRelease.REPORT:
            return
        actor = Actor(kind=ActorKind.SYSTEM, id=None, label="OpenReg", user_id=run.created_by)
        scope = TenantScope(self.database, tenant, run.created_by, self.now, actor)
        with suppress(NothingReleased):
            await HeldReporting(scope, self.wakeups).report(run_id)

    async def _look(self, tenant: TenantId, run_id: RunId) -> Looked:
        held_run, bindings = await self._read(tenant, run_id)
        review = await asyncio.to_thread(open_review, held_run, bindings, self.storage)
        reasons = {one.code: one.reason for one in held_run.document.eligibility}
        looked, after = Looked(), 0
        while review is not None:
            async with self.database.transaction(tenant) as session:
                waiting = await HeldRecordRepository(session, tenant).waiting_in(run_id, after, BATCH)
            if not waiting:
                break
            after = waiting[-1].row_number
            looked += await self._decide(tenant, waiting, review, reasons)
        return looked

    async def _decide(
        self, tenant: TenantId, waiting: Sequence[WaitingRecord], review: HoldReview, reasons: Mapping[str, str]
    ) -> Looked:
        ids = {one.row_number: one.id for one in waiting}
        decided = await asyncio.to_thread(review.decide, ids)
        async with self.database.transaction(tenant) as session:
            records, at = HeldRecordRepository(session, tenant), self.now()
            still = _ids(decided, ids, DecisionKind.HOLD)
            await records.looked(still, at)
            released = await records.move(
                _ids(decided, ids, DecisionKind.REPORT), HeldRecordState.RELEASED, RELEASED_NOTE, at
            )
            excluded = 0
            for code, reason in reasons.items():
                is_out = _ids([one for one in decided if one.code == code], ids, DecisionKind.EXCLUDE)
                excluded += await records.move(is_out, HeldRecordState.EXCLUDED, f"{code}: {reason}"[:500], at)
        return Looked(released, excluded, len(still))

    async def _read(self, tenant: TenantId, run_id: RunId) -> tuple[HeldRun, Bindings]:
        async with self.database.transaction(tenant) as session:
            run = await RunRepository(session, tenant).find(run_id)
            version = (
                await ReportRepository(session, tenant).find_version(ReportVersionId(run.report_version_id))
                if run is not None
                else None
            )
            stored = find_input(run) if run is not None else None
            if run is None or version is None or stored is None:
                raise HeldRowsGone
            pins = await pins_of_now(session, tenant, self.now())
            rule_sets = await pinned_rule_sets(session, tenant, run.rule_sets)
            around = Surroundings(reference={name: pin.shape() for name, pin in pins.items()}, rule_sets=rule_sets)
            checked = program_of(version, around)
            parameters = bind_parameters(checked.document.source, run.parameters)
            held_run = HeldRun(checked.document, checked.program, stored, inputs_of(run))
            reference = pinned_reference(pins, checked.program, run.reporting_date, self.storage)
            calendars = await pinned_calendars(session, tenant, run.calendars)
            return held_run, Bindings(run.reporting_date, parameters, reference, calendars=calendars)


async def review_what_reads(session: AsyncSession, tenant: TenantId, name: str, at: datetime) -> None:
    """Reference data of this name has changed: have the held records looked at whose decisions name it."""
    records = HeldRecordRepository(session, tenant)
    waiting = await records.waiting_runs()
    await records.ask_for_review([run for run, _, document in waiting if _names(document, name)], at)


def _names(document: Mapping[str, object], name: str) -> bool:
    """Whether a decision mentions the name; one look too many is better than one too few."""
    decisions = document.get("eligibility")
    return isinstance(decisions, list) and any(name in str(one.get("when")) for one in decisions)


def _ids(decided: Sequence[RecordDecision], ids: Mapping[int, UUID], decision: DecisionKind) -> Collection[UUID]:
    return [ids[one.row_number] for one in decided if one.decision is decision]
