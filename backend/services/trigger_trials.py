"""What a trigger would see now; a trial changes nothing and starts nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.domain.audit import AuditAction
from backend.domain.triggers import (
    OLDEST_RUN,
    FileArrival,
    RunEvent,
    SourceWatermark,
    WatermarkWentBack,
    file_key,
    has_moved,
    read_watermark,
    stored_watermark,
)
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.trigger import Trigger, TriggerFile
from backend.persistence.repositories.triggers import (
    TriggerFileRepository,
    TriggerFiringRepository,
    TriggerRepository,
)
from backend.services.delivery import DestinationNotFound
from backend.services.scope import TenantScope
from backend.services.source_access import ConnectorNotFound
from backend.services.transfer.inbox import RemoteFileEntry
from backend.services.trigger_firing import Occasion, run_request
from backend.services.trigger_looks import (
    TriggerSources,
    file_occasion,
    place_of,
    run_occasion,
    watermark_occasion,
)
from backend.services.triggers import TriggerNotFound, trigger_subject

#: Of what was found, so many are told; the rest is counted.
MOST_TOLD = 50


class Prospect(StrEnum):
    """What would become of something that is there."""

    STARTS = "starts"
    SETTLES = "settles"
    DECIDED = "decided"
    KNOWN_BEFORE = "known_before"
    UNCHANGED = "unchanged"
    WENT_BACK = "went_back"


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that is there now."""

    subject: str
    prospect: Prospect
    size_bytes: int | None = None
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TriggerTrial:
    """What is there, and the run that the first that starts one would be; ``error`` is why there is none."""

    seen: tuple[Seen, ...]
    found: int
    parameters: Mapping[str, object] | None
    reporting_date: str | None
    error: OpenRegError | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    trigger: Trigger
    place: Destination | Connector | None
    files: Mapping[str, TriggerFile]
    ended: tuple[Occasion, ...]


@dataclass(frozen=True, slots=True)
class TriggerTrialService:
    """Tries triggers for the people of a tenant."""

    scope: TenantScope
    sources: TriggerSources

    async def test(self, trigger_id: UUID) -> TriggerTrial:
        """What it would see now; what it looks at and cannot is told as an error of the trial.

        Raises TriggerNotFound.
        """
        known = await self._known(trigger_id)
        try:
            seen, occasion = await self._look(known)
        except OpenRegError as error:
            return TriggerTrial((), 0, None, None, error)
        try:
            async with self.scope.reading() as session:
                wanted = await run_request(session, known.trigger, occasion, self.scope.now())
        except OpenRegError as error:
            return TriggerTrial(tuple(seen[:MOST_TOLD]), len(seen), None, None, error)
        day = wanted.reporting_date.isoformat()
        return TriggerTrial(tuple(seen[:MOST_TOLD]), len(seen), dict(wanted.parameters), day)

    async def _known(self, trigger_id: UUID) -> _Known:
        tenant = self.scope.tenant
        # Written down first: a value of a source must not be seen without a trace.
        async with self.scope.transaction() as session:
            triggers = TriggerRepository(session, tenant)
            trigger = await triggers.find(trigger_id)
            if trigger is None:
                raise TriggerNotFound
            await self.scope.audit(session).record(AuditAction.TRIGGER_TESTED, trigger_subject(trigger))
            files = await TriggerFileRepository(session, tenant).known(trigger_id)
            ended: list[Occasion] = []
            if isinstance(trigger.read_definition().on, RunEvent):
                oldest = self.scope.now() - OLDEST_RUN
                runs = await triggers.ended_runs(oldest, MOST_TOLD, trigger_id)
                ended = [run_occasion(one) for one in runs]
            return _Known(trigger, await place_of(session, tenant, trigger), files, tuple(ended))

    async def _look(self, known: _Known) -> tuple[list[Seen], Occasion]:
        on, nothing = known.trigger.read_definition().on, Occasion("", "")
        if isinstance(on, FileArrival):
            if not isinstance(known.place, Destination):
                raise DestinationNotFound(fix="Choose another destination in the trigger.")
            entries = await self.sources.files(known.place, on)
            async with self.scope.reading() as session:
                decided = await _decided(session, self.scope.tenant, known.trigger.id, entries)
            seen = [_file(one, known, decided) for one in entries]
            new = [one for one, found in zip(entries, seen, strict=True) if found.prospect in _NEW]
            first = next(iter(new or entries), None)
            return sorted(seen, key=lambda one: one.prospect not in _NEW), (
                nothing if first is None else file_occasion(_as_file(first, self.scope.now()))
            )
        if isinstance(on, SourceWatermark):
            if not isinstance(known.place, Connector):
                raise ConnectorNotFound(fix="Choose another connector in the trigger.")
            value = await self.sources.watermark(known.place, on)
            if value is None:
                return [], nothing
            kept, last = stored_watermark(value), known.trigger.watermark
            try:
                moved = has_moved(None if last is None else read_watermark(last), value)
                prospect = Prospect.STARTS if moved else Prospect.UNCHANGED
            except WatermarkWentBack:
                prospect = Prospect.WENT_BACK
            if last is None and known.trigger.baseline == "before":
                prospect = Prospect.KNOWN_BEFORE
            return [Seen(str(kept["value"]), prospect)], watermark_occasion(kept, last)
        if known.ended:
            return [Seen(one.subject, Prospect.STARTS) for one in known.ended], known.ended[0]
        return [], nothing


_NEW = (Prospect.STARTS, Prospect.SETTLES)


async def _decided(
    session: AsyncSession, tenant: TenantId, trigger_id: UUID, entries: Sequence[RemoteFileEntry]
) -> frozenset[str]:
    keys = [file_key(one.name, one.size_bytes, one.modified_at) for one in entries]
    return await TriggerFiringRepository(session, tenant).decided(trigger_id, keys) if keys else frozenset()


def _file(entry: RemoteFileEntry, known: _Known, decided: frozenset[str]) -> Seen:
    stored = known.files.get(entry.name)
    is_same = stored is not None and (stored.size_bytes, stored.modified_at) == (entry.size_bytes, entry.modified_at)
    if file_key(entry.name, entry.size_bytes, entry.modified_at) in decided:
        prospect = Prospect.DECIDED
    elif known.trigger.baseline == "before" or (stored is not None and is_same and stored.is_done):
        prospect = Prospect.KNOWN_BEFORE
    else:
        prospect = Prospect.STARTS if is_same else Prospect.SETTLES
    return Seen(entry.name, prospect, entry.size_bytes, entry.modified_at)


def _as_file(entry: RemoteFileEntry, at: datetime) -> TriggerFile:
    return TriggerFile(
        name=entry.name, size_bytes=entry.size_bytes, modified_at=entry.modified_at, since=at, seen_at=at
    )
