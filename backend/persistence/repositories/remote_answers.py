"""Answers in the folders of destinations."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, or_

from backend.persistence.models.delivery import Destination
from backend.persistence.models.remote_answer import RemoteAnswer
from backend.persistence.repositories.tenant_scope import TenantRepository


class RemoteAnswerRepository(TenantRepository):
    """What lies in the folders of one tenant's destinations, in one transaction."""

    async def find_due(self, destination_id: UUID) -> Destination | None:
        """The destination under a row lock if its folder is to be looked into now, else None."""
        is_due = or_(Destination.next_look_at.is_(None), Destination.next_look_at <= func.clock_timestamp())
        query = self._select(Destination).where(
            Destination.id == destination_id,
            Destination.response_folder.is_not(None),
            Destination.archived_at.is_(None),
            ~Destination.is_paused,
            is_due,
        )
        found: Destination | None = await self._session.scalar(query.with_for_update(skip_locked=True))
        return found

    async def known(self, destination_id: UUID, folder: str) -> Mapping[str, RemoteAnswer]:
        """Files that were seen in a folder, by name."""
        query = self._select(RemoteAnswer).where(
            RemoteAnswer.destination_id == destination_id, RemoteAnswer.folder == folder
        )
        return {one.name: one for one in await self._all(query)}

    async def find(self, answer_id: UUID) -> RemoteAnswer | None:
        """The file, or None."""
        return await self._find(RemoteAnswer, answer_id)
