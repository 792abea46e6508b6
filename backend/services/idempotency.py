"""Idempotency keys: a POST that is sent again has one effect and gets the first answer.

A request claims its key under a lease. The transaction that is its effect marks the key before it commits, and only
while the claim is still its own. So a key whose process died can be taken over when the lease has ended: if the dead
request turns out to be alive after all, its effect is rolled back; if it had its effect and only the answer was lost,
nobody acts again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.crypto import SecretBox
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import TenantId, new_id
from backend.persistence.repositories.idempotency import IdempotencyRepository
from backend.services.scope import TenantScope

#: Longer than a request usually takes; one that takes longer loses nothing unless somebody sends it again meanwhile.
LEASE = timedelta(seconds=60)
#: How long an answer can be asked for again.
KEPT = timedelta(days=7)


class IdempotencyKeyReused(OpenRegError):
    """The Idempotency-Key was used for another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class RequestInProgress(OpenRegError):
    """The first request with this Idempotency-Key is still being handled."""

    code: ClassVar[str] = "request_in_progress"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class RequestOvertaken(OpenRegError):
    """The request took so long that it was sent again and handled there; here it had no effect."""

    code: ClassVar[str] = "request_overtaken"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


class AnswerLost(OpenRegError):
    """The first request with this Idempotency-Key had its effect, but its answer was not kept."""

    code: ClassVar[str] = "answer_lost"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class _KeyGuard:
    """Lets a transaction commit only while the request still holds its key."""

    tenant: TenantId
    key: str
    claim: UUID

    async def check(self, session: AsyncSession) -> None:
        """Raises RequestOvertaken."""
        if not await IdempotencyRepository(session, self.tenant).mark_effect(self.key, self.claim):
            raise RequestOvertaken(fix="Send it again with the same key to get the answer.")


@dataclass(frozen=True, slots=True)
class IdempotencyService:
    """Answers of POSTs, by key, per tenant. ``scope`` is the one whose transactions are the request's effect.

    Requests are told apart by a digest made with ``secret``: some hold passwords, and a plain hash could be guessed.
    Answers are sealed: some show a secret once.
    """

    scope: TenantScope
    secret: SecretStr
    box: SecretBox

    async def once(
        self, key: str | None, request: dict[str, object], act: Callable[[], Awaitable[dict[str, object]]]
    ) -> dict[str, object]:
        """Act, or give the answer of the first time. A request that fails gives its key back."""
        if key is None:
            return await act()
        claim = new_id()
        known = await self._claim(key, claim, self._digest(request))
        if known is not None:
            return known
        try:
            with self.scope.guarded(_KeyGuard(self.scope.tenant, key, claim)):
                answer = await act()
        except BaseException:
            async with self.scope.transaction() as session:
                await IdempotencyRepository(session, self.scope.tenant).give_back(key, claim)
            raise
        async with self.scope.transaction() as session:
            keys = IdempotencyRepository(session, self.scope.tenant)
            await keys.store_answer(key, claim, self.box.seal(answer))
            await keys.forget_before(self.scope.now() - KEPT)
        return answer

    async def _claim(self, key: str, claim: UUID, digest: str) -> dict[str, object] | None:
        """The answer of the first time, or None when this request is to act."""
        async with self.scope.transaction() as session:
            keys = IdempotencyRepository(session, self.scope.tenant)
            known = await keys.claim(key, digest, claim, LEASE, self.scope.now())
        if known is None:
            return None
        if known.request_sha256 != digest:
            raise IdempotencyKeyReused(fix="Use a fresh key for another request.")
        if known.answer is not None:
            return self.box.open(known.answer)
        if known.has_effect and known.lease_expires_at < self.scope.now():
            raise AnswerLost(fix="Look for what it made before you send it again with a fresh key.")
        raise RequestInProgress(extra={"retry_after_seconds": 1})

    def _digest(self, request: dict[str, object]) -> str:
        text = json.dumps(request, sort_keys=True, default=str)
        return hmac.digest(self.secret.get_secret_value().encode(), text.encode(), hashlib.sha256).hex()
