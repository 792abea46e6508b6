"""Destinations: stored with their secrets out of sight, and tested without leaving anything behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from backend.demo.sftp_server import SftpServer, started_sftp_server
from backend.persistence.models.delivery import Destination
from tests.factories.rows import Rows

PATH = "/api/v1/destinations"
PARTNER = {
    "name": "partner",
    "kind": "sftp",
    "settings": {"host": "sftp.partner.example", "username": "u", "host_key_fingerprint": "SHA256:" + "A" * 43},
    "credentials": {"password": "hunter2"},
}


@pytest.fixture(scope="module")
def sftp() -> Iterator[SftpServer]:
    """The partner's server."""
    with started_sftp_server() as server:
        yield server


def creation_of(sftp: SftpServer, **changes: Any) -> dict[str, Any]:
    settings = {
        "host": sftp.host,
        "port": sftp.port,
        "username": sftp.username,
        "folder": ".",
        "host_key_fingerprint": sftp.fingerprint,
        **changes,
    }
    return {"name": "partner", "kind": "sftp", "settings": settings, "credentials": {"private_key": sftp.private_key}}


async def test_no_answer_shows_the_credentials_and_the_row_holds_ciphertext(
    api: httpx.AsyncClient, rows: Rows, sftp: SftpServer
) -> None:
    creation = creation_of(sftp)
    created = await api.post(PATH, json=creation)
    assert created.status_code == 201, created.text
    identity = created.json()["id"]
    answers = [
        created,
        await api.get(PATH),
        await api.get(f"{PATH}/{identity}"),
        await api.post(f"{PATH}/{identity}/test"),
    ]
    line = sftp.private_key.splitlines()[1]
    for answer in answers:
        assert answer.is_success, answer.text
        assert line not in answer.text
        assert "private_key" not in answer.text
    stored = await rows.fresh(Destination, identity)
    assert line.encode() not in stored.credentials
    assert rows.box.open(stored.credentials) == creation["credentials"]


async def test_a_destination_is_tested_step_by_step_and_left_clean(api: httpx.AsyncClient, sftp: SftpServer) -> None:
    identity = (await api.post(PATH, json=creation_of(sftp))).json()["id"]
    answer = (await api.post(f"{PATH}/{identity}/test")).json()
    assert answer["ok"] is True
    assert len(answer["steps"]) >= 4
    assert list(sftp.folder.iterdir()) == []


async def test_a_test_ends_at_a_host_key_that_was_not_confirmed(api: httpx.AsyncClient, sftp: SftpServer) -> None:
    creation = creation_of(sftp, host_key_fingerprint="SHA256:" + "B" * 43)
    identity = (await api.post(PATH, json=creation)).json()["id"]
    answer = (await api.post(f"{PATH}/{identity}/test")).json()
    assert answer["ok"] is False
    assert answer["steps"][-1]["ok"] is False
    assert answer["steps"][-1]["fix"]


async def test_unsaved_settings_are_tried_up_to_the_host_key_that_is_then_confirmed(
    api: httpx.AsyncClient, sftp: SftpServer
) -> None:
    trial = {name: value for name, value in creation_of(sftp).items() if name != "name"}
    unconfirmed = {**trial, "settings": {**trial["settings"], "host_key_fingerprint": None}}
    shown = (await api.post(f"{PATH}/test", json=unconfirmed)).json()
    assert shown["ok"] is False
    assert shown["unconfirmed_host_key"] == sftp.fingerprint
    confirmed = (await api.post(f"{PATH}/test", json=trial)).json()
    assert confirmed["ok"] is True
    assert confirmed["unconfirmed_host_key"] is None
    assert (await api.get(PATH)).json()["items"] == []


async def test_unsaved_settings_that_are_wrong_are_refused_without_repeating_secrets(api: httpx.AsyncClient) -> None:
    trial = {"kind": "sftp", "settings": {"host": "h"}, "credentials": {"password": "hunter2"}}
    response = await api.post(f"{PATH}/test", json=trial)
    assert response.status_code == 422
    assert response.json()["code"] == "destination_settings_invalid"
    assert "hunter2" not in response.text


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "pigeon"},
        {"settings": {"host": "h"}},
        {"settings": {**PARTNER["settings"], "host_key_fingerprint": "MD5:aa"}},  # type: ignore[dict-item]
        {"settings": {**PARTNER["settings"], "password": "hunter2"}},  # type: ignore[dict-item]
        {"credentials": {}},
        {"credentials": {"passphrase": "hunter2"}},
        {"name": ""},
        {"extra": 1},
    ],
    ids=str,
)
async def test_a_wrong_destination_is_refused_without_repeating_its_secrets(
    api: httpx.AsyncClient, changes: dict[str, Any]
) -> None:
    response = await api.post(PATH, json={**PARTNER, **changes})
    assert response.status_code == 422, response.text
    assert "hunter2" not in response.text
    assert (await api.get(PATH)).json()["items"] == []


async def test_a_name_belongs_to_one_destination_also_when_many_ask_at_once(api: httpx.AsyncClient) -> None:
    responses = await asyncio.gather(*(api.post(PATH, json=PARTNER) for _ in range(10)))
    assert sorted(response.status_code for response in responses) == [201] + [409] * 9
    codes = {response.json()["code"] for response in responses if response.status_code == 409}
    assert codes == {"destination_name_taken"}
