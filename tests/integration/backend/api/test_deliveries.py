"""Deliveries in lists, one by one, and what destinations say of them."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest

from backend.domain.deliveries import DeliveryState
from backend.persistence.models.delivery import Destination
from tests.factories.rows import Rows
from tests.factories.stored_rows import AT

PATH = "/api/v1/deliveries"
DESTINATIONS = "/api/v1/destinations"
KEY, OTHER_KEY = "SHA256:" + "A" * 43, "SHA256:" + "B" * 43


async def placed(rows: Rows, destination: Destination, *states: DeliveryState) -> list[str]:
    """Deliveries of one run's files to a destination; their identifiers."""
    run = await rows.run()
    found = []
    for number, state in enumerate(states, 1):
        artifact = await rows.artifact(run, file_number=number)
        ended = {"finished_at": AT} if state in {DeliveryState.DELIVERED, DeliveryState.FAILED} else {}
        found.append(str((await rows.delivery(artifact, destination, state=state, **ended)).id))
    return found


async def test_counts_are_of_every_state_among_what_the_other_filters_leave(api: httpx.AsyncClient, rows: Rows) -> None:
    here, there = await rows.destination(), await rows.destination()
    await placed(rows, here, DeliveryState.FAILED, DeliveryState.FAILED, DeliveryState.PENDING)
    await placed(rows, there, DeliveryState.FAILED)
    params = {"destination_id": str(here.id), "state": "pending"}
    counts = {one["state"]: one["count"] for one in (await api.get(f"{PATH}/counts", params=params)).json()["items"]}
    assert set(counts) == set(DeliveryState)
    assert {state: count for state, count in counts.items() if count} == {"failed": 2, "pending": 1}
    everywhere = (await api.get(f"{PATH}/counts")).json()["items"]
    assert {one["state"]: one["count"] for one in everywhere if one["count"]} == {"failed": 3, "pending": 1}


@pytest.mark.parametrize(("seconds", "found"), [(-1, 1), (0, 1), (1, 0)])
async def test_the_list_begins_at_a_moment(api: httpx.AsyncClient, rows: Rows, seconds: int, found: int) -> None:
    await placed(rows, await rows.destination(), DeliveryState.PENDING)
    since = (AT + timedelta(seconds=seconds)).isoformat()
    assert len((await api.get(PATH, params={"since": since})).json()["items"]) == found
    counts = (await api.get(f"{PATH}/counts", params={"since": since})).json()["items"]
    assert sum(one["count"] for one in counts) == found


async def test_a_delivery_names_report_day_and_submission(api: httpx.AsyncClient, rows: Rows) -> None:
    run = await rows.run()
    delivery = await rows.delivery(await rows.artifact(run), await rows.destination())
    before = (await api.get(f"{PATH}/{delivery.id}")).json()
    assert (before["report_id"], before["submission"]) == (str(run.report_id), None)
    assert before["reporting_date"] == run.reporting_date.isoformat()
    submission = await rows.submission(run)
    after = (await api.get(f"{PATH}/{delivery.id}")).json()
    assert after["submission"] == {"id": str(submission.id), "reference": submission.reference}


async def test_a_destination_says_what_waits_for_it_wherever_it_is_read(api: httpx.AsyncClient, rows: Rows) -> None:
    busy, idle = await rows.destination(), await rows.destination()
    waiting = (DeliveryState.PENDING, DeliveryState.RETRYING, DeliveryState.PAUSED, DeliveryState.STOPPED)
    await placed(rows, busy, *waiting, DeliveryState.DELIVERED, DeliveryState.FAILED, DeliveryState.CANCELLED)
    listed = {one["id"]: one["waiting"] for one in (await api.get(DESTINATIONS)).json()["items"]}
    assert listed == {str(busy.id): len(waiting), str(idle.id): 0}
    one = (await api.get(f"{DESTINATIONS}/{busy.id}")).json()
    assert (one["waiting"], one["last_delivered_at"] is not None) == (len(waiting), True)


async def test_a_pause_needs_its_reason_which_stands_until_it_ends(api: httpx.AsyncClient, rows: Rows) -> None:
    path = f"{DESTINATIONS}/{(await rows.destination()).id}"
    assert (await api.post(f"{path}/pause", json={})).status_code == 422
    assert (await api.get(path)).json()["is_paused"] is False
    paused = (await api.post(f"{path}/pause", json={"reason": "their maintenance"})).json()
    assert (paused["is_paused"], paused["pause_reason"]) == (True, "their maintenance")
    assert paused["paused_at"] is not None
    resumed = (await api.post(f"{path}/resume", json={"reason": "they are back"})).json()
    assert (resumed["is_paused"], resumed["pause_reason"], resumed["paused_at"]) == (False, None, None)
    trail = (await api.get("/api/v1/audit-entries")).json()["items"]
    assert [one["action"] for one in trail][:2] == ["destination.resumed", "destination.paused"]


async def test_another_key_than_the_confirmed_one_needs_a_reason(api: httpx.AsyncClient, rows: Rows) -> None:
    path = f"{DESTINATIONS}/{(await rows.destination()).id}/host-key"
    refused = await api.post(path, json={"fingerprint": OTHER_KEY})
    assert (refused.status_code, refused.json()["code"]) == (422, "host_key_reason_needed")
    answered = await api.post(path, json={"fingerprint": OTHER_KEY, "reason": "their mail of today"})
    assert answered.json()["code"] == "host_key_differs", "the server does not show it"
    assert (await api.post(path, json={"fingerprint": KEY})).status_code == 200


@pytest.mark.parametrize(
    ("kind", "setting", "pins"),
    [
        ("sftp", "host_key_fingerprint", (KEY, OTHER_KEY)),
        ("ftp", "certificate_fingerprint", ("AB" * 32, "CD" * 32)),
    ],
)
async def test_what_is_pinned_is_changed_with_a_reason_that_is_kept(
    api: httpx.AsyncClient, rows: Rows, kind: str, setting: str, pins: tuple[str, str]
) -> None:
    first, other = pins
    settings = {"host": "127.0.0.1", "port": 9, "username": "u"}
    stored = await rows.destination({**settings, setting: first}, kind=kind)
    path, any_state = f"{DESTINATIONS}/{stored.id}", {"If-Match": "*"}
    given = {"credentials": {"password": "hunter2"}}
    for changed in ({**settings, setting: other}, settings):
        refused = await api.patch(path, json={"settings": changed, **given}, headers=any_state)
        assert (refused.status_code, refused.json()["code"]) == (422, setting.replace("fingerprint", "reason_needed"))
    assert (await api.get(path)).json()["settings"][setting] == first
    same = first.lower() if kind == "ftp" else first
    unchanged = {"settings": {**settings, setting: same}, **given}
    assert (await api.patch(path, json=unchanged, headers=any_state)).status_code == 200
    other_one = {"settings": {**settings, setting: other}, "reason": "Their letter of today.", **given}
    answered = await api.patch(path, json=other_one, headers=any_state)
    assert answered.json()["settings"][setting] == other
    listed = (await api.get("/api/v1/audit-entries")).json()["items"][0]
    newest = (await api.get(f"/api/v1/audit-entries/{listed['id']}")).json()
    assert (newest["action"], newest["after"]["reason"]) == ("destination.changed", "Their letter of today.")
    assert [newest[side]["settings"][setting] for side in ("before", "after")] == [same, other]
