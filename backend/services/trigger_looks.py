"""Looks at what triggers wait for: folders, sources, and ends of runs.

A look is claimed by moving its next time on, before the network is used and in a transaction of its own: who finds the
trigger meanwhile leaves it, and after a crash it is looked at again. What was found is then decided one by one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ConnectorId, TenantId
from backend.domain.remote_answers import delay_after
from backend.domain.triggers import (
    LOOK_AGAIN,
    LOOK_LEASE,
    OLDEST_RUN,
    PATIENCE,
    FileArrival,
    SourceWatermark,
    Watermark,
    file_key,
    has_moved,
    read_watermark,
    stored_watermark,
    watermark_of,
)
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.trigger import Trigger, TriggerFile
from backend.persistence.repositories.connectors import ConnectorRepository
from backend.persistence.repositories.triggers import EndedRun, TriggerFileRepository, TriggerRepository
from backend.persistence.session import Database, SystemDatabase
from backend.persistence.system import SystemScope
from backend.services.announcements import announce_trigger_failed
from backend.services.delivery import DestinationNotFound, TransferOpener
from backend.services.source_access import ConnectorNotFound, ConnectorOpener
from backend.services.transfer.inbox import MAX_LISTED_FILES, RemoteFileEntry
from backend.services.trigger_firing import Occasion, Result, TriggerFirings
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Occasions that one look decides; the next look goes on.
MOST_AT_ONCE: Final = 100
#: Files that have not been in the folder for so long are forgotten.
_FORGOTTEN_AFTER: Final = timedelta(days=90)
_NOTED_EVERY: Final = timedelta(days=1)


class TriggerFolderTooFull(OpenRegError):
    """The folder holds more files than are looked at."""

    code: ClassVar[str] = "trigger_folder_too_full"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class TriggerSources:
    """Reads what triggers wait for; every call uses the network, none belongs into a transaction."""

    transfers: TransferOpener
    connectors: ConnectorOpener

    async def files(self, destination: Destination, wanted: FileArrival) -> Sequence[RemoteFileEntry]:
        """Files of the folder whose names are wanted. Raises TransferError and TriggerFolderTooFull."""

        def listed() -> Sequence[RemoteFileEntry]:
            with self.transfers.open_inbox(destination) as inbox:
                return inbox.list_files(wanted.folder, MAX_LISTED_FILES)

        found = await asyncio.to_thread(listed)
        if len(found) >= MAX_LISTED_FILES:
            raise TriggerFolderTooFull(
                f"The folder holds {MAX_LISTED_FILES:,} files or more; some of them would never be seen.",
                fix="Move files away that were processed, or watch a smaller folder.",
            )
        return [one for one in found if wanted.is_wanted(one.name)]

    async def watermark(self, connector: Connector, wanted: SourceWatermark) -> Watermark | None:
        """The value as it is now, None when there is none. Raises ConnectorError and WatermarkUnusable."""
        live = self.connectors.open(connector)
        found = await asyncio.to_thread(live.preview, wanted.query, {}, limit=2)
        return watermark_of(len(found.columns), found.rows)


@dataclass(frozen=True, slots=True)
class TriggerLooks:
    """Looks at the triggers of any tenant."""

    database: Database
    system: SystemDatabase
    sources: TriggerSources
    wakeups: Wakeups
    now: Clock

    @property
    def _firings(self) -> TriggerFirings:
        return TriggerFirings(self.database, self.wakeups, self.now)

    async def look(self, tenant: TenantId, trigger_id: UUID) -> int:
        """Look if that is due and nobody else is at it; how many runs were started."""
        claimed = await self._claim(tenant, trigger_id)
        if claimed is None:
            return 0
        trigger, place = claimed
        started, is_settled = 0, True
        try:
            wanted = trigger.read_definition().on
            if isinstance(wanted, FileArrival):
                if not isinstance(place, Destination):
                    raise DestinationNotFound(fix="Choose another destination in the trigger.")
                started, is_settled = await self.look_for_files(trigger, place, wanted)
            elif isinstance(wanted, SourceWatermark):
                if not isinstance(place, Connector):
                    raise ConnectorNotFound(fix="Choose another connector in the trigger.")
                started, is_settled = await self._look_at_watermark(trigger, place, wanted)
        except OpenRegError as error:
            await self._note(trigger, error, is_settled=True)
            return started
        await self._note(trigger, None, is_settled=is_settled)
        return started

    async def follow_runs(self) -> int:
        """Start what ends of runs start, in every tenant; how many runs were started."""
        async with self.system.transaction() as session:
            tenants = await SystemScope(session).tenants_with_run_triggers()
        started = 0
        for tenant in tenants:
            async with self.database.reading(tenant) as session:
                triggers = TriggerRepository(session, tenant)
                ended = await triggers.ended_runs(self.now() - OLDEST_RUN, MOST_AT_ONCE)
                found = [(await triggers.find(one.trigger_id), one) for one in ended]
            for trigger, one in found:
                if trigger is not None:
                    paused = one.finished_at < one.active_since
                    result = await self._firings.fire(trigger, run_occasion(one), paused=paused)
                    started += result is Result.STARTED
        return started

    async def _claim(self, tenant: TenantId, trigger_id: UUID) -> tuple[Trigger, Destination | Connector | None] | None:
        async with self.database.transaction(tenant) as session:
            triggers = TriggerRepository(session, tenant)
            trigger = await triggers.find_due(trigger_id)
            if trigger is None:
                return None
            trigger.next_look_at = self.now() + LOOK_LEASE
            return trigger, await place_of(session, tenant, trigger)

    async def look_for_files(self, trigger: Trigger, destination: Destination, wanted: FileArrival) -> tuple[int, bool]:
        """Runs that were started, and whether all is decided. Raises TransferError and TriggerFolderTooFull."""
        entries = await self.sources.files(destination, wanted)
        settled, is_settled = await self._compare(trigger, wanted, entries)
        started = 0
        for one in settled[:MOST_AT_ONCE]:

            async def settle(session: AsyncSession, stored: Trigger, name: str = one.name) -> None:
                await TriggerFileRepository(session, TenantId(stored.tenant_id)).settle(stored.id, name)

            result = await self._firings.fire(trigger, file_occasion(one), settle, paused=trigger.baseline == "paused")
            started += result is Result.STARTED
        return started, is_settled and len(settled) <= MOST_AT_ONCE

    async def _compare(
        self, trigger: Trigger, wanted: FileArrival, entries: Sequence[RemoteFileEntry]
    ) -> tuple[list[TriggerFile], bool]:
        """Files to decide in the order of their times, and whether all others are as they will stay."""
        tenant, at = TenantId(trigger.tenant_id), self.now()
        async with self.database.transaction(tenant) as session:
            current = await TriggerRepository(session, tenant).find(trigger.id, for_update=True)
            if current is None or current.generation != trigger.generation:
                return [], True
            files = TriggerFileRepository(session, tenant)
            compared = compare(await files.known(trigger.id), entries, wanted, trigger.baseline, at)
            if trigger.baseline == "before":
                current.baseline = None
            await files.store([_row(trigger, one) for one in compared.changed])
            await files.note_seen(trigger.id, compared.stale, at)
            await files.forget(trigger.id, at - _FORGOTTEN_AFTER)
        return compared.settled, not compared.is_growing

    async def _look_at_watermark(
        self, trigger: Trigger, connector: Connector, wanted: SourceWatermark
    ) -> tuple[int, bool]:
        value = await self.sources.watermark(connector, wanted)
        if value is None:
            return 0, True
        last = None if trigger.watermark is None else read_watermark(trigger.watermark)
        if not has_moved(last, value):
            return 0, True
        kept = stored_watermark(value)

        async def settle(session: AsyncSession, stored: Trigger) -> None:
            del session
            stored.watermark = kept

        if last is None and trigger.baseline == "before":
            await self._remember(trigger, kept)
            return 0, True
        occasion = watermark_occasion(kept, trigger.watermark)
        result = await self._firings.fire(trigger, occasion, settle, paused=trigger.baseline == "paused")
        return int(result is Result.STARTED), True

    async def _remember(self, trigger: Trigger, watermark: dict[str, object]) -> None:
        """What is there already starts nothing."""
        async with self.database.transaction(TenantId(trigger.tenant_id)) as session:
            stored = await TriggerRepository(session, TenantId(trigger.tenant_id)).find(trigger.id, for_update=True)
            if stored is not None and stored.generation == trigger.generation:
                stored.watermark = watermark

    async def _note(self, looked: Trigger, error: OpenRegError | None, *, is_settled: bool) -> None:
        """When to look again, and what was wrong."""
        tenant, at = TenantId(looked.tenant_id), self.now()
        async with self.database.transaction(tenant) as session:
            trigger = await TriggerRepository(session, tenant).find(looked.id, for_update=True)
            if trigger is None or trigger.is_paused or trigger.generation != looked.generation:
                return
            trigger.last_look_at = at
            interval = trigger.read_definition().interval or LOOK_LEASE
            if error is None:
                had_failed, trigger.failed_looks = trigger.failed_looks > 0, 0
                if had_failed:
                    trigger.last_error = None
                if is_settled and trigger.baseline == looked.baseline:
                    trigger.baseline = None
                trigger.next_look_at = at + (interval if is_settled else min(interval, LOOK_AGAIN))
                return
            trigger.failed_looks += 1
            trigger.last_error = {"code": error.code, "message": error.message, "fix": error.fix}
            trigger.next_look_at = at + max(interval, delay_after(trigger.failed_looks))
            if trigger.failed_looks == (PATIENCE if error.transient else 1):
                reason = f"{error.message} {error.fix or ''}".strip()
                announce_trigger_failed(
                    session, trigger, f"{trigger.name} cannot look for what it waits for", reason, at
                )
        log.warning("trigger_not_looked_at", trigger_id=str(looked.id), code=error.code)


@dataclass(frozen=True, slots=True)
class Compared:
    """Files that are to be decided, to be written down, and to be noted as still there."""

    settled: list[TriggerFile]
    changed: list[TriggerFile]
    stale: list[str]
    is_growing: bool


def compare(
    known: Mapping[str, TriggerFile],
    entries: Sequence[RemoteFileEntry],
    wanted: FileArrival,
    baseline: str | None,
    at: datetime,
) -> Compared:
    """What a folder holds now beside what it held; files that were there before a trigger are done already."""
    settled, changed, stale, is_growing = [], [], [], False
    for entry in entries:
        one = known.get(entry.name)
        if one is None or (one.size_bytes, one.modified_at) != (entry.size_bytes, entry.modified_at):
            one = TriggerFile(
                name=entry.name,
                size_bytes=entry.size_bytes,
                modified_at=entry.modified_at,
                since=at,
                seen_at=at,
                is_done=baseline == "before",
            )
            changed.append(one)
            # What came while the trigger was paused is told of at once, written whole or not.
            if baseline == "paused":
                settled.append(one)
            else:
                is_growing = is_growing or not one.is_done
            continue
        if one.seen_at < at - _NOTED_EVERY:
            stale.append(one.name)
        if one.is_done:
            continue
        if baseline == "paused" or at - one.since >= timedelta(seconds=wanted.settle_seconds):
            settled.append(one)
        else:
            is_growing = True
    return Compared(
        sorted(settled, key=lambda one: (one.modified_at or one.since, one.name)), changed, stale, is_growing
    )


async def place_of(session: AsyncSession, tenant: TenantId, trigger: Trigger) -> Destination | Connector | None:
    """Where a trigger looks; None when it is gone, or for one that looks nowhere."""
    if trigger.destination_id is not None:
        return await TriggerRepository(session, tenant).find_destination(trigger.destination_id)
    if trigger.connector_id is not None:
        return await ConnectorRepository(session, tenant).find(ConnectorId(trigger.connector_id))
    return None


def file_occasion(file: TriggerFile) -> Occasion:
    """A file has arrived."""
    time = "" if file.modified_at is None else file.modified_at.isoformat()
    said = {"file_name": file.name, "file_size": str(file.size_bytes), "file_time": time}
    return Occasion(file_key(file.name, file.size_bytes, file.modified_at), file.name, said)


def watermark_occasion(value: Mapping[str, object], last: Mapping[str, object] | None) -> Occasion:
    """A source's watermark has moved."""
    now, before = str(value["value"]), "" if last is None else str(last["value"])
    return Occasion(now, now, {"watermark": now, "previous_watermark": before})


def run_occasion(run: EndedRun) -> Occasion:
    """A run has ended; its reporting date carries over."""
    subject = f"{run.report_name}, {run.reporting_date} no. {run.sequence}: {run.state}"
    said = {"run_id": str(run.run_id), "run_state": run.state}
    return Occasion(run.subject_key, subject, said, run.reporting_date)


def _row(trigger: Trigger, file: TriggerFile) -> dict[str, object]:
    return {
        "trigger_id": trigger.id,
        "name": file.name,
        "size_bytes": file.size_bytes,
        "modified_at": file.modified_at,
        "since": file.since,
        "seen_at": file.seen_at,
        "is_done": file.is_done,
    }
