"""Passwords kept in a folder or a variable of the server: used where the operator says, and nowhere else."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from backend.config import Settings
from backend.persistence.models.connector import Connector
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.source import PASSWORD, SourceOfTrades
from tests.integration.conftest import SignIn

PATH = "/api/v1/connectors"
VARIABLE = "OPENREG_SOURCE_TRADES"
QUERY = {"query": "select trade_id from trades order by 1", "limit": 1}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def environment(environment: dict[str, str], folder: Path) -> dict[str, str]:
    return {**environment, "SOURCE_SECRETS_DIR": str(folder), VARIABLE: PASSWORD}


def released(person: Person, source: SourceOfTrades) -> str:
    return f"{person.tenant}@127.0.0.1:{source.port}"


@pytest.fixture
def released_to_owner(settings: Settings, owner: Person, source: SourceOfTrades) -> None:
    """As if the variable had been there at the start: the owner is made after it."""
    variables = cast("MutableMapping[str, SecretStr]", settings.source_variables)
    variables[VARIABLE + "_FOR"] = SecretStr(released(owner, source))


def creation_with(creation: dict[str, Any], reference: dict[str, str]) -> dict[str, Any]:
    return {**creation, "credentials": {**creation["credentials"], "password": reference}}


async def last_step(api: httpx.AsyncClient, identity: str) -> dict[str, Any]:
    step: dict[str, Any] = (await api.post(f"{PATH}/{identity}/test")).json()["steps"][-1]
    return step


async def test_a_password_in_a_file_is_used_and_changed_without_changing_the_connector(
    api: httpx.AsyncClient, owner: Person, rows: Rows, creation: dict[str, Any], source: SourceOfTrades, folder: Path
) -> None:
    (folder / "trades.for").write_text(released(owner, source))
    body = creation_with(creation, {"file": "trades"})
    identity = (await api.post(PATH, json=body)).json()["id"]

    missing = await last_step(api, identity)
    assert (missing["name"], missing["ok"]) == ("sign_in", False)
    assert missing["message"] == "There is no trades in the folder SOURCE_SECRETS_DIR of the process that signs in."
    assert missing["fix"]

    (folder / "trades").write_text(PASSWORD + "\n")
    assert (await api.post(f"{PATH}/{identity}/test")).json()["ok"]
    (folder / "trades").write_text("old")
    assert (await last_step(api, identity))["name"] == "sign_in"
    (folder / "trades").write_text(PASSWORD)
    preview = await api.post(f"{PATH}/{identity}/preview", json=QUERY)
    assert preview.json()["rows"] == [["T-1"]]

    shown = await api.get(f"{PATH}/{identity}")
    assert shown.json()["password_reference"] == {"environment": None, "file": "trades"}
    assert PASSWORD not in shown.text
    sealed = rows.box.open((await rows.fresh(Connector, identity)).credentials)
    assert sealed["password"] == {"file": "trades"}
    entries = (await api.get("/api/v1/audit-entries")).json()["items"]
    (made,) = [one for one in entries if one["action"] == "connector.created"]
    detail = (await api.get(f"/api/v1/audit-entries/{made['id']}")).json()
    assert detail["after"]["password_reference"] == {"file": "trades"}


async def test_a_password_in_a_variable_is_used_by_whom_it_is_released_to(
    api: httpx.AsyncClient, released_to_owner: None, stranger: Person, sign_in: SignIn, creation: dict[str, Any]
) -> None:
    body = creation_with(creation, {"environment": VARIABLE})
    trial = {name: value for name, value in body.items() if name != "name"}
    assert (await api.post(f"{PATH}/test", json=trial)).json()["ok"]

    other = sign_in(stranger)
    refused = (await other.post(f"{PATH}/test", json=trial)).json()["steps"][-1]
    assert (refused["name"], refused["message"]) == ("sign_in", f"{VARIABLE} is not released for this connector.")
    identity = (await other.post(PATH, json=body)).json()["id"]
    preview = await other.post(f"{PATH}/{identity}/preview", json=QUERY)
    assert (preview.status_code, preview.json()["code"]) == (422, "source_secret_refused")
    assert PASSWORD not in preview.text


async def test_a_connector_moved_to_another_address_keeps_its_reference_and_gets_nothing(
    api: httpx.AsyncClient, owner: Person, creation: dict[str, Any], source: SourceOfTrades, folder: Path
) -> None:
    (folder / "trades").write_text(PASSWORD)
    (folder / "trades.for").write_text(f"{owner.tenant}@127.0.0.1:1")
    body = {**creation_with(creation, {"file": "trades"}), "settings": {**source.settings, "port": 1}}
    identity = (await api.post(PATH, json=body)).json()["id"]
    # A server that answers, and would take the password, as an author's own would.
    moved = await api.patch(f"{PATH}/{identity}", json={"settings": source.settings})
    assert moved.status_code == 200, moved.text
    preview = await api.post(f"{PATH}/{identity}/preview", json=QUERY)
    assert (preview.status_code, preview.json()["code"]) == (422, "source_secret_refused")
    assert preview.json()["fix"] == f"Ask the operator to list {released(owner, source)} in trades.for."


@pytest.mark.parametrize("reference", [{"environment": "SECRET_KEY"}, {"file": "../trades"}, {}], ids=str)
async def test_what_the_operator_did_not_set_aside_cannot_be_named(
    api: httpx.AsyncClient, creation: dict[str, Any], reference: dict[str, str]
) -> None:
    response = await api.post(PATH, json=creation_with(creation, reference))
    assert response.status_code == 422, response.text
