"""Somebody of a customer, as the portal has them: signed in at the external API."""

from __future__ import annotations

from collections.abc import Mapping

import httpx
from fastapi import FastAPI

from backend.core.ids import TenantId
from backend.persistence.models.customer import CustomerUser
from backend.services.customer_sessions import CustomerSessionService
from backend.services.scope import Caller
from tests.factories.people import PASSWORD

CUSTOMERS = "/external_api/v1/customers"
CSRF = {"X-OpenReg-CSRF": "1"}


async def signed_in(application: FastAPI, tenant: TenantId, user: CustomerUser) -> dict[str, str]:
    """Headers of somebody with a session, without the cost of a password."""
    runtime = application.state.runtime
    sessions = CustomerSessionService(
        runtime.database, tenant, runtime.signer, runtime.throttle, runtime.signer.lifetime, runtime.meter.now
    )
    tokens = await sessions.start(user, Caller("127.0.0.1", "tests"))
    return bearer(tokens.access_token)


def bearer(token: str) -> dict[str, str]:
    """The Authorization header."""
    return {"Authorization": f"Bearer {token}"}


def sign_up_body(email: str, **changes: str) -> Mapping[str, str]:
    """What somebody signs up with."""
    return {"company": "Reader Ltd", "full_name": "Rita Reader", "email": email, "password": PASSWORD, **changes}


async def sign_up(client: httpx.AsyncClient, email: str, **changes: str) -> httpx.Response:
    """Ask for an account, and wait until what goes on beside the answer is done."""
    answer = await client.post(f"{CUSTOMERS}/sign-up", json=sign_up_body(email, **changes))
    transport = client._transport
    assert isinstance(transport, httpx.ASGITransport)
    application = transport.app
    assert isinstance(application, FastAPI)
    await application.state.runtime.afterwards.drain()
    return answer
