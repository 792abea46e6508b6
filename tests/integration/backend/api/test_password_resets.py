"""A new password by mail: the same answer for everybody, one link, one hour, and every session ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta

import httpx
from fastapi import FastAPI

from backend.core.clock import utc_now
from backend.core.one_time_tokens import fingerprint
from backend.persistence.repositories.invitations import PasswordResetRepository
from tests.factories.installation import Installation
from tests.factories.mails import mails_to, token_in
from tests.factories.people import PASSWORD, Person, new_member

FORGOT, RESET, LOGIN = (f"/api/v1/auth/{path}" for path in ("forgot-password", "reset-password", "login"))
CHOSEN = "marmalade orbit velvet 42"
SignIn = Callable[[Person], httpx.AsyncClient]


async def ask(client: httpx.AsyncClient, app: FastAPI, email: str) -> httpx.Response:
    response = await client.post(FORGOT, json={"email": email})
    await app.state.runtime.afterwards.drain()
    return response


async def test_a_link_replaces_the_password_once_and_ends_every_session(
    anonymous: httpx.AsyncClient, app: FastAPI, sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    client = sign_in(owner)
    assert (await ask(anonymous, app, owner.email.upper())).status_code == 202
    (text,) = await mails_to(installation, owner.tenant, owner.email)
    token = token_in(text)
    assert (await client.get("/api/v1/auth/me")).status_code == 200, "asking changes nothing"
    weak = await anonymous.post(RESET, json={"token": token, "password": "password1234"})
    assert (weak.status_code, weak.json()["code"]) == (422, "password_too_weak")
    done = await anonymous.post(RESET, json={"token": token, "password": CHOSEN})
    assert done.status_code == 204, done.text
    assert (await client.get("/api/v1/auth/me")).status_code == 401
    assert (await anonymous.post(LOGIN, json={"email": owner.email, "password": PASSWORD})).status_code == 401
    assert (await anonymous.post(LOGIN, json={"email": owner.email, "password": CHOSEN})).status_code == 200
    again = await anonymous.post(RESET, json={"token": token, "password": CHOSEN + "!"})
    assert (again.status_code, again.json()["code"]) == (404, "password_reset_not_valid")
    told = (await mails_to(installation, owner.tenant, owner.email))[0]
    assert "was changed" in told
    assert token not in told


async def test_the_answer_is_the_same_whether_or_not_there_is_an_account(
    anonymous: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    gone = await new_member(installation.database, owner.tenant, "acme", "gone@example.test", is_active=False)
    answers = [await ask(anonymous, app, one) for one in (owner.email, "nobody@example.test", gone.email)]
    assert {(one.status_code, one.text) for one in answers} == {(202, answers[0].text)}
    assert await mails_to(installation, owner.tenant, gone.email) == []
    assert len(await mails_to(installation, owner.tenant, owner.email)) == 1


async def test_the_answer_does_not_wait_for_the_work(
    anonymous: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    """How long an answer takes must not tell whether there is an account."""
    started: list[object] = []

    def hold(work: Coroutine[object, object, None]) -> None:
        started.append(work)
        work.close()

    app.state.runtime.afterwards.start = hold
    assert (await anonymous.post(FORGOT, json={"email": owner.email})).status_code == 202
    assert len(started) == 1
    assert await mails_to(installation, owner.tenant, owner.email) == []


async def test_a_newer_link_used_ends_the_older_ones_and_a_mailbox_is_not_filled(
    anonymous: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    for _ in range(5):
        await ask(anonymous, app, owner.email)
    tokens = [token_in(text) for text in await mails_to(installation, owner.tenant, owner.email)]
    assert len(tokens) == 3
    assert (await anonymous.post(RESET, json={"token": tokens[0], "password": CHOSEN})).status_code == 204
    for token in tokens[1:]:
        assert (await anonymous.post(RESET, json={"token": token, "password": CHOSEN + "!"})).status_code == 404


async def test_a_link_is_valid_for_an_hour(
    anonymous: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    await ask(anonymous, app, owner.email)
    token = token_in((await mails_to(installation, owner.tenant, owner.email))[0])
    async with installation.database.transaction(owner.tenant) as session:
        row = await PasswordResetRepository(session, owner.tenant).find_by_token(fingerprint(token))
        assert row is not None
        assert timedelta(minutes=59) < row.expires_at - utc_now() <= timedelta(hours=1)
        row.expires_at = utc_now() - timedelta(seconds=1)
    refused = await anonymous.post(RESET, json={"token": token, "password": CHOSEN})
    assert (refused.status_code, refused.json()["code"]) == (404, "password_reset_not_valid")


async def test_one_link_used_twice_at_once_works_once(
    anonymous: httpx.AsyncClient, app: FastAPI, installation: Installation, owner: Person
) -> None:
    await ask(anonymous, app, owner.email)
    token = token_in((await mails_to(installation, owner.tenant, owner.email))[0])
    bodies = [{"token": token, "password": f"{CHOSEN} {number}"} for number in range(3)]
    answers = await asyncio.gather(*(anonymous.post(RESET, json=body) for body in bodies))
    assert sorted(one.status_code for one in answers) == [204, 404, 404]


async def test_a_text_that_is_no_token_and_an_address_that_is_none_are_refused(anonymous: httpx.AsyncClient) -> None:
    for token in ("", "x", "x" * 43):
        response = await anonymous.post(RESET, json={"token": token, "password": CHOSEN})
        assert (response.status_code, response.json()["code"]) == (404, "password_reset_not_valid")
    refused = await anonymous.post(FORGOT, json={"email": "a@b.test\r\nBcc: c@d.test"})
    assert (refused.status_code, refused.json()["code"]) == (422, "email_address_invalid")
