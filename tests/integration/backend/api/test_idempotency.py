"""Idempotency-Key: a request that is sent again has one effect and gets the first answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.idempotency import IdempotencyKey
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from tests.factories.people import Person
from tests.factories.rows import Rows

API = "/api/v1"
KEY = {"Idempotency-Key": "order-66"}
SignIn = Callable[[Person], httpx.AsyncClient]
DESTINATION = {
    "name": "partner",
    "kind": "sftp",
    "settings": {"host": "sftp.partner.example", "username": "u"},
    "credentials": {"password": "first"},
}


async def count(rows: Rows, model: type[Any]) -> int:
    async with rows.database.transaction(rows.person.tenant) as session:
        return int(await session.scalar(select(func.count()).select_from(model)) or 0)


@pytest.fixture
async def version(rows: Rows) -> ReportVersion:
    """A report that can be run."""
    return await rows.version(await rows.report())


@pytest.fixture
def request_of(
    version: ReportVersion, creation: dict[str, Any]
) -> Callable[[str], tuple[str, dict[str, Any], type[Any]]]:
    """Path, body and model of each route that takes a key."""
    requests: dict[str, tuple[str, dict[str, Any], type[Any]]] = {
        "reports": (f"{API}/reports", {"name": "Daily", "slug": "daily"}, Report),
        "connectors": (f"{API}/connectors", creation, Connector),
        "destinations": (f"{API}/destinations", DESTINATION, Destination),
        "runs": (f"{API}/reports/{version.report_id}/runs", {"reporting_date": "2026-11-19"}, Run),
    }
    return requests.__getitem__


ROUTES = ["reports", "connectors", "destinations", "runs"]


@pytest.mark.parametrize("name", ROUTES)
async def test_the_same_request_again_gets_the_same_answer_and_does_nothing(
    api: httpx.AsyncClient, rows: Rows, name: str, request_of: Any
) -> None:
    path, body, model = request_of(name)
    before = await count(rows, model)
    first = await api.post(path, json=body, headers=KEY)
    assert first.status_code in {201, 202}, first.text
    for _ in range(3):
        again = await api.post(path, json=body, headers=KEY)
        assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert await count(rows, model) == before + 1


@pytest.mark.parametrize("name", ROUTES)
async def test_of_twenty_equal_requests_at_once_one_acts_and_all_get_its_answer(
    api: httpx.AsyncClient, rows: Rows, name: str, request_of: Any
) -> None:
    path, body, model = request_of(name)
    before = await count(rows, model)

    async def send_until_answered() -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                response = await api.post(path, json=body, headers=KEY)
                if response.status_code != 409:
                    assert response.status_code in {201, 202}, response.text
                    answer: dict[str, Any] = response.json()
                    return answer
                # Whoever comes while the first is at work is told so, and when to come again.
                assert response.json()["code"] == "request_in_progress", response.text
                await asyncio.sleep(0.05 * int(response.headers["retry-after"]))

    answers = await asyncio.gather(*(send_until_answered() for _ in range(20)))
    assert all(answer == answers[0] for answer in answers)
    assert await count(rows, model) == before + 1


@pytest.mark.parametrize("name", ROUTES)
async def test_the_key_of_another_request_is_refused(
    api: httpx.AsyncClient, rows: Rows, name: str, request_of: Any
) -> None:
    path, body, model = request_of(name)
    await api.post(path, json=body, headers=KEY)
    before = await count(rows, model)
    changed = {**body, "name": "another"} if "name" in body else {"reporting_date": "2026-11-18"}
    response = await api.post(path, json=changed, headers=KEY)
    assert (response.status_code, response.json()["code"]) == (422, "idempotency_key_reused")
    other_path = f"{API}/reports" if name != "reports" else f"{API}/destinations"
    elsewhere = await api.post(
        other_path, json={"name": "x", "slug": "x"} if name != "reports" else DESTINATION, headers=KEY
    )
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency_key_reused")
    assert await count(rows, model) == before


@pytest.mark.parametrize("name", ["connectors", "destinations"])
async def test_a_request_with_another_password_is_another_request(
    api: httpx.AsyncClient, name: str, request_of: Any
) -> None:
    path, body, _ = request_of(name)
    assert (await api.post(path, json=body, headers=KEY)).status_code == 201
    changed = {**body, "credentials": {**body["credentials"], "password": "another"}}
    response = await api.post(path, json=changed, headers=KEY)
    assert (response.status_code, response.json().get("code")) == (422, "idempotency_key_reused")


async def test_a_request_that_failed_gives_its_key_back(api: httpx.AsyncClient, rows: Rows) -> None:
    body = {"name": "Daily", "slug": "daily"}
    taken = await rows.report(slug="daily")
    assert (await api.post(f"{API}/reports", json=body, headers=KEY)).status_code == 409
    async with rows.database.transaction(rows.person.tenant) as session:
        (await session.get_one(Report, taken.id)).slug = "renamed"
    assert (await api.post(f"{API}/reports", json=body, headers=KEY)).status_code == 201


async def test_without_a_key_every_request_acts(api: httpx.AsyncClient, rows: Rows) -> None:
    for number in range(3):
        assert (await api.post(f"{API}/reports", json={"name": "Daily", "slug": f"daily-{number}"})).status_code == 201
    assert await count(rows, Report) == 3


async def test_keys_of_tenants_do_not_meet(api: httpx.AsyncClient, sign_in: SignIn, stranger: Person) -> None:
    body = {"name": "Daily", "slug": "daily"}
    first = await api.post(f"{API}/reports", json=body, headers=KEY)
    theirs = await sign_in(stranger).post(f"{API}/reports", json={**body, "name": "Theirs"}, headers=KEY)
    assert (first.status_code, theirs.status_code) == (201, 201)
    assert first.json()["id"] != theirs.json()["id"]


async def test_a_key_that_is_too_long_is_refused(api: httpx.AsyncClient) -> None:
    response = await api.post(f"{API}/reports", json={"name": "a", "slug": "a"}, headers={"Idempotency-Key": "k" * 256})
    assert response.status_code == 422


async def test_no_stored_answer_holds_a_password(api: httpx.AsyncClient, rows: Rows, creation: dict[str, Any]) -> None:
    await api.post(f"{API}/connectors", json=creation, headers=KEY)
    await api.post(f"{API}/destinations", json=DESTINATION, headers={"Idempotency-Key": "other"})
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = (await session.scalars(select(IdempotencyKey))).all()
    assert len(stored) == 2
    for one in stored:
        assert creation["credentials"]["password"] not in str(one.answer)
        assert "first" not in str(one.answer)
