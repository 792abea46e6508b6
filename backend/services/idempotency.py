"""Idempotency keys: a POST that is sent again has one effect and gets the first answer."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

from pydantic import SecretStr

from backend.core.errors import ErrorKind, OpenRegError
from backend.persistence.repositories.idempotency import IdempotencyRepository
from backend.services.scope import TenantScope


class IdempotencyKeyReused(OpenRegError):
    """The Idempotency-Key was used for another request."""

    code: ClassVar[str] = "idempotency_key_reused"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class RequestInProgress(OpenRegError):
    """The first request with this Idempotency-Key is still being handled."""

    code: ClassVar[str] = "request_in_progress"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class IdempotencyService:
    """Answers of POSTs, by key, per tenant.

    Requests are told apart by a digest made with ``secret``: some hold passwords, and a plain hash could be guessed.
    """

    scope: TenantScope
    secret: SecretStr

    async def once(
        self, key: str | None, request: dict[str, object], act: Callable[[], Awaitable[dict[str, object]]]
    ) -> dict[str, object]:
        """Act, or give the answer of the first time. A request that fails gives its key back."""
        if key is None:
            return await act()
        digest = self._digest(request)
        async with self.scope.transaction() as session:
            known = await IdempotencyRepository(session, self.scope.tenant).claim(key, digest, self.scope.now())
        if known is not None:
            if known.request_sha256 != digest:
                raise IdempotencyKeyReused(fix="Use a fresh key for another request.")
            if known.answer is None:
                raise RequestInProgress(extra={"retry_after_seconds": 1})
            return known.answer
        try:
            answer = await act()
        except BaseException:
            async with self.scope.transaction() as session:
                keys = IdempotencyRepository(session, self.scope.tenant)
                await keys.delete(await keys.get(key))
            raise
        async with self.scope.transaction() as session:
            (await IdempotencyRepository(session, self.scope.tenant).get(key)).answer = answer
        return answer

    def _digest(self, request: dict[str, object]) -> str:
        text = json.dumps(request, sort_keys=True, default=str)
        return hmac.digest(self.secret.get_secret_value().encode(), text.encode(), hashlib.sha256).hex()
