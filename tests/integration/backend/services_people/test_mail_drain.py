"""Mails on their way: claimed once, tried again, given up, and their links forgotten when they were sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from backend.core.clock import utc_now
from backend.domain.mail import MailState
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.repositories.mail import MailRepository
from backend.persistence.system import SystemScope
from backend.services.mail_drain import MailDrain
from backend.services.mail_transport import MailMessage, MailNotTaken, MailServerUnavailable
from tests.factories.installation import Installation
from tests.factories.rows import Rows


@dataclass
class NotedTransport:
    """Writes down what it is given, then does what the test wants."""

    outcome: MailState | Exception = MailState.SENT
    given: list[MailMessage] = field(default_factory=list)

    async def hand_over(self, message: MailMessage) -> MailState:
        self.given.append(message)
        await asyncio.sleep(0)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


MakeDrain = Callable[..., MailDrain]


@pytest.fixture
def transport() -> NotedTransport:
    return NotedTransport()


@pytest.fixture
def drain(installation: Installation, transport: NotedTransport) -> MakeDrain:
    def make(now: Callable[[], datetime] = utc_now) -> MailDrain:
        return MailDrain(installation.database, installation.box, transport, now)

    return make


async def stored(rows: Rows, mail: OutgoingMail) -> OutgoingMail:
    async with rows.database.transaction(rows.person.tenant) as session:
        found = await MailRepository(session, rows.person.tenant).find(mail.id)
    assert found is not None
    return found


async def test_a_sent_mail_is_done_and_its_text_is_gone(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    mail = await rows.mail("The link: https://x.test/#secret")
    assert await drain().drain(rows.person.tenant) == 1
    (message,) = transport.given
    assert (message.text, message.sender_name) == ("The link: https://x.test/#secret", "Acme")
    found = await stored(rows, mail)
    assert (found.state, found.content, found.attempts) == (MailState.SENT, None, 1)
    assert found.finished_at is not None
    assert await drain().drain(rows.person.tenant) == 0


async def test_a_kept_mail_keeps_its_text(rows: Rows, drain: MakeDrain, transport: NotedTransport) -> None:
    transport.outcome = MailState.KEPT
    mail = await rows.mail()
    await drain().drain(rows.person.tenant)
    found = await stored(rows, mail)
    assert found.state == MailState.KEPT
    assert rows.box.open(found.content or b"") == {"text": "A text."}


async def test_a_text_is_ciphertext_while_it_waits(rows: Rows) -> None:
    mail = await rows.mail("The link: https://x.test/#secret")
    assert b"secret" not in (mail.content or b"")


async def test_what_a_server_cannot_take_now_is_tried_again_until_it_can(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    transport.outcome = MailServerUnavailable("away")
    mail = await rows.mail(created_at=utc_now())
    await drain().drain(rows.person.tenant)
    found = await stored(rows, mail)
    assert (found.state, found.attempts) == (MailState.RETRYING, 1)
    assert found.last_error == {"code": "mail_server_unavailable", "message": "away"}
    assert timedelta(seconds=20) < found.next_attempt_at - utc_now() < timedelta(seconds=60)
    assert await drain().drain(rows.person.tenant) == 0, "not before it is due"


async def test_what_a_server_refuses_for_good_is_given_up_at_once(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    transport.outcome = MailNotTaken("550 no such mailbox")
    mail = await rows.mail(created_at=utc_now())
    await drain().drain(rows.person.tenant)
    found = await stored(rows, mail)
    assert (found.state, found.content) == (MailState.FAILED, None)
    assert found.last_error == {"code": "mail_not_taken", "message": "550 no such mailbox"}


async def test_after_a_day_of_trying_a_mail_is_given_up(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    transport.outcome = MailServerUnavailable("away")
    mail = await rows.mail(created_at=utc_now() - timedelta(hours=25))
    await drain().drain(rows.person.tenant)
    assert (await stored(rows, mail)).state == MailState.FAILED


async def test_a_link_that_is_no_longer_valid_is_not_sent(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    mail = await rows.mail(useful_until=utc_now() - timedelta(seconds=1))
    await drain().drain(rows.person.tenant)
    assert transport.given == []
    assert (await stored(rows, mail)).state == MailState.FAILED


async def test_two_workers_send_each_mail_once(rows: Rows, drain: MakeDrain, transport: NotedTransport) -> None:
    mails = [await rows.mail() for _ in range(25)]
    done = await asyncio.gather(*(drain().drain(rows.person.tenant) for _ in range(2)))
    assert sum(done) == len(mails)
    assert sorted(one.id for one in transport.given) == sorted(one.id for one in mails)


async def test_a_mail_whose_worker_died_is_sent_by_another_and_the_dead_one_changes_nothing(
    rows: Rows, drain: MakeDrain, transport: NotedTransport
) -> None:
    mail = await rows.mail(state=MailState.SENDING, lease_expires_at=utc_now() + timedelta(minutes=1), fencing_token=1)
    assert await drain().drain(rows.person.tenant) == 0
    late = await rows.mail(state=MailState.SENDING, lease_expires_at=utc_now() - timedelta(minutes=1), fencing_token=1)
    assert await drain().drain(rows.person.tenant) == 1
    assert [one.id for one in transport.given] == [late.id]
    assert (await stored(rows, late)).fencing_token == 2
    assert (await stored(rows, mail)).state == MailState.SENDING


async def test_tenants_with_due_mails_are_found_once_each(
    installation: Installation, rows: Rows, strangers_rows: Rows
) -> None:
    await rows.mail()
    await rows.mail()
    await strangers_rows.mail(state=MailState.SENT)
    await strangers_rows.mail(next_attempt_at=utc_now() + timedelta(hours=1))
    async with installation.system.transaction() as session:
        assert await SystemScope(session).tenants_with_due_mails() == [rows.person.tenant]
