"""Notices: written in the transaction of the fact, to everybody who can act on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.ids import TenantId, new_id
from backend.domain.notices import ACTED_ON_WITH, NoticeKind, NoticePreferences
from backend.persistence.models.notice import Notice
from backend.persistence.repositories.notices import NoticeRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import LastRank, act_last

#: What whoever shows notices listens to; the payload is the tenant.
CHANNEL = "openreg_notices"
_MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class _Posted:
    kind: NoticeKind
    recipients: tuple[UUID, ...] | None
    excluded: UUID | None
    title: str
    text: str
    link: str
    subject_id: UUID
    at: datetime


class NoticeBoard:
    """Bound to one tenant and one transaction.

    Rows are written when everything else of the transaction is done, under a lock of the tenant: their sequence
    numbers are then in the order of commits, and a viewer who has seen one has seen all before it.
    """

    def __init__(self, session: AsyncSession, tenant: TenantId) -> None:
        self._session = session
        self._tenant = tenant

    def post(  # noqa: PLR0913 - a notice has that many parts
        self,
        kind: NoticeKind,
        *,
        title: str,
        text: str,
        link: str,
        subject_id: UUID,
        at: datetime,
        recipients: Iterable[UUID] | None = None,
        excluded: UUID | None = None,
    ) -> None:
        """Tell these people, or everybody who holds the permission to act on it; ``excluded`` knows it already."""
        chosen = None if recipients is None else tuple(recipients)
        posted = _Posted(kind, chosen, excluded, title[:_MAX_TITLE], text, link, subject_id, at)
        act_last(self._session, LastRank.NOTICES, partial(_write, self._session, self._tenant, posted))


async def _write(session: AsyncSession, tenant: TenantId, posted: _Posted) -> None:
    members, notices = MemberRepository(session, tenant), NoticeRepository(session, tenant)
    users = posted.recipients
    if users is None:
        users = tuple(await members.holders_of(ACTED_ON_WITH[posted.kind].value))
    chosen = await notices.preferences_of(users)
    zone = (await members.get_tenant()).time_zone
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{CHANNEL}/{tenant}", 0))))
    for user_id in users:
        if user_id == posted.excluded:
            continue
        preferences = chosen.get(user_id, NoticePreferences())
        due = preferences.mail_due_at(posted.kind, posted.at, zone)
        if preferences.is_shown(posted.kind) or due is not None:
            notices.add(
                Notice(
                    id=new_id(),
                    tenant_id=tenant,
                    user_id=user_id,
                    kind=posted.kind,
                    title=posted.title,
                    text=posted.text,
                    link=posted.link,
                    subject_id=posted.subject_id,
                    is_in_app=preferences.is_shown(posted.kind),
                    created_at=posted.at,
                    mail_due_at=due,
                )
            )
    await notices.flush()
    await session.execute(select(func.pg_notify(CHANNEL, str(tenant))))
