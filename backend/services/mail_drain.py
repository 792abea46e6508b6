"""Sending what is due: claimed under a lease, handed over outside of any transaction, recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.core.clock import Clock
from backend.core.crypto import SecretBox
from backend.core.errors import OpenRegError
from backend.core.ids import TenantId
from backend.core.jitter import draw
from backend.core.metrics import MAIL_ATTEMPTS
from backend.domain.mail import MailState
from backend.domain.retry import MAIL_RETRY, Failure
from backend.persistence.models.mail import OutgoingMail
from backend.persistence.repositories.mail import MailRepository
from backend.persistence.repositories.tenants import MemberRepository
from backend.persistence.session import Database
from backend.services.mail_transport import MailMessage, MailTransport

log = structlog.get_logger(__name__)

BATCH = 10
#: Longer than a whole batch can take: each of its mails has timeouts of its own.
LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Outcome:
    mail: OutgoingMail
    state: MailState | None
    error: OpenRegError | None


@dataclass(frozen=True, slots=True)
class MailDrain:
    """Sends due mails of a tenant."""

    database: Database
    box: SecretBox
    transport: MailTransport
    now: Clock

    async def drain(self, tenant: TenantId) -> int:
        """Send until nothing is due; how many were tried."""
        tried = 0
        while claimed := await self._claim(tenant):
            mails, sender_name = claimed
            outcomes = await asyncio.gather(*(self._send(mail, sender_name) for mail in mails))
            await self._record(tenant, outcomes)
            tried += len(outcomes)
        return tried

    async def _claim(self, tenant: TenantId) -> tuple[list[OutgoingMail], str] | None:
        at = self.now()
        claimed = []
        async with self.database.transaction(tenant) as session:
            due = await MailRepository(session, tenant).claim_due(BATCH)
            if not due:
                return None
            owner = await MemberRepository(session, tenant).get_tenant()
            for mail in due:
                if mail.useful_until is not None and mail.useful_until < at:
                    _give_up(mail, at, {"code": "mail_too_late", "message": "The link in it is no longer valid."})
                    continue
                mail.state, mail.lease_expires_at = MailState.SENDING, at + LEASE
                mail.attempts += 1
                mail.fencing_token += 1
                claimed.append(mail)
        return claimed, owner.mail_sender_name or owner.name

    async def _send(self, mail: OutgoingMail, sender_name: str) -> _Outcome:
        try:
            text = str(self.box.open(mail.content or b"")["text"])
            message = MailMessage(mail.id, mail.recipient, sender_name, mail.subject, text, mail.created_at)
            return _Outcome(mail, await self.transport.hand_over(message), None)
        except OpenRegError as error:
            return _Outcome(mail, None, error)

    async def _record(self, tenant: TenantId, outcomes: Sequence[_Outcome]) -> None:
        at, recorded = self.now(), []
        async with self.database.transaction(tenant) as session:
            mails = MailRepository(session, tenant)
            for outcome in outcomes:
                mail = await mails.find_fenced(outcome.mail.id, outcome.mail.fencing_token)
                if mail is not None:
                    _settle(mail, outcome, at)
                    recorded.append(mail)
        for mail in recorded:
            MAIL_ATTEMPTS.labels(str(mail.state)).inc()
        for outcome in outcomes:
            log.info(
                "mail_attempted",
                mail_id=str(outcome.mail.id),
                template=outcome.mail.template,
                state=outcome.state,
                code=outcome.error.code if outcome.error else None,
            )


def _settle(mail: OutgoingMail, outcome: _Outcome, at: datetime) -> None:
    mail.lease_expires_at = None
    if outcome.state is not None:
        mail.state, mail.finished_at, mail.last_error = outcome.state, at, None
        if outcome.state is MailState.SENT:
            mail.content = None
        return
    error = outcome.error
    reason: dict[str, object] = {"code": error.code, "message": error.message} if error else {}
    again = _next_attempt(mail, at) if error is not None and error.transient else None
    if again is None:
        _give_up(mail, at, reason)
    else:
        mail.state, mail.next_attempt_at, mail.last_error = MailState.RETRYING, again, reason


def _give_up(mail: OutgoingMail, at: datetime, reason: dict[str, object]) -> None:
    mail.state, mail.finished_at, mail.last_error, mail.content = MailState.FAILED, at, reason, None


def _next_attempt(mail: OutgoingMail, at: datetime) -> datetime | None:
    failure = Failure(attempts=mail.attempts, first_attempt_at=mail.created_at, failed_at=at)
    return MAIL_RETRY.next_attempt_at(failure, draw=draw())
