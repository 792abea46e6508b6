"""Settings of an organisation over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from backend.config import RuntimeSettings
from tests.factories.people import Person

SETTINGS = "/api/v1/tenant-settings"
SignIn = Callable[[Person], httpx.AsyncClient]


async def test_a_new_organisation_has_four_eyes_and_says_what_its_defaults_are(api: httpx.AsyncClient) -> None:
    settings = (await api.get(SETTINGS)).json()
    assert settings["four_eyes"] is True
    assert settings["can_switch_four_eyes_off"] is True
    assert (settings["time_zone"], settings["idle_minutes"], settings["environment"]) == ("UTC", 30, "production")
    assert settings["defaults"] == {
        "idle_minutes": settings["idle_minutes"],
        "four_eyes": True,
        "exception_due_days": settings["exception_due_days"],
        "webhook_log_days": settings["webhook_log_days"],
    }
    assert (settings["changed_at"], settings["changed_by"]) == (None, None)


async def test_a_change_is_kept_and_says_who_made_it(api: httpx.AsyncClient, owner: Person) -> None:
    before = await api.get(SETTINGS)
    changes = {
        "name": "Acme Bank",
        "environment": "sandbox",
        "time_zone": "Europe/Amsterdam",
        "idle_minutes": 10,
        "mail_sender_name": "Acme reporting",
        "webhook_log_days": 30,
    }
    changed = await api.patch(SETTINGS, json=changes, headers={"If-Match": before.headers["etag"]})
    assert changed.status_code == 200, changed.text
    read = await api.get(SETTINGS)
    assert read.json() == changed.json()
    assert {name: read.json()[name] for name in changes} == changes
    assert read.json()["changed_by"]["email"] == owner.email
    assert read.headers["etag"] == changed.headers["etag"] != before.headers["etag"]
    cleared = await api.patch(SETTINGS, json={"mail_sender_name": None, "name": None})
    assert (cleared.json()["mail_sender_name"], cleared.json()["name"]) == (None, "Acme Bank")


async def test_a_stale_change_is_refused(api: httpx.AsyncClient) -> None:
    stale = (await api.get(SETTINGS)).headers["etag"]
    assert (await api.patch(SETTINGS, json={"idle_minutes": 15}, headers={"If-Match": stale})).status_code == 200
    second = await api.patch(SETTINGS, json={"idle_minutes": 20}, headers={"If-Match": stale})
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert (await api.get(SETTINGS)).json()["idle_minutes"] == 15


@pytest.mark.parametrize(
    "change",
    [
        {"time_zone": "Europe/Atlantis"},
        {"idle_minutes": 4},
        {"idle_minutes": 481},
        {"name": ""},
        {"environment": "staging"},
        {"mail_sender_name": "Acme\r\nBcc: everybody@example.test"},
        {"slug": "other"},
        {"four_eyes": False},
        {"four_eyes": False, "four_eyes_off_reason": "   "},
    ],
    ids=str,
)
async def test_what_makes_no_sense_is_refused_and_changes_nothing(
    api: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    before = (await api.get(SETTINGS)).json()
    response = await api.patch(SETTINGS, json=change)
    assert response.status_code == 422, response.text
    assert (await api.get(SETTINGS)).json() == before


async def test_outside_production_four_eyes_go_off_with_a_reason_and_come_back_without(api: httpx.AsyncClient) -> None:
    off = await api.patch(SETTINGS, json={"four_eyes": False, "four_eyes_off_reason": "One person pilots."})
    assert off.status_code == 200, off.text
    assert off.json()["four_eyes_off_reason"] == "One person pilots."
    renamed = await api.patch(SETTINGS, json={"name": "Acme Pilot"})
    assert renamed.json()["four_eyes"] is False
    on = await api.patch(SETTINGS, json={"four_eyes": True})
    assert (on.json()["four_eyes"], on.json()["four_eyes_off_reason"]) == (True, None)


@pytest.fixture
def production(app: FastAPI, environment: dict[str, str], sign_in: SignIn, owner: Person) -> httpx.AsyncClient:
    """The owner's client of the same installation, had it been started as production."""
    settings = app.state.runtime.settings
    runtime = RuntimeSettings.model_validate({**environment, "ENVIRONMENT": "production"})
    app.state.runtime = replace(app.state.runtime, settings=replace(settings, runtime=runtime))
    return sign_in(owner)


async def test_in_production_four_eyes_stay(production: httpx.AsyncClient) -> None:
    assert (await production.get(SETTINGS)).json()["can_switch_four_eyes_off"] is False
    response = await production.patch(SETTINGS, json={"four_eyes": False, "four_eyes_off_reason": "We are few."})
    assert (response.status_code, response.json()["code"]) == (409, "four_eyes_fixed")
