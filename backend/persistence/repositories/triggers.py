"""Triggers, their firings and the files they have seen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from backend.core.pagination import Page, PageRequest, page_of
from backend.domain.triggers import TriggerKind
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.report import Report
from backend.persistence.models.run import Run
from backend.persistence.models.trigger import Trigger, TriggerFile, TriggerFiring
from backend.persistence.repositories.tenant_scope import TenantRepository

_ENDED: Final = text(
    """
SELECT t.id AS trigger_id, t.generation, t.active_since, r.id AS run_id, r.state, r.reporting_date, r.sequence,
       r.finished_at, r.id || '/' || r.state || '/' || r.fencing_token AS subject_key, s.name AS report_name
FROM triggers t
JOIN runs r ON r.report_id = t.source_report_id AND r.tenant_id = :tenant
JOIN reports s ON s.id = r.report_id AND s.tenant_id = :tenant
WHERE t.tenant_id = :tenant AND t.kind = 'run_event' AND NOT t.is_paused AND r.kind = 'regular'
  AND r.finished_at >= greatest(t.since, :oldest)
  AND t.definition -> 'on' -> 'states' ? r.state
  AND (CAST(:trigger AS uuid) IS NULL OR t.id = :trigger)
  AND NOT EXISTS (SELECT FROM trigger_firings f
                  WHERE f.trigger_id = t.id AND f.subject_key = r.id || '/' || r.state || '/' || r.fencing_token)
ORDER BY r.finished_at, r.id LIMIT :limit
"""
)
_ARCHIVED_DESTINATION: Final = Destination.archived_at.is_not(None)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run whose end a trigger waits for and has not seen."""

    trigger_id: UUID
    generation: int
    active_since: datetime
    run_id: UUID
    state: str
    reporting_date: Any
    sequence: int
    finished_at: datetime
    subject_key: str
    report_name: str


@dataclass(frozen=True, slots=True)
class ListedFiring:
    """A firing with the state of its run."""

    firing: TriggerFiring
    run_state: str | None


