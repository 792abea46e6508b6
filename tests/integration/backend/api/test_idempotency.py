"""Idempotency-Key: a request that is sent again has one effect and gets the first answer."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from backend.core.ids import new_id
from backend.persistence.models.connector import Connector
from backend.persistence.models.delivery import Destination
from backend.persistence.models.idempotency import IdempotencyKey
from backend.persistence.models.report import Report, ReportVersion
from backend.persistence.models.run import Run
from backend.persistence.models.webhook import WebhookEndpoint
from backend.services.idempotency import AnswerLost, IdempotencyService, RequestInProgress, RequestOvertaken
from tests.factories.people import Person
from tests.factories.rows import AT, Rows

API = "/api/v1"
KEY = {"Idempotency-Key": "order-66"}
SignIn = Callable[[Person], httpx.AsyncClient]
DESTINATION = {
    "name": "partner",
    "kind": "sftp",
    "settings": {"host": "sftp.partner.example", "username": "u"},
    "credentials": {"password": "the first password"},
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
        "webhooks": (
            f"{API}/webhooks",
            {"url": "http://127.0.0.1:8999/in", "event_types": ["run.*"]},
            WebhookEndpoint,
        ),
    }
    return requests.__getitem__


ROUTES = ["reports", "connectors", "destinations", "runs", "webhooks"]


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
    changed = {
        "runs": {"reporting_date": "2026-11-18"},
        "webhooks": {**body, "event_types": ["*"]},
    }.get(name, {**body, "name": "another"})
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
        assert one.answer is not None
        assert creation["credentials"]["password"] not in str(rows.box.open(one.answer))
        assert DESTINATION["credentials"]["password"] not in str(rows.box.open(one.answer))


class Client:
    """One who sends a request that stores a report, in a scope of its own."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.scope = rows.person.scope(rows.database)
        self.service = IdempotencyService(self.scope, SecretStr("a secret for digests"), rows.box)
        self.reached, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.acted = 0

    async def send(self, act: Callable[[], Awaitable[dict[str, object]]] | None = None) -> dict[str, object]:
        return await self.service.once("order-66", {"route": "tests"}, act or self.store)

    async def store(self) -> dict[str, object]:
        self.acted += 1
        async with self.scope.transaction() as session:
            session.add(make_report(self.rows))
        return {"stored_by": id(self)}

    async def store_slowly(self) -> dict[str, object]:
        self.reached.set()
        await self.may_go_on.wait()
        return await self.store()

    async def store_and_die(self) -> dict[str, object]:
        await self.store()
        raise asyncio.CancelledError


def make_report(rows: Rows) -> Report:
    at = rows.person.scope(rows.database).now()
    name = f"report-{new_id()}"
    return Report(id=new_id(), tenant_id=rows.person.tenant, name=name, slug=name, created_at=at, updated_at=at)


async def let_leases_end(rows: Rows) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        for one in (await session.scalars(select(IdempotencyKey))).all():
            one.lease_expires_at -= timedelta(minutes=2)


async def test_a_holder_that_died_before_its_effect_is_replaced_when_its_lease_has_ended(rows: Rows) -> None:
    dead, other = Client(rows), Client(rows)
    before = await count(rows, Report)
    first = asyncio.create_task(dead.send(dead.store_slowly))
    await dead.reached.wait()
    with pytest.raises(RequestInProgress):
        await other.send()
    await let_leases_end(rows)
    answer = await other.send()
    dead.may_go_on.set()  # it was not dead after all
    with pytest.raises(RequestOvertaken):
        await first
    assert await count(rows, Report) == before + 1
    assert await Client(rows).send() == answer == {"stored_by": id(other)}


async def test_a_holder_that_died_after_its_effect_is_never_replaced(rows: Rows) -> None:
    dead, other = Client(rows), Client(rows)
    before = await count(rows, Report)
    with pytest.raises(asyncio.CancelledError):
        await dead.send(dead.store_and_die)
    with pytest.raises(RequestInProgress):
        await other.send()
    await let_leases_end(rows)
    with pytest.raises(AnswerLost):
        await other.send()
    assert (dead.acted, other.acted) == (1, 0)
    assert await count(rows, Report) == before + 1


async def test_reading_before_it_fails_is_no_effect(rows: Rows) -> None:
    reader, other = Client(rows), Client(rows)

    async def read_and_fail() -> dict[str, object]:
        async with reader.scope.transaction() as session:
            await session.scalar(select(func.count()).select_from(Report))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await reader.send(read_and_fail)
    assert await other.send() == {"stored_by": id(other)}


async def test_old_keys_are_forgotten(api: httpx.AsyncClient, rows: Rows) -> None:
    for number in range(3):
        headers = {"Idempotency-Key": f"old-{number}"}
        await api.post(f"{API}/reports", json={"name": "Daily", "slug": f"old-{number}"}, headers=headers)
    async with rows.database.transaction(rows.person.tenant) as session:
        for one in (await session.scalars(select(IdempotencyKey))).all():
            one.created_at -= timedelta(days=8)
    await api.post(f"{API}/reports", json={"name": "Daily", "slug": "daily"}, headers=KEY)
    async with rows.database.transaction(rows.person.tenant) as session:
        assert (await session.scalars(select(IdempotencyKey.key))).all() == ["order-66"]


async def test_actions_take_a_key_too(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run(state="failed", finished_at=AT)
    first = await api.post(f"{API}/runs/{run.id}/retry", headers=KEY)
    assert first.status_code == 200, first.text
    again = await api.post(f"{API}/runs/{run.id}/retry", headers=KEY)
    assert (again.status_code, again.json()) == (200, first.json()), "not: only a failed run can be retried"
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("a.xsd", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:a"/>')
    answers = []
    for _ in range(2):
        files = {"file": ("schemas.zip", package.getvalue(), "application/zip")}
        headers = {"Idempotency-Key": "package"}
        answers.append((await api.post(f"{API}/schema-packages", files=files, headers=headers)).json())
    assert answers[0] == answers[1]
    assert answers[0]["name"] == "schemas.zip"
