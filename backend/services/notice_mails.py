"""Mailing notices: what is due for a person goes into one mail, once, whoever else looks at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.ids import TenantId
from backend.domain.mail import EmailAddressInvalid
from backend.persistence.models.notice import Notice
from backend.persistence.models.tenant import Tenant, User
from backend.persistence.repositories.notices import NoticeRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database
from backend.services.mail import MailQueue, MailTemplate, PublicLinks

log = structlog.get_logger(__name__)

BATCH = 500
#: Titles that stand in a digest; the page has the others.
_TITLES = 10


@dataclass(frozen=True, slots=True)
class NoticeMails:
    """Puts due notices into the mail queue."""

    database: Database
    box: SecretBox
    links: PublicLinks
    now: Clock

    async def put(self, tenant: TenantId) -> int:
        """How many mails were written; a notice is marked in the transaction that writes its mail."""
        at, mails = self.now(), 0
        async with self.database.transaction(tenant) as session:
            due = await NoticeRepository(session, tenant).claim_mails(BATCH)
            organisation = await MemberRepository(session, tenant).get_tenant()
            for _, rows in groupby(due, lambda row: row[0].user_id):
                told = list(rows)
                for notice, _ in told:
                    notice.mailed_at = at
                mails += await self._mail(session, organisation, told[0][1], [notice for notice, _ in told], at)
        return mails

    async def _mail(
        self, session: AsyncSession, tenant: Tenant, user: User | None, notices: list[Notice], at: datetime
    ) -> int:
        """One mail, or none to somebody who has left."""
        if user is None or not user.is_active:
            return 0
        queue = MailQueue(session, TenantId(tenant.id), self.box)
        template = MailTemplate.NOTICE if len(notices) == 1 else MailTemplate.NOTICE_DIGEST
        try:
            await queue.put(user.email, template, self._values(tenant, notices), at)
        except EmailAddressInvalid as error:
            log.warning("notice_not_mailed", user_id=str(user.id), code=error.code)
            return 0
        return 1

    def _values(self, tenant: Tenant, notices: list[Notice]) -> dict[str, str]:
        shared = {"tenant": tenant.name, "preferences": self.links.to("/notices")}
        if len(notices) == 1:
            [one] = notices
            return {**shared, "title": one.title, "text": one.text, "link": self.links.to(one.link)}
        titles = " · ".join(one.title for one in notices[:_TITLES])
        return {**shared, "count": str(len(notices)), "titles": titles, "link": self.links.to("/notices")}
