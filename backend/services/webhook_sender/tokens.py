"""Access tokens by client credentials (RFC 6749 section 4.4): asked for once, kept until shortly before their end.

Whoever needs the same token at the same time waits for the same request, and shares its failure.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final
from urllib.parse import quote_plus, urlencode

import aiohttp

from backend.domain.webhook_access import ClientCredentials, WebhookAccess
from backend.services.egress import EgressError
from backend.services.webhook_sender.connections import CHUNK_BYTES, Connections
from backend.services.webhook_sender.faults import WebhookProxyFailed, WebhookSendError, WebhookTokenFailed, failure_of
from backend.services.webhook_sender.tls import TlsContexts

#: RFC 6749 leaves the life of a token open where the server says nothing.
_USUAL_LIFE_SECONDS: Final = 300.0
_LONGEST_LIFE_SECONDS: Final = 24 * 3600.0
_MARGIN_SECONDS: Final = 30.0
_ASKING_SECONDS: Final = 10.0
_MOST_BYTES: Final = 64 * 1024
_MAX_KEPT: Final = 1000
_MAX_TOKEN: Final = 16_000
_FIX: Final = "Check the token URL, client id, client secret and scope, and that the authorization server is up."


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: float


class OAuth2Tokens:
    """Keeps the tokens of one process, in its memory only."""

    def __init__(self, connections: Connections, tls: TlsContexts) -> None:
        """Nothing is asked for yet."""
        self._connections = connections
        self._tls = tls
        self._kept: OrderedDict[bytes, _Token] = OrderedDict()
        self._asked: dict[bytes, asyncio.Task[_Token]] = {}

    async def close(self) -> None:
        """Give up what is being asked for."""
        for task in list(self._asked.values()):
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def get(self, credentials: ClientCredentials, access: WebhookAccess) -> str:
        """A token that is good for now. Raises WebhookTokenFailed, WebhookProxyFailed, WebhookCertificateUnusable."""
        name = _name(credentials, access)
        kept = self._kept.get(name)
        if kept is not None and kept.until > asyncio.get_running_loop().time():
            self._kept.move_to_end(name)
            return kept.value
        task = self._asked.get(name)
        if task is None:
            task = asyncio.create_task(self._ask(credentials, access))
            self._asked[name] = task
            task.add_done_callback(lambda done: self._keep(name, done))
        return (await asyncio.shield(task)).value

    def forget(self, credentials: ClientCredentials, access: WebhookAccess) -> None:
        """The endpoint does not take the token: ask for another one next time."""
        self._kept.pop(_name(credentials, access), None)

    def _keep(self, name: bytes, done: asyncio.Task[_Token]) -> None:
        self._asked.pop(name, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[name] = done.result()
        while len(self._kept) > _MAX_KEPT:
            self._kept.popitem(last=False)

    async def _ask(self, credentials: ClientCredentials, access: WebhookAccess) -> _Token:
        asked_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(_ASKING_SECONDS):
                status, text = await self._answer(credentials, access)
        except TimeoutError as error:
            raise _failed(f"the authorization server did not answer within {_ASKING_SECONDS:g} seconds") from error
        except EgressError as error:
            raise _failed(error.message.rstrip(".")) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            failure = failure_of(error)
            if isinstance(failure, WebhookProxyFailed):
                raise failure from error
            raise _failed(failure.message.replace("endpoint", "authorization server").rstrip(".")) from error
        return _read(status, text, asked_at)

    async def _answer(self, credentials: ClientCredentials, access: WebhookAccess) -> tuple[int, bytes]:
        form = {"grant_type": "client_credentials"} | ({"scope": credentials.scope} if credentials.scope else {})
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        secret = credentials.client_secret.get_secret_value()
        if credentials.sent_in == "header":
            pair = f"{quote_plus(credentials.client_id)}:{quote_plus(secret)}"  # RFC 6749 section 2.3.1
            headers["Authorization"] = "Basic " + b64encode(pair.encode()).decode()
        else:
            form |= {"client_id": credentials.client_id, "client_secret": secret}
        tls = self._tls.of_token_endpoint(access)
        response = await self._connections.post(
            credentials.token_url, headers=headers, body=urlencode(form).encode(), tls=tls
        )
        try:
            text = bytearray()
            async for chunk in response.content.iter_chunked(CHUNK_BYTES):
                text += chunk
                if len(text) > _MOST_BYTES:
                    break
        finally:
            response.close()
        return response.status, bytes(text)


def _name(credentials: ClientCredentials, access: WebhookAccess) -> bytes:
    parts = [*credentials.facts().values(), credentials.client_secret.get_secret_value(), access.ca_certificates]
    return sha256(json.dumps(parts).encode()).digest()


def _read(status: int, text: bytes, asked_at: float) -> _Token:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise _failed(f"the authorization server answered {status} without a JSON object")
    if status != HTTPStatus.OK:
        error = document.get("error")
        named = f": {error}" if isinstance(error, str) and error.isascii() and error.isidentifier() else ""
        raise _failed(f"the authorization server answered {status}{named[:60]}")
    value, life = document.get("access_token"), document.get("expires_in", _USUAL_LIFE_SECONDS)
    if str(document.get("token_type", "bearer")).lower() != "bearer":
        raise _failed("the authorization server gave a token that is no bearer token")
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_TOKEN or not value.isascii() or not value.isprintable():
        raise _failed("the authorization server gave no access token")
    try:
        seconds = min(max(float(life), 0.0), _LONGEST_LIFE_SECONDS)
    except (TypeError, ValueError):
        seconds = _USUAL_LIFE_SECONDS
    # A token of a short life is used for half of it.
    return _Token(value, asked_at + seconds - min(_MARGIN_SECONDS, seconds / 2))


def _failed(reason: str) -> WebhookSendError:
    return WebhookTokenFailed(f"No access token, so nothing was sent: {reason}.", fix=_FIX)
