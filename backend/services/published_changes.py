"""The feed of changes: written when all else of a transaction is done, so that its order is the order of commits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId
from backend.domain.publications import PublicationAction
from backend.persistence.models.publication import Publication, PublicationChange
from backend.persistence.repositories.publications import PublicationRepository
from backend.persistence.session import LastRank, act_last

_PENDING: Final = "openreg.publication_changes"


def note_change(
    session: AsyncSession,
    publication: Publication,
    action: PublicationAction,
    at: datetime,
    regimes_before: Sequence[str],
) -> None:
    """Tell of a change with the transaction.

    Sequence numbers are given under a lock of the tenant that is held for the commit alone: whoever has read up to one
    has read all before it.
    """
    pending: list[PublicationChange] | None = session.info.get(_PENDING)
    if pending is None:
        pending = session.info[_PENDING] = []
        act_last(session, LastRank.PUBLICATIONS, partial(_append, session, TenantId(publication.tenant_id), pending))
    pending.append(
        PublicationChange(
            tenant_id=publication.tenant_id,
            publication_id=publication.id,
            kind=publication.kind,
            action=action,
            name=publication.name,
            version=publication.version,
            regimes_before=list(regimes_before),
            regimes=list(publication.regimes),
            at=at,
        )
    )


async def _append(session: AsyncSession, tenant: TenantId, pending: list[PublicationChange]) -> None:
    publications = PublicationRepository(session, tenant)
    await publications.flush()
    last = await publications.lock_changes()
    for number, change in enumerate(pending, last + 1):
        change.sequence = number
        publications.add(change)
    await publications.flush()
