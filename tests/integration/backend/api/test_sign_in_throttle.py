"""Guessing passwords over HTTP: slowed down where it comes from, the same for every account, locking nobody out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.services import auth
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person, new_member

AUTH = "/api/v1/auth"
From = Callable[[str], AbstractAsyncContextManager[httpx.AsyncClient]]


@pytest.fixture
def client_from(app: FastAPI) -> From:
    """Clients at an address of the test's choice."""

    @asynccontextmanager
    async def connect(address: str) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://openreg.test") as client:
            yield client

    return connect


async def log_in(client: httpx.AsyncClient, email: str, password: str = "wrong") -> httpx.Response:
    return await client.post(f"{AUTH}/login", json={"email": email, "password": password})


async def hammer(client: httpx.AsyncClient, email: str, times: int) -> list[int]:
    return [(await log_in(client, email)).status_code for _ in range(times)]


async def test_after_five_failures_each_try_waits_even_with_the_right_password(
    client_from: From, owner: Person
) -> None:
    async with client_from("198.51.100.7") as attacker:
        assert await hammer(attacker, owner.email, 5) == [401] * 5
        delayed = await log_in(attacker, owner.email, PASSWORD)
    assert (delayed.status_code, delayed.json()["code"]) == (429, "sign_in_delayed")
    assert int(delayed.headers["retry-after"]) == delayed.json()["retry_after_seconds"] >= 1


async def test_the_owner_is_not_locked_out_by_somebody_elses_failures(client_from: From, owner: Person) -> None:
    async with client_from("198.51.100.7") as attacker, client_from("203.0.113.5") as own:
        await hammer(attacker, owner.email, 8)
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200


async def test_a_device_that_is_known_is_not_held_up_by_its_neighbours(client_from: From, owner: Person) -> None:
    async with client_from("203.0.113.5") as own, client_from("203.0.113.77") as neighbour:
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200
        await hammer(neighbour, owner.email, 8)
        assert (await log_in(neighbour, owner.email, PASSWORD)).status_code == 429, "the same network"
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200
        assert await hammer(own, owner.email, 6) == [401] * 5 + [429], "what is known is not unlimited"


async def test_a_device_known_for_one_account_is_unknown_for_another(
    client_from: From, owner: Person, stranger: Person
) -> None:
    async with client_from("203.0.113.5") as own:
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200
        assert await hammer(own, stranger.email, 6) == [401] * 5 + [429]


async def test_a_network_has_a_budget_over_all_accounts(client_from: From, owner: Person) -> None:
    async with client_from("198.51.100.7") as attacker, client_from("203.0.113.5") as own:
        spraying = [(await log_in(attacker, f"user{number}@example.test")).status_code for number in range(55)]
        assert spraying[:50] == [401] * 50
        assert 429 in spraying[50:]
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200


async def test_signing_in_properly_costs_a_network_nothing(client_from: From, owner: Person) -> None:
    async with client_from("203.0.113.5") as own:
        for _ in range(52):
            own.cookies.clear()
            assert (await log_in(own, owner.email, PASSWORD)).status_code == 200


async def test_unknown_disabled_and_homeless_accounts_cost_and_answer_the_same(
    client_from: From, owner: Person, installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    former = await new_member(installation.database, owner.tenant, "acme", "former@example.test", is_active=False)
    alone = await new_member(installation.database, owner.tenant, "acme", "alone@example.test")
    async with installation.database.transaction(owner.tenant) as session:
        await session.execute(
            text("update memberships set is_active = false where user_id = :id"), {"id": alone.user_id}
        )
    verified: list[bool] = []
    verify = auth.verify_password
    monkeypatch.setattr(auth, "verify_password", lambda *given: verified.append(True) or verify(*given))
    seen = []
    async with client_from("198.51.100.7") as client:
        for email, password in (
            (owner.email, "wrong"),
            ("nobody@example.test", PASSWORD),
            (former.email, PASSWORD),
            (alone.email, PASSWORD),
        ):
            verified.clear()
            answers = [await log_in(client, email, password) for _ in range(7)]
            bodies = [{**one.json(), "request_id": "", "fix": "", "retry_after_seconds": 0} for one in answers]
            seen.append(([one.status_code for one in answers], bodies, len(verified)))
    assert seen[0][0] == [401] * 5 + [429] * 2
    assert seen[0][2] == 5, "one hash for each try that was admitted, none for the others"
    assert all(one == seen[0] for one in seen)


async def test_refusals_of_known_accounts_are_in_the_audit_trail_without_who_it_was(
    client_from: From, owner: Person, app: FastAPI, installation: Installation
) -> None:
    async with client_from("198.51.100.7") as attacker:
        await hammer(attacker, owner.email, 2)
        await hammer(attacker, "nobody@example.test", 2)
    await app.state.runtime.afterwards.drain()
    query = text(
        "select actor_kind, actor_id, address, subject_label from audit_entries where action = 'session.refused'"
    )
    async with installation.database.transaction(owner.tenant) as session:
        found = [tuple(row) for row in (await session.execute(query)).all()]
    assert found == [("system", None, "198.51.100.7", owner.email)] * 2


async def test_without_redis_tries_are_still_counted(
    app: FastAPI, client_from: From, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(app.state.runtime.redis, "execute_command", away)
    monkeypatch.setattr(app.state.runtime.redis, "evalsha", away)
    async with client_from("198.51.100.7") as attacker, client_from("203.0.113.5") as own:
        assert await hammer(attacker, owner.email, 6) == [401] * 5 + [429]
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200


async def test_a_plain_bcrypt_hash_is_made_anew_at_sign_in(
    client_from: From, owner: Person, app: FastAPI, installation: Installation
) -> None:
    from passlib.hash import bcrypt  # noqa: PLC0415 - only this test makes a hash of the former kind

    query = text("update users set password_hash = :hash where id = :id")
    async with installation.database.transaction(owner.tenant) as session:
        await session.execute(query, {"hash": bcrypt.using(rounds=4).hash(PASSWORD), "id": owner.user_id})
    async with client_from("203.0.113.5") as own:
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200
        await app.state.runtime.afterwards.drain()
        async with installation.database.transaction(owner.tenant) as session:
            stored = await session.scalar(text("select password_hash from users where id = :id"), {"id": owner.user_id})
        assert str(stored).startswith("$bcrypt-sha256$")
        assert (await log_in(own, owner.email, PASSWORD)).status_code == 200
