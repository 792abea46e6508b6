"""Answers are fetched from the folder where a regulator puts them: each whole file once, and nothing there is changed.

A file is taken in when it has had the same size and time in two looks; what is still written is left alone. The bytes
decide in the end: the same ones under another name are the same feedback.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Final
from uuid import UUID

import structlog

from backend.core.clock import Clock
from backend.core.errors import OpenRegError
from backend.core.ids import DestinationId, TenantId, new_id
from backend.domain.feedback import FeedbackSource
from backend.domain.remote_answers import LOOK_AGAIN, LOOK_EVERY, LOOK_LEASE, RemoteAnswerState, delay_after
from backend.persistence.models.delivery import Destination
from backend.persistence.models.remote_answer import RemoteAnswer
from backend.persistence.repositories.deliveries import DestinationRepository
from backend.persistence.repositories.remote_answers import RemoteAnswerRepository
from backend.persistence.session import Database
from backend.services.delivery import TransferOpener
from backend.services.feedback import Arrival, FeedbackIntake
from backend.services.feedback_mapping import format_for
from backend.services.storage import ObjectStorage
from backend.services.transfer.inbox import RemoteFileEntry
from backend.services.wakeups import Wakeups

log = structlog.get_logger(__name__)

#: Files that one look takes in; the next look goes on.
MOST_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class FeedbackPolling:
    """Looks into the folders of any tenant's destinations; the network is used between transactions, never in one."""

    database: Database
    storage: ObjectStorage
    opener: TransferOpener
    wakeups: Wakeups
    now: Clock
    scratch: Path | None = None

    async def look(self, tenant: TenantId, destination_id: UUID) -> int:
        """Look into the folder of a destination if that is due and nobody else is at it; how many files were new."""
        destination = await self._claim(tenant, destination_id)
        if destination is None:
            return 0
        folder = destination.response_folder or ""
        try:
            entries = await asyncio.to_thread(self._listed, destination, folder)
            whole, is_growing = await self._compare(tenant, destination, folder, entries)
            taken = [await self._take(tenant, destination, one) for one in whole[:MOST_AT_ONCE]]
        except OpenRegError as error:
            await self._note(tenant, destination, error, is_growing=False)
            return 0
        await self._note(tenant, destination, None, is_growing=is_growing or len(whole) > MOST_AT_ONCE)
        if any(taken):
            self.wakeups.webhooks(tenant)
        return sum(taken)

    async def _claim(self, tenant: TenantId, destination_id: UUID) -> Destination | None:
        async with self.database.transaction(tenant) as session:
            destination = await RemoteAnswerRepository(session, tenant).find_due(destination_id)
            if destination is not None:
                # Written before the work: who finds it meanwhile leaves it, and after a crash it is due again.
                destination.next_look_at = self.now() + LOOK_LEASE
            return destination

    def _listed(self, destination: Destination, folder: str) -> Sequence[RemoteFileEntry]:
        with self.opener.open_inbox(destination) as inbox:
            return inbox.list_files(folder)

    async def _compare(
        self, tenant: TenantId, destination: Destination, folder: str, entries: Sequence[RemoteFileEntry]
    ) -> tuple[list[RemoteAnswer], bool]:
        """Files to take in, in the order of their times; and whether others may still be written."""
        at, whole, is_growing = self.now(), [], False
        async with self.database.transaction(tenant) as session:
            answers = RemoteAnswerRepository(session, tenant)
            known = await answers.known(destination.id, folder)
            for entry in entries:
                one = known.get(entry.name)
                if one is None:
                    answers.add(_seen(tenant, destination, folder, entry, at))
                    is_growing = True
                elif (one.size_bytes, one.modified_at) != (entry.size_bytes, entry.modified_at):
                    one.size_bytes, one.modified_at, one.seen_at = entry.size_bytes, entry.modified_at, at
                    one.state, one.attempts, one.next_attempt_at = RemoteAnswerState.SEEN, 0, at
                    is_growing = True
                elif one.state == RemoteAnswerState.SEEN and one.next_attempt_at <= at:
                    whole.append(one)
        return sorted(whole, key=lambda one: (one.modified_at or one.seen_at, one.name)), is_growing

    async def _take(self, tenant: TenantId, destination: Destination, answer: RemoteAnswer) -> bool:
        """Fetch a file and take it in; whether its bytes are new. What fails is tried again later, by itself."""
        at = self.now()
        with tempfile.TemporaryFile(dir=self.scratch) as content:
            try:
                await asyncio.to_thread(self._fetch, destination, answer, content)
                intake = FeedbackIntake(self.database, self.storage, tenant)
                said = format_for(destination, answer.name)
                arrival = Arrival(answer.name, FeedbackSource.POLL, destination.id, mapping=said)
                file, is_new = await intake.receive(content, arrival, at)
            except OpenRegError as error:
                log.warning("answer_not_taken", destination_id=str(destination.id), code=error.code)
                await self._postpone(tenant, answer, error, at)
                return False
        async with self.database.transaction(tenant) as session:
            stored = await RemoteAnswerRepository(session, tenant).find(answer.id)
            if stored is not None:
                stored.state, stored.feedback_id, stored.error = RemoteAnswerState.TAKEN, file.id, None
        return is_new

    def _fetch(self, destination: Destination, answer: RemoteAnswer, content: IO[bytes]) -> None:
        with self.opener.open_inbox(destination) as inbox:
            for piece in inbox.read(answer.folder, answer.name):
                content.write(piece)
        content.seek(0)

    async def _postpone(self, tenant: TenantId, answer: RemoteAnswer, error: OpenRegError, at: datetime) -> None:
        async with self.database.transaction(tenant) as session:
            stored = await RemoteAnswerRepository(session, tenant).find(answer.id)
            if stored is not None:
                stored.attempts += 1
                stored.next_attempt_at = at + delay_after(stored.attempts)
                stored.error = _reason(error)

    async def _note(
        self, tenant: TenantId, looked: Destination, error: OpenRegError | None, *, is_growing: bool
    ) -> None:
        """When to look again, and what was wrong."""
        at = self.now()
        async with self.database.transaction(tenant) as session:
            stored = await DestinationRepository(session, tenant).find(DestinationId(looked.id))
            if stored is None:
                return
            stored.failed_looks = 0 if error is None else stored.failed_looks + 1
            stored.look_error = None if error is None else _reason(error)
            wait = LOOK_AGAIN if is_growing else LOOK_EVERY
            stored.next_look_at = at + (wait if error is None else delay_after(stored.failed_looks))
        if error is not None:
            log.warning("answers_not_looked_for", destination_id=str(looked.id), code=error.code)


def _seen(
    tenant: TenantId, destination: Destination, folder: str, entry: RemoteFileEntry, at: datetime
) -> RemoteAnswer:
    return RemoteAnswer(
        id=new_id(),
        tenant_id=tenant,
        destination_id=destination.id,
        folder=folder,
        name=entry.name,
        size_bytes=entry.size_bytes,
        modified_at=entry.modified_at,
        state=RemoteAnswerState.SEEN,
        attempts=0,
        next_attempt_at=at,
        seen_at=at,
    )


def _reason(error: OpenRegError) -> dict[str, object]:
    return {"code": error.code, "message": error.message, "fix": error.fix}
