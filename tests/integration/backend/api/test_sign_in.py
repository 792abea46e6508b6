"""Signing in: one answer for every wrong try, and a token that opens what the member may do."""

from __future__ import annotations

import time
from statistics import median
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import update

from backend.core import tokens
from backend.persistence.models.tenant import User
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person, new_member

LOGIN = "/api/v1/auth/login"


async def log_in(client: httpx.AsyncClient, email: str, password: str) -> httpx.Response:
    return await client.post(LOGIN, json={"email": email, "password": password})


def without_id(response: httpx.Response) -> dict[str, Any]:
    document: dict[str, Any] = response.json()
    document.pop("request_id")
    return document


async def test_the_right_password_gives_a_token_for_fifteen_minutes(
    anonymous: httpx.AsyncClient, owner: Person
) -> None:
    response = await log_in(anonymous, owner.email.upper(), PASSWORD)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["token_type"], answer["expires_in"]) == ("bearer", 900)
    claims = jwt.decode(answer["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["tenant"]) == (str(owner.user_id), str(owner.tenant))
    assert claims["exp"] - claims["iat"] == 900
    me = await anonymous.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {answer['access_token']}"})
    assert me.json()["user"]["email"] == owner.email
    assert me.json()["tenant"]["slug"] == "acme"
    assert "runs:start" in me.json()["permissions"]


async def test_a_wrong_password_and_an_unknown_account_get_the_same_answer(
    anonymous: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    former = await new_member(installation.database, owner.tenant, "acme", "former@example.test", is_active=False)
    tries = [
        await log_in(anonymous, owner.email, "wrong"),
        await log_in(anonymous, "nobody@example.test", PASSWORD),
        await log_in(anonymous, former.email, PASSWORD),
        await log_in(anonymous, owner.email, ""),
        await log_in(anonymous, "", ""),
        await log_in(anonymous, owner.email, PASSWORD + " "),
        await log_in(anonymous, f"{owner.email}' or '1'='1", PASSWORD),
    ]
    assert [response.status_code for response in tries] == [401] * len(tries)
    assert all(without_id(response) == without_id(tries[0]) for response in tries)
    assert tries[0].json()["code"] == "sign_in_refused"
    headers = [{name for name in response.headers if name != "x-request-id"} for response in tries]
    assert all(names == headers[0] for names in headers)


async def test_an_unknown_account_takes_as_long_as_a_wrong_password(
    anonymous: httpx.AsyncClient, owner: Person, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As many rounds as outside the tests: both ways must cost what only hashing costs.
    monkeypatch.setattr(tokens, "_passwords", tokens._passwords.copy(bcrypt_sha256__rounds=12))
    async with installation.database.transaction(owner.tenant) as session:
        hashed = tokens.hash_password(PASSWORD)
        await session.execute(update(User).where(User.id == owner.user_id).values(password_hash=hashed))

    async def seconds(email: str) -> float:
        started = time.perf_counter()
        await log_in(anonymous, email, "wrong")
        return time.perf_counter() - started

    await seconds(owner.email)
    await seconds("nobody@example.test")
    known, unknown = [], []
    for _ in range(3):
        known.append(await seconds(owner.email))
        unknown.append(await seconds("nobody@example.test"))
    # Hashing costs a quarter of a second; without it an unknown account would answer a hundred times faster.
    assert median(unknown) > 0.4 * median(known)
    assert min(known) > 0.05


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@example.test"},
        {"password": "x"},
        {"email": ["a"], "password": "x"},
        {"email": "x" * 321, "password": "x"},
        {"email": "a@example.test", "password": "x" * 1025},
        {"email": "a@example.test", "password": 7},
        [],
        "text",
        None,
    ],
    ids=lambda body: str(body)[:40],
)
async def test_a_request_of_another_form_is_refused_without_repeating_it(
    anonymous: httpx.AsyncClient, body: object
) -> None:
    response = await anonymous.post(LOGIN, json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert "x" * 50 not in response.text


@pytest.mark.parametrize("text", ["\x00", "admin\x00@example.test", "🔑" * 200, "a\nb", "\u202e"], ids=ascii)
async def test_odd_characters_are_a_wrong_try_and_no_crash(anonymous: httpx.AsyncClient, text: str) -> None:
    for email, password in ((text[:300], "x"), ("nobody@example.test", text)):
        assert (await log_in(anonymous, email, password)).status_code in {401, 422}


async def test_half_a_character_is_refused(anonymous: httpx.AsyncClient) -> None:
    content = b'{"email": "\\ud800@example.test", "password": "\\ud800"}'
    response = await anonymous.post(LOGIN, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code in {401, 422}
