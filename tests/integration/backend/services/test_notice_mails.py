"""Mails of notices: one for what is due, once, and none to those who have left."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.pagination import PageRequest
from backend.domain.notices import Digest, NoticeKind, NoticePreferences
from backend.persistence.notices import NoticeBoard
from backend.persistence.repositories.mail import MailRepository
from backend.persistence.system import SystemScope
from backend.services.mail import PublicLinks
from backend.services.notice_mails import NoticeMails
from backend.services.notices import NoticeService
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member


@pytest.fixture
def mails(installation: Installation) -> NoticeMails:
    """Writes mails of this installation."""
    return NoticeMails(installation.database, installation.box, PublicLinks("https://openreg.test"), utc_now)


async def post(installation: Installation, person: Person, *titles: str, at: datetime | None = None) -> None:
    for title in titles:
        async with installation.database.transaction(person.tenant) as session:
            NoticeBoard(session, person.tenant).post(
                NoticeKind.RUN_FAILED,
                title=title,
                text="The source is away.",
                link="/runs/1",
                subject_id=new_id(),
                at=at or utc_now(),
            )


async def written(installation: Installation, person: Person) -> list[tuple[str, str, str]]:
    """Recipient, subject and text of every mail, in order."""
    async with installation.database.transaction(person.tenant) as session:
        page = await MailRepository(session, person.tenant).page(PageRequest(200))
    opened = [(one.recipient, one.subject, str(installation.box.open(one.content)["text"])) for one in page.items]
    return opened[::-1]


async def due(installation: Installation) -> list[object]:
    async with installation.system.transaction() as session:
        return list(await SystemScope(session).tenants_with_due_notices())


async def test_a_notice_is_mailed_once(
    mails: NoticeMails, installation: Installation, owner: Person, stranger: Person
) -> None:
    await post(installation, owner, "Transactions failed")
    assert await due(installation) == [owner.tenant]
    assert sum(await asyncio.gather(*(mails.put(owner.tenant) for _ in range(4)))) == 1
    assert await mails.put(owner.tenant) == 0
    assert await mails.put(stranger.tenant) == 0
    assert await due(installation) == []
    [(recipient, subject, body)] = await written(installation, owner)
    assert (recipient, subject) == (owner.email, "Acme: Transactions failed")
    assert "The source is away." in body
    assert "https://openreg.test/runs/1" in body


async def test_a_digest_gathers_a_day_and_goes_out_at_its_hour(
    mails: NoticeMails, installation: Installation, owner: Person
) -> None:
    chosen = NoticePreferences(digest=Digest.DAILY, digest_hour=8)
    await NoticeService(owner.scope(installation.database)).choose(chosen)
    await post(installation, owner, "today")
    assert await due(installation) == []
    assert await mails.put(owner.tenant) == 0
    two_days_ago = utc_now() - timedelta(days=2)
    await post(installation, owner, *(str(number) for number in range(12)), at=two_days_ago)
    assert await mails.put(owner.tenant) == 1
    assert await mails.put(owner.tenant) == 0
    [(_, subject, body)] = await written(installation, owner)
    assert subject == "Acme: 12 notices"
    assert " · ".join(str(number) for number in range(10)) in body


async def test_who_has_left_gets_no_mail_and_keeps_nobody_busy(
    mails: NoticeMails, installation: Installation, owner: Person
) -> None:
    leaver = await new_member(installation.database, owner.tenant, "acme", "leaver@example.test")
    locked = await new_member(installation.database, owner.tenant, "acme", "locked@example.test")
    await post(installation, owner, "failed")
    async with installation.database.transaction(owner.tenant) as session:
        await session.execute(text("update users set is_active = false where id = :id"), {"id": locked.user_id})
        of_leaver = "membership_id in (select id from memberships where user_id = :id)"
        await session.execute(text(f"delete from membership_roles where {of_leaver}"), {"id": leaver.user_id})
        await session.execute(text("delete from memberships where user_id = :id"), {"id": leaver.user_id})
    assert await mails.put(owner.tenant) == 1
    assert [recipient for recipient, _, _ in await written(installation, owner)] == [owner.email]
    assert await due(installation) == []