class TriggerRepository(TenantRepository):
    """Triggers in one transaction."""

    async def page(self, request: PageRequest, report_id: UUID | None) -> Page[Trigger]:
        """Triggers, newest first; of one report, if one is named."""
        query = self._select(Trigger)
        if report_id is not None:
            query = query.where(Trigger.report_id == report_id)
        return page_of(await self._newest_first(query, Trigger.id, request), request, lambda one: one.id)

    async def find(self, trigger_id: UUID, *, for_update: bool = False) -> Trigger | None:
        """One trigger."""
        return await self._find(Trigger, trigger_id, for_update=for_update)

    async def find_due(self, trigger_id: UUID) -> Trigger | None:
        """The trigger under a row lock if it is to be looked at now, else None."""
        is_due = Trigger.next_look_at <= func.clock_timestamp()
        query = self._select(Trigger).where(Trigger.id == trigger_id, ~Trigger.is_paused, is_due)
        found: Trigger | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def names(self, ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Names of reports, destinations and connectors, in one statement."""
        if not ids:
            return {}
        queries = [
            select(one.id, one.name).where(one.tenant_id == self.tenant, one.id.in_(ids))
            for one in (Report, Destination, Connector)
        ]
        rows = await self._session.execute(queries[0].union_all(*queries[1:]))
        return {row[0]: row[1] for row in rows.all()}

    async def find_destination(self, destination_id: UUID) -> Destination | None:
        """A destination that is not archived."""
        query = self._select(Destination).where(Destination.id == destination_id, ~_ARCHIVED_DESTINATION)
        found: Destination | None = await self._session.scalar(query)
        return found

    async def lock_chain(self) -> None:
        """Let nobody else of the tenant save a trigger on ends of runs until this transaction ends."""
        key = func.hashtextextended(f"openreg_triggers/{self.tenant}", 0)
        await self._session.execute(select(func.pg_advisory_xact_lock(key)))

    async def starts(self, apart_from: UUID | None) -> Mapping[UUID, Sequence[UUID]]:
        """The reports that the end of a report's run starts, paused triggers included."""
        query = select(Trigger.source_report_id, Trigger.report_id).where(
            Trigger.tenant_id == self.tenant, Trigger.kind == TriggerKind.RUN_EVENT
        )
        if apart_from is not None:
            query = query.where(Trigger.id != apart_from)
        found: dict[UUID, list[UUID]] = {}
        for source, report in (await self._session.execute(query)).all():
            if source is not None:
                found.setdefault(source, []).append(report)
        return found

    async def ended_runs(self, oldest: datetime, limit: int, trigger_id: UUID | None = None) -> Sequence[EndedRun]:
        """Ends of runs that triggers wait for and that nothing came of yet, the earliest first."""
        values = {"tenant": self.tenant, "oldest": oldest, "limit": limit, "trigger": trigger_id}
        rows = (await self._session.execute(_ENDED, values)).mappings().all()
        return [EndedRun(**row) for row in rows]


class TriggerFiringRepository(TenantRepository):
    """What came of occasions, in one transaction."""

    async def page(self, trigger_id: UUID, request: PageRequest) -> Page[ListedFiring]:
        """Firings of a trigger, newest first."""
        query = self._select(TriggerFiring).where(TriggerFiring.trigger_id == trigger_id)
        found = await self._newest_first(query, TriggerFiring.id, request)
        runs = [one.run_id for one in found if one.run_id is not None]
        asked = select(Run.id, Run.state).where(Run.tenant_id == self.tenant, Run.id.in_(runs))
        states = {row[0]: row[1] for row in (await self._session.execute(asked)).all()} if runs else {}
        listed = [ListedFiring(one, states.get(one.run_id) if one.run_id else None) for one in found]
        return page_of(listed, request, lambda one: one.firing.id)

    async def find_of(self, trigger_id: UUID, subject_key: str) -> TriggerFiring | None:
        """What came of an occasion."""
        query = self._select(TriggerFiring).where(
            TriggerFiring.trigger_id == trigger_id, TriggerFiring.subject_key == subject_key
        )
        found: TriggerFiring | None = await self._session.scalar(query)
        return found

    async def decided(self, trigger_id: UUID, subject_keys: Collection[str]) -> frozenset[str]:
        """Which of these occasions are decided."""
        query = select(TriggerFiring.subject_key).where(
            TriggerFiring.tenant_id == self.tenant,
            TriggerFiring.trigger_id == trigger_id,
            TriggerFiring.subject_key.in_(subject_keys),
        )
        return frozenset((await self._session.scalars(query)).all())

    async def last(self, trigger_id: UUID) -> TriggerFiring | None:
        """The newest firing."""
        query = self._select(TriggerFiring).where(TriggerFiring.trigger_id == trigger_id)
        found: TriggerFiring | None = await self._session.scalar(query.order_by(TriggerFiring.id.desc()).limit(1))
        return found


class TriggerFileRepository(TenantRepository):
    """Files that triggers have seen, in one transaction."""

    async def known(self, trigger_id: UUID) -> Mapping[str, TriggerFile]:
        """Every file that was seen, by name."""
        return {one.name: one for one in await self._all(self._select(TriggerFile).where(_of(trigger_id)))}

    async def store(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Write files as a look saw them, new ones and changed ones."""
        if not rows:
            return
        statement = insert(TriggerFile).values([{"tenant_id": self.tenant, **row} for row in rows])
        new = statement.excluded
        changed = {name: new[name] for name in ("size_bytes", "modified_at", "since", "seen_at", "is_done")}
        key = [TriggerFile.trigger_id, TriggerFile.name]
        await self._session.execute(statement.on_conflict_do_update(index_elements=key, set_=changed))

    async def note_seen(self, trigger_id: UUID, names: Collection[str], at: datetime) -> None:
        """These are still there."""
        mine = (TriggerFile.tenant_id == self.tenant) & _of(trigger_id) & TriggerFile.name.in_(names)
        await self._session.execute(update(TriggerFile).where(mine).values(seen_at=at))

    async def settle(self, trigger_id: UUID, name: str) -> None:
        """What came of this file is decided."""
        mine = (TriggerFile.tenant_id == self.tenant) & _of(trigger_id) & (TriggerFile.name == name)
        await self._session.execute(update(TriggerFile).where(mine).values(is_done=True))

    async def forget(self, trigger_id: UUID, unseen_since: datetime | None = None) -> None:
        """Forget every file, or those that have not been there for long."""
        mine = (TriggerFile.tenant_id == self.tenant) & _of(trigger_id)
        if unseen_since is not None:
            mine = mine & (TriggerFile.seen_at < unseen_since)
        await self._session.execute(delete(TriggerFile).where(mine))


def _of(trigger_id: UUID) -> Any:
    return TriggerFile.trigger_id == trigger_id
