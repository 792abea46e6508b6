"""Reference data with a key: what is published and no more, as of a day, looked up, in changes and in files."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
from datetime import date
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI

from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import bearer
from tests.factories.published_rows import PublishedDataset
from tests.factories.rows import Rows
from tests.integration.external_api.conftest import client_of

DATA = "/external_api/v1/reference-data"
VENUES = ("XAMS", "XLON", "XPAR")
Json = dict[str, Any]


@pytest.fixture
async def headers(customers: CustomerRows) -> dict[str, str]:
    """A key that may read everything, often."""
    plan = await customers.plan(rate_limit_per_minute=2000)
    _, secret = await customers.key(await customers.customer(plan))
    return bearer(secret)


@pytest.fixture
async def venues(rows: Rows) -> PublishedDataset:
    return await PublishedDataset.made(rows, VENUES, name="venues", title="Venues")


async def fetched(client: httpx.AsyncClient, path: str, headers: dict[str, str], **params: Any) -> Any:
    answer = await client.get(f"{DATA}{path}", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(client: httpx.AsyncClient, path: str, headers: dict[str, str], **params: Any) -> tuple[int, str]:
    answer = await client.get(f"{DATA}{path}", params=params or None, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_only_what_is_published_is_there(
    unhurried: httpx.AsyncClient, rows: Rows, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    await rows.dataset(name="not_published")
    listed = await fetched(unhurried, "", headers)
    assert [(one["name"], one["version"], one["entries"]) for one in listed["items"]] == [("venues", 1, 3)]
    one = await fetched(unhurried, f"/{venues.publication.id}", headers)
    assert (one["name"], [column["type"] for column in one["columns"]]) == ("venues", ["text", "decimal"])
    for path in ("/not_published", "/not_published/entries", "/not_published/lookup?key=XPAR", "/nothing/changes"):
        assert await refused(unhurried, path, headers) == (404, "publication_not_found")
    await venues.take_back()
    for path in ("/venues", "/venues/entries", "/venues/lookup?key=XPAR", "/venues/changes", "/venues/export"):
        assert await refused(unhurried, path, headers) == (404, "publication_not_found"), path
    assert (await fetched(unhurried, "", headers))["items"] == []


async def test_entries_as_of_a_day_and_of_a_version(
    unhurried: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    period = (date(2026, 1, 1), date(2026, 6, 30))
    await venues.publish(added=["XNEW"], removed=["XLON"], periods={"XNEW": period})
    for day, keys in (("2025-12-31", "XAMS XPAR"), ("2026-01-01", "XAMS XNEW XPAR"), ("2026-07-01", "XAMS XPAR")):
        found = await fetched(unhurried, "/venues/entries", headers, as_of=day)
        assert " ".join(one["key"] for one in found["items"]) == keys
    before = await fetched(unhurried, "/venues/entries", headers, version=1)
    assert [one["key"] for one in before["items"]] == list(VENUES)
    begin = await fetched(unhurried, "/venues/entries", headers, q="XA")
    assert [one["values"] for one in begin["items"]] == [{"status": "of XAMS", "amount": "1.50"}]
    assert await refused(unhurried, "/venues/entries", headers, version=3) == (404, "shown_version_not_found")
    assert await refused(unhurried, "/venues/entries", headers, as_of="soon") == (422, "request_invalid")


async def test_a_key_is_looked_up_as_of_a_day(
    unhurried: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    await venues.publish(added=["XOLD"], periods={"XOLD": (date(2020, 1, 1), date(2020, 12, 31))})
    found = await fetched(unhurried, "/venues/lookup", headers, key="XPAR")
    assert (found["version"], found["entry"]["values"]["status"]) == (2, "of XPAR")
    then = await fetched(unhurried, "/venues/lookup", headers, key="XOLD", as_of="2020-12-31")
    assert (then["as_of"], then["entry"]["valid_to"]) == ("2020-12-31", "2020-12-31")
    for params in ({"key": "XOLD"}, {"key": "XOLD", "version": 1}, {"key": "xpar"}, {"key": "X%"}):
        assert await refused(unhurried, "/venues/lookup", headers, **params) == (404, "reference_entry_not_found"), (
            params
        )
    assert await refused(unhurried, "/venues/lookup", headers) == (422, "request_invalid")


async def test_many_keys_are_looked_up_at_once_and_each_that_is_missing_says_so(
    unhurried: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    path, keys = f"{DATA}/venues/lookup", ["XPAR", "no", "XAMS", "XPAR", *(f"K{n}" for n in range(996))]
    answer = await unhurried.post(path, json={"keys": keys}, headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [one["key"] for one in told["items"]] == keys
    assert (told["found"], told["missing"], told["version"]) == (3, 997, 1)
    assert told["items"][1]["error"]["code"] == "reference_entry_not_found"
    assert told["items"][2]["entry"]["values"]["status"] == "of XAMS"
    bodies: list[object] = [{"keys": [*keys, "one more"]}, {"keys": []}, {}, {"keys": "XPAR"}, {"keys": [""]}, None]
    bodies += [{"keys": ["XPAR"], "day": "2026-01-01"}, {"keys": ["k" * 301]}]
    for body in bodies:
        answer = await unhurried.post(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid"), body
    answer = await unhurried.post(f"{DATA}/nothing/lookup", json={"keys": ["XPAR"]}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "publication_not_found")
    nul = await unhurried.post(path, json={"keys": ["a\x00b"]}, headers=headers)
    assert nul.status_code in {200, 422}


async def test_changes_lead_from_any_version_to_the_newest(
    unhurried: httpx.AsyncClient, venues: PublishedDataset, headers: dict[str, str]
) -> None:
    """Whoever applies them has what the newest version has, however small the pages and whatever comes meanwhile."""
    have: dict[str, str] = {}
    cursor: str | None = None

    async def follow() -> None:
        nonlocal cursor
        has_more = True
        while has_more:
            params: Json = {"limit": 2} | ({} if cursor is None else {"cursor": cursor})
            page = await fetched(unhurried, "/venues/changes", headers, **params)
            if page["is_reset"]:
                have.clear()
            for one in page["items"]:
                if one["is_added"]:
                    have[one["id"]] = one["key"]
                else:
                    del have[one["id"]]
            cursor, has_more = page["next_cursor"], page["has_more"]
            if has_more and page["to_version"] == venues.number == 2:
                await venues.publish(added=["XMID"])

    await follow()
    assert sorted(have.values()) == list(VENUES)
    await venues.publish(added=[f"N{n}" for n in range(5)], removed=["XLON"])
    await follow()
    assert venues.number >= 3
    assert have == {str(identity): key for key, identity in venues.entries.items()}
    page = await fetched(unhurried, "/venues/changes", headers, since=venues.number)
    assert (page["items"], page["has_more"], page["is_reset"]) == ([], False, False)
    ahead = await fetched(unhurried, "/venues/changes", headers, since=99)
    assert (ahead["is_reset"], ahead["from_version"], len(ahead["items"])) == (True, 0, len(venues.entries))


async def test_files_hold_all_entries(
    unhurried: httpx.AsyncClient, rows: Rows, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.services.published_datasets.ROWS_PER_PAGE", 7)
    keys = sorted([f"K{number:03}" for number in range(40)] + ["=1+1", "é"])
    await PublishedDataset.made(rows, keys, name="codes")
    files = {}
    for form, media in (("ndjson", "application/x-ndjson"), ("csv", "text/csv; charset=utf-8"), ("parquet", "")):
        answer = await unhurried.get(f"{DATA}/codes/export", params={"format": form}, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"] == f'attachment; filename="codes_1.{form}"'
        assert media in {answer.headers["content-type"], ""}
        files[form] = answer.content
        again = await unhurried.get(
            f"{DATA}/codes/export",
            params={"format": form},
            headers={**headers, "If-None-Match": answer.headers["etag"]},
        )
        assert (again.status_code, again.content) == (304, b"")
    lines = [json.loads(line) for line in files["ndjson"].splitlines()]
    assert [one["key"] for one in lines] == keys
    assert lines[0] == {
        "key": "=1+1", "valid_from": None, "valid_to": None, "status": "of =1+1", "amount": "1.50",
    }  # fmt: skip
    cells = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    assert [one["key"] for one in cells] == ["'=1+1", *keys[1:]]
    table = pq.read_table(io.BytesIO(files["parquet"]))
    assert table.column("key").to_pylist() == keys
    assert str(table.schema.field("amount").type) == "decimal128(38, 10)"
    assert await refused(unhurried, "/codes/export", headers, format="xml") == (422, "request_invalid")


async def _walk_while_it_changes(
    external: FastAPI, unhurried: httpx.AsyncClient, rows: Rows, headers: dict[str, str], count: int
) -> None:
    """Entries come and go in new versions while a program walks; it sees one version, whole."""
    keys = [f"K{number:06}" for number in range(count)]
    codes = await PublishedDataset.made(rows, keys, name="codes")
    seen: list[str] = []
    is_done = asyncio.Event()

    async def change() -> None:
        turn = 0
        while not is_done.is_set():
            turn += 1
            await codes.publish(
                added=[f"K{number:06}+{turn}" for number in range(0, count, max(1, count // 50))],
                removed=[keys[-turn], keys[turn], keys[count // 2 + turn]],
            )
            await asyncio.sleep(0.05)

    changing: asyncio.Task[None] | None = None
    cursor = None
    try:
        while True:
            params: Json = {"limit": 200, "fields": "key"} | ({} if cursor is None else {"cursor": cursor})
            answer = await unhurried.get(f"{DATA}/codes/entries", params=params, headers=headers)
            if answer.status_code == 429:
                await asyncio.sleep(int(answer.headers["retry-after"]))
                continue
            assert answer.status_code == 200, answer.text
            seen += [one["key"] for one in answer.json()["items"]]
            cursor = answer.json()["next_cursor"]
            if cursor is None:
                break
            changing = changing or asyncio.create_task(change())
    finally:
        is_done.set()
        if changing is not None:
            await changing
    assert seen == keys
    assert codes.number > 3, "nothing changed on the way, so this proved nothing"


async def test_a_walk_loses_and_repeats_nothing(
    external: FastAPI, unhurried: httpx.AsyncClient, rows: Rows, headers: dict[str, str]
) -> None:
    await _walk_while_it_changes(external, unhurried, rows, headers, 5_000)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_a_walk_of_100_000_entries_loses_and_repeats_nothing(
    external: FastAPI, unhurried: httpx.AsyncClient, rows: Rows, headers: dict[str, str]
) -> None:
    count = int(os.environ.get("OPENREG_WALKED_ROWS", "100000"))
    await _walk_while_it_changes(external, unhurried, rows, headers, count)


async def test_a_walk_through_a_list_survives_what_comes_and_goes(
    unhurried: httpx.AsyncClient, rows: Rows, headers: dict[str, str]
) -> None:
    """What is there all the time is seen once, though the one that the cursor stands at is taken back."""
    made = {name: await PublishedDataset.made(rows, ["K"], name=name) for name in ("b", "d", "f", "h")}
    seen, cursor = [], None
    for turn in range(9):
        params: Json = {"limit": 1} | ({} if cursor is None else {"cursor": cursor})
        page = await fetched(unhurried, "", headers, **params)
        seen += [one["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if turn == 0:
            await made["b"].take_back()
            await PublishedDataset.made(rows, ["K"], name="a")
        if turn == 1:
            await PublishedDataset.made(rows, ["K"], name="e")
        if cursor is None:
            break
    assert seen == ["b", "d", "e", "f", "h"]


async def test_a_cursor_is_good_for_its_list_and_its_customer(
    external: FastAPI, unhurried: httpx.AsyncClient, rows: Rows, customers: CustomerRows, headers: dict[str, str]
) -> None:
    await PublishedDataset.made(rows, VENUES, name="venues")
    await PublishedDataset.made(rows, VENUES, name="others")
    first = await fetched(unhurried, "/venues/entries", headers, limit=1)
    cursor = first["next_cursor"]
    again = await fetched(unhurried, "/venues/entries", headers, limit=2, cursor=cursor, fields="key")
    assert [one["key"] for one in again["items"]] == ["XLON", "XPAR"]
    invalid = (422, "cursor_invalid")
    for path, params in (
        ("/others/entries", {}),
        ("/venues/entries", {"q": "X"}),
        ("/venues/entries", {"as_of": "2026-01-01"}),
        ("/venues/changes", {}),
        ("", {}),
    ):
        assert await refused(unhurried, path, headers, cursor=cursor, **params) == invalid, path
    for malformed in ("", "x", "%00", cursor[:-1], cursor + "A", "ÿ" * 50):
        assert await refused(unhurried, "/venues/entries", headers, cursor=malformed) == invalid, malformed
    _, secret = await customers.key(await customers.customer(await customers.plan()))
    assert await refused(unhurried, "/venues/entries", bearer(secret), cursor=cursor) == invalid
    async with client_of(external) as other:
        answer = await other.get(f"{DATA}/venues/entries", params={"limit": 1}, headers=headers)
    assert answer.headers["link"].endswith('; rel="next"')
    path = answer.headers["link"].partition(">")[0].removeprefix("<")
    assert (await unhurried.get(path, headers=headers)).json()["items"][0]["key"] == "XLON"
