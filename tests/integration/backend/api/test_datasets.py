"""Datasets and mapping sets: made, edited as versions, looked at as of a version and of a day."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import Any

import httpx
import pyarrow.parquet as pq
from sqlalchemy import select

from backend.persistence.models.dataset import DatasetVersion
from backend.persistence.models.webhook import Event
from tests.factories.installation import Installation
from tests.factories.routes import API
from tests.factories.rows import Rows

COLUMNS = [
    {"name": "status", "type": "text", "title": "Status"},
    {"name": "lots", "type": "integer"},
    {"name": "tick", "type": "decimal"},
]


async def new_dataset(api: httpx.AsyncClient, name: str = "venues", **changes: Any) -> str:
    answer = await api.post(f"{API}/datasets", json={"name": name, "columns": COLUMNS, **changes})
    assert answer.status_code == 201, answer.text
    return f"{API}/datasets/{answer.json()['id']}"


async def edit(api: httpx.AsyncClient, path: str, *edits: dict[str, Any], **options: Any) -> dict[str, Any]:
    answer = await api.post(f"{path}/entries", json={"edits": list(edits), **options})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def entries(api: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    answer = await api.get(f"{path}/entries", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def entry(key: str, valid_from: str | None = None, valid_to: str | None = None, **values: str) -> dict[str, Any]:
    return {"key": key, "valid_from": valid_from, "valid_to": valid_to, "values": values}


async def test_a_dataset_is_made_described_and_removed_while_it_is_empty(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api, title="Venues", stale_after_days=30)
    shown = (await api.get(path)).json()
    assert (shown["kind"], shown["version"], shown["entries"], shown["missing"]) == ("dataset", 0, 0, "null")
    assert [one["name"] for one in shown["columns"]] == ["status", "lots", "tick"]
    assert [one["name"] for one in (await api.get(f"{API}/datasets", params={"q": "ENU"})).json()["items"]] == [
        "venues"
    ]
    changed = await api.patch(path, json={"missing": "finding", "stale_after_days": 0, "title": "All venues"})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["missing"], changed.json()["stale_after_days"]) == ("finding", None)
    taken = await api.post(f"{API}/mapping-sets", json={"name": "venues"})
    assert (taken.status_code, taken.json()["code"]) == (409, "dataset_name_taken")
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404


async def test_columns_may_come_and_keep_their_types(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    more = [*COLUMNS, {"name": "closed", "type": "boolean"}]
    assert len((await api.patch(path, json={"columns": more})).json()["columns"]) == 4
    for columns in (COLUMNS, [{**more[0], "type": "date"}, *more[1:]]):
        refused = await api.patch(path, json={"columns": columns})
        assert (refused.status_code, refused.json()["code"]) == (422, "dataset_columns_invalid")


async def test_a_batch_of_edits_is_one_version_and_every_version_stays(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    path = await new_dataset(api)
    first = await edit(api, path, entry("XPAR", status="active", lots="010", tick="0.50"), entry("XLON", status="old"))
    assert (first["version"], first["added"], first["removed"]) == (1, 2, 0)
    before = {one["key"]: one for one in await entries(api, path)}
    assert before["XPAR"]["values"] == {"status": "active", "lots": "10", "tick": "0.50"}
    second = await edit(
        api,
        path,
        {**entry("XPAR", status="suspended"), "replaces": before["XPAR"]["id"]},
        {"key": "XLON", "is_removed": True},
        entry("XETR", status="active"),
        note="Paris is closed",
        based_on=1,
    )
    assert (second["version"], second["added"], second["removed"]) == (2, 2, 2)
    assert {one["key"]: one["values"]["status"] for one in await entries(api, path)} == {
        "XETR": "active",
        "XPAR": "suspended",
    }
    assert {one["key"]: one["values"]["status"] for one in await entries(api, path, version=1)} == {
        "XLON": "old",
        "XPAR": "active",
    }
    changes = (await api.get(f"{path}/versions/2/changes")).json()["items"]
    assert [(one["key"], one["is_added"]) for one in changes] == [
        ("XETR", True),
        ("XLON", False),
        ("XPAR", False),
        ("XPAR", True),
    ] or [(one["key"], one["is_added"]) for one in changes] == [
        ("XETR", True),
        ("XLON", False),
        ("XPAR", True),
        ("XPAR", False),
    ]
    versions = (await api.get(f"{path}/versions")).json()["items"]
    assert [(one["number"], one["entries"], one["note"]) for one in versions] == [(2, 2, "Paris is closed"), (1, 2, "")]
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get(DatasetVersion, (path.rpartition("/")[2], 2))
    assert stored is not None
    assert stored.object_key is not None
    content = installation.adapters.storage.read(stored.object_key)
    assert hashlib.sha256(content).hexdigest() == stored.sha256
    with installation.adapters.storage.open_ranged(stored.object_key, len(content)) as opened:
        table = pq.read_table(opened)
    assert table.to_pylist() == [
        {"key": "XETR", "valid_from": None, "valid_to": None, "status": "active", "lots": None, "tick": None},
        {"key": "XPAR", "valid_from": None, "valid_to": None, "status": "suspended", "lots": None, "tick": None},
    ]


async def test_a_published_version_is_told_and_written_down(api: httpx.AsyncClient, rows: Rows) -> None:
    path = await new_dataset(api)
    await edit(api, path, entry("XPAR"))
    async with rows.database.transaction(rows.person.tenant) as session:
        events = (await session.scalars(select(Event))).all()
    assert [(one.type, one.payload["version"], one.payload["entries"]) for one in events] == [
        ("dataset.published", 1, 1)
    ]
    actions = [one["action"] for one in (await api.get(f"{API}/audit-entries")).json()["items"]]
    assert actions[:2] == ["dataset.published", "dataset.created"]


async def test_what_changes_nothing_makes_no_version(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    await edit(api, path, entry("XPAR", status="active"))
    again = await edit(api, path, entry("XPAR", status="active"))
    assert (again["version"], again["added"], again["removed"]) == (None, 0, 0)
    assert (await api.get(path)).json()["version"] == 1


async def test_periods_of_one_key_follow_each_other_and_a_day_finds_its_own(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    await edit(api, path, entry("XPAR", None, "2025-12-31", status="old"), entry("XPAR", "2026-01-01", status="new"))
    for day, status in (("2025-12-31", "old"), ("2026-01-01", "new")):
        assert [one["values"]["status"] for one in await entries(api, path, as_of=day)] == [status]


#: Edits with the number of the faulty one, the fault's code, and the number of the other one of a pair.
FAULTY: list[tuple[list[dict[str, Any]], int, str, int | None]] = [
    ([entry("A", "2026-01-01"), entry("A", None, "2026-01-01")], 1, "period_overlaps", 2),
    ([entry("A", None, "2026-06-30"), entry("B"), entry("A")], 3, "period_overlaps", 1),
    ([entry("XPAR", "2026-01-01")], 1, "period_overlaps", None),
    ([entry("A", "2026-01-02", "2026-01-01")], 1, "period_ends_early", None),
    ([entry("A", lots="1.5")], 1, "value_unfit", None),
    ([entry("A", tick="1,5")], 1, "value_unfit", None),
    ([entry("A", country="FR")], 1, "column_unknown", None),
    ([{"key": "A", "is_removed": True}], 1, "entry_not_found", None),
    ([entry("XPAR", status="x"), {"key": "XPAR", "is_removed": True}], 2, "entry_named_twice", 1),
    ([entry("A\x00")], 1, "key_unfit", None),
]


async def test_edits_that_cannot_be_are_told_with_their_number_and_change_nothing(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    await edit(api, path, entry("XPAR", status="active"))
    for edits, line, code, other in FAULTY:
        refused = await api.post(f"{path}/entries", json={"edits": [entry("GOOD"), *edits]})
        assert (refused.status_code, refused.json()["code"]) == (422, "dataset_entries_invalid"), edits
        (fault,) = refused.json()["errors"]
        assert (fault["line"], fault["code"]) == (line + 1, code), edits
        assert fault["other_line"] == (other and other + 1), edits
        assert refused.json()["error_count"] == 1
    assert [one["key"] for one in await entries(api, path)] == ["XPAR"]
    stale = await api.post(f"{path}/entries", json={"edits": [entry("B")], "based_on": 0})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")


async def test_entries_are_paged_by_key_and_found_by_the_beginning_of_it(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    await edit(api, path, *(entry(f"K{number:03d}") for number in range(25)), entry("Z%_"))
    seen, cursor = [], None
    while True:
        params = {"limit": 10, **({"cursor": cursor} if cursor else {})}
        page = (await api.get(f"{path}/entries", params=params)).json()
        seen += [one["key"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [*(f"K{number:03d}" for number in range(25)), "Z%_"]
    assert [one["key"] for one in await entries(api, path, q="K01", limit=3)] == ["K010", "K011", "K012"]
    assert [one["key"] for one in await entries(api, path, q="%")] == []
    assert [one["key"] for one in await entries(api, path, key="Z%_")] == ["Z%_"]
    assert (await api.get(f"{path}/entries", params={"version": 7})).json()["code"] == "dataset_version_not_found"


async def test_a_mapping_set_has_one_value_per_code(api: httpx.AsyncClient) -> None:
    answer = await api.post(f"{API}/mapping-sets", json={"name": "broker_to_lei", "missing": "fail"})
    assert answer.status_code == 201, answer.text
    path = f"{API}/mapping-sets/{answer.json()['id']}"
    assert (await edit(api, path, entry("B1", value="L1")))["version"] == 1
    assert [one["values"] for one in await entries(api, path)] == [{"value": "L1"}]
    assert (await api.get(f"{API}/datasets/{answer.json()['id']}")).status_code == 404


async def send(api: httpx.AsyncClient, path: str, content: bytes, **params: Any) -> httpx.Response:
    return await api.post(f"{path}/imports", files={"file": ("venues.csv", content, "text/csv")}, params=params)


async def test_a_file_replaces_merges_or_is_a_snapshot_and_a_dry_run_changes_nothing(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    first = b"key;status;lots;tick\nXPAR;active;1;0.5\nXLON;active;;\n"
    dry = (await send(api, path, first, is_dry_run=True)).json()
    assert (dry["rows"], dry["added"], dry["removed"], dry["version"], dry["errors"]) == (2, 2, 0, None, [])
    assert (await api.get(path)).json()["version"] == 0
    loaded = (await send(api, path, first, mode="snapshot", effective_from="2026-01-01")).json()
    assert (loaded["version"], loaded["added"]) == (1, 2)
    later = b"key,status,lots,tick\nXPAR,closed,1,0.5\nXETR,active,,\n"
    changed = (await send(api, path, later, mode="snapshot", effective_from="2026-03-01")).json()
    assert (changed["version"], changed["added"], changed["removed"], changed["changed"]) == (2, 4, 2, 2)
    days = {
        day: {one["key"]: one["values"]["status"] for one in await entries(api, path, as_of=day)}
        for day in ("2025-06-01", "2026-02-28", "2026-03-01")
    }
    before = {"XLON": "active", "XPAR": "active"}
    assert days == {"2025-06-01": before, "2026-02-28": before, "2026-03-01": {"XETR": "active", "XPAR": "closed"}}
    merged = b"key,valid_from,status,lots,tick,is_removed\nXETR,2026-03-01,,,,true\nXWBO,2026-03-01,active,,,\n"
    assert (await send(api, path, merged, mode="merge")).json()["version"] == 3
    assert [one["key"] for one in await entries(api, path, as_of="2026-03-01")] == ["XPAR", "XWBO"]
    assert (await send(api, path, b"key,status,lots,tick\nA,,,\n")).json()["version"] == 4
    assert [one["key"] for one in await entries(api, path)] == ["A"]
    assert [one["note"] for one in (await api.get(f"{path}/versions")).json()["items"]] == ["venues.csv"] * 4


async def test_every_fault_of_a_file_is_told_with_its_line_and_column_and_nothing_is_taken(
    api: httpx.AsyncClient,
) -> None:
    path = await new_dataset(api)
    head = b"key,valid_from,valid_to,status,lots,tick\n"
    wrong = head + b'A,,,"two\nlines",x,\nB,2026-02-30,,,,1e5\n,,,,,\n"",,,x,,\nC,,,,,\n'
    for dry in (True, False):
        answer = (await send(api, path, wrong, is_dry_run=dry)).json()
        assert answer["error_count"] == 4
        found = {(one["line"], one["column"], one["code"]) for one in answer["errors"]}
        assert found == {
            (3, "lots", "value_unfit"),
            (4, "valid_from", "value_unfit"),
            (4, "tick", "value_unfit"),
            (6, "key", "key_missing"),
        }
    twice = await send(api, path, head + b"A,,2026-05-31,,,\nB,,,,,\nA,2026-05-31,,,,\n")
    assert twice.status_code == 422
    (fault,) = twice.json()["errors"]
    assert (fault["line"], fault["other_line"], fault["code"]) == (4, 2, "period_overlaps")
    assert (await api.get(path)).json()["version"] == 0
    for content, told in (
        (b"", "empty"),
        (b"key,statu,lots,tick\n", "Is it status?"),
        (b"key,status\n", "has no column lots"),
        (head + b"A,,,,,,extra\n", "Line 2 has 7 cells"),
        (b"key,status,lots,tick\n\xff\xfe,,,\n", "not UTF-8"),
        (b"PK\x03\x04" + b"\x00" * 40, "damaged"),
    ):
        refused = await send(api, path, content)
        assert refused.status_code in {413, 422}, refused.text
        assert told in refused.json()["detail"], refused.json()


async def test_what_goes_out_comes_in_again_and_no_cell_is_a_formula(api: httpx.AsyncClient) -> None:
    path = await new_dataset(api)
    texts = ["=1+1", "'=1+1", "+a", "-5", "@x", "\tx", 'quo"ted', "two\nlines", "ünï,;", "'plain", " pad "]
    edits = [
        entry(f"K{number}", "2026-01-01" if number % 2 else None, status=text) for number, text in enumerate(texts)
    ]
    await edit(api, path, *edits, entry("=key", lots="-7", tick="-0.5"))
    shown = await entries(api, path)
    for form in ("csv", "xlsx"):
        file = await api.get(f"{path}/export", params={"format": form})
        assert file.status_code == 200, file.text
        assert file.headers["content-disposition"].endswith(f'venues_1.{form}"')
        if form == "csv":
            cells = [cell for row in csv.reader(io.StringIO(file.text, newline="")) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
        again = (await send(api, path, file.content, is_dry_run=True)).json()
        assert (again["error_count"], again["added"], again["removed"]) == (0, 0, 0), (form, again)
    assert [one["values"].get("status") for one in shown if one["key"].startswith("K")] == [
        texts[int(one["key"][1:])] for one in shown if one["key"].startswith("K")
    ]
