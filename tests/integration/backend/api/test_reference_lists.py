"""Official lists over HTTP: the datasets they fill, whole and by what changed, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.factories.official_lists import (
    LEI_HEADER,
    MIC_HEADER,
    Listing,
    delta,
    full,
    lei_row,
    lines,
    mic_row,
    wrapped,
    zipped,
)

PATH = "/api/v1/reference-lists"
A, B = "DE0007164600", "FR0000120271"
LEI = "529900T8BM49AURSDO55"


async def _load(
    api: httpx.AsyncClient, listed: str, content: bytes | None = None, name: str = "list", **query: object
) -> httpx.Response:
    files = None if content is None else {"file": (name, content)}
    params = {name: str(value) for name, value in query.items()}
    return await api.post(f"{PATH}/{listed}/load", files=files, params=params)


async def _entries(api: httpx.AsyncClient, dataset_id: str) -> dict[str, dict[str, Any]]:
    answer = await api.get(f"/api/v1/datasets/{dataset_id}/entries")
    assert answer.status_code == 200, answer.text
    return {one["key"]: one for one in answer.json()["items"]}


async def test_the_mic_list_becomes_a_dataset_and_the_next_one_a_version(api: httpx.AsyncClient) -> None:
    first = await _load(api, "mic", zipped({"ISO10383_MIC.csv": lines(MIC_HEADER, mic_row("XETR"), mic_row("XOLD"))}))
    assert first.status_code == 200, first.text
    (loaded,) = first.json()["datasets"]
    assert (loaded["name"], loaded["rows"], loaded["version"]) == ("mic", 2, 1)
    expired = mic_row("XOLD", "EXPIRED", expired="20251231")
    second = await _load(api, "mic", lines(MIC_HEADER, mic_row("XETR"), expired), "mic.csv")
    assert (second.json()["source"], second.json()["datasets"][0]["version"]) == ("mic.csv", 2)
    entries = await _entries(api, loaded["id"])
    assert entries["XOLD"]["valid_to"] == "2025-12-31"
    assert entries["XETR"]["values"]["status"] == "ACTIVE"
    again = await _load(api, "mic", lines(MIC_HEADER, mic_row("XETR"), expired), "mic.csv")
    assert again.json()["datasets"][0]["version"] is None
    versions = (await api.get(f"/api/v1/datasets/{loaded['id']}/versions")).json()["items"]
    assert (versions[0]["number"], versions[0]["origin"], versions[0]["note"]) == (2, "loader", "mic.csv")


async def test_changes_of_instruments_are_applied_to_what_was_loaded(api: httpx.AsyncClient) -> None:
    parts = [full(Listing(A, "XETR"), Listing(A, "XPAR", first="2018-01-01")), full(Listing(B, "XPAR"))]
    assert (await _load(api, "instruments", wrapped(parts[0]), "1.xml")).status_code == 200
    assert (await _load(api, "instruments", wrapped(parts[1]), "2.xml", mode="part")).status_code == 200
    changes = [("TermntdRcrd", Listing(A, "XPAR", "2018-01-01", "2026-11-02")), ("CancRcrd", Listing(B, "XPAR"))]
    answer = await _load(api, "instruments", wrapped(delta(changes)), "delta.xml", mode="delta")
    assert answer.status_code == 200, answer.text
    venues, instruments = [await _entries(api, one["id"]) for one in answer.json()["datasets"]]
    assert set(venues) == {f"{A}|XETR", f"{A}|XPAR"}
    assert venues[f"{A}|XPAR"]["values"]["termination"] == "2026-11-02"
    assert set(instruments) == {A}
    assert instruments[A]["values"]["first_trade"] == "2018-01-01"


async def test_packaged_lists_need_no_file_and_lists_tell_their_age(api: httpx.AsyncClient) -> None:
    assert (await _load(api, "currencies")).status_code == 200
    lists = {one["name"]: one for one in (await api.get(PATH)).json()["items"]}
    assert lists["currencies"]["datasets"][0]["version"] == 1
    assert lists["currencies"]["datasets"][0]["is_stale"] is False
    assert (lists["mic"]["datasets"][0]["id"], lists["mic"]["modes"]) == (None, ["full"])
    assert lists["lei"]["modes"] == ["full", "part", "delta"]


@pytest.mark.parametrize(
    ("listed", "content", "code"),
    [
        ("mic", None, "reference_files_wrong"),
        ("mic", lines(LEI_HEADER, lei_row(LEI)), "source_file_unreadable"),
        ("lei", lines(LEI_HEADER, lei_row(LEI), lei_row("NONE")), "reference_rows_refused"),
        ("lei", lines(LEI_HEADER, lei_row(LEI), lei_row(LEI)), "dataset_entries_invalid"),
        ("instruments", wrapped(full(Listing(A)))[:-9], "source_file_unreadable"),
    ],
)
async def test_of_a_list_with_a_fault_nothing_is_taken(
    api: httpx.AsyncClient, listed: str, content: bytes | None, code: str
) -> None:
    answer = await _load(api, listed, content)
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    lists = {one["name"]: one for one in (await api.get(PATH)).json()["items"]}
    assert {one["version"] for one in lists[listed]["datasets"]} == {0}


async def test_so_many_bad_rows_as_allowed_are_left_out_and_told(api: httpx.AsyncClient) -> None:
    answer = await _load(api, "lei", lines(LEI_HEADER, lei_row(LEI), lei_row("NONE")), "lei.csv", allowed_bad_rows=1)
    assert answer.json()["datasets"][0]["rows"] == 1
    assert answer.json()["left_out"] == [
        {"file": "lei.csv", "line": 3, "column": "LEI", "reason": "the value is no LEI of 20 characters"}
    ]
