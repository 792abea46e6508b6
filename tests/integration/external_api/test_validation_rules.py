"""Validation rules with a key: of what is published, by regime, pack, version and date, and as files."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from tests.factories.customer_rows import CustomerRows
from tests.factories.portal import bearer
from tests.factories.published_rows import published_rules, rule
from tests.factories.rows import Rows

RULES = "/external_api/v1/validation-rules"


@pytest.fixture
async def headers(customers: CustomerRows) -> dict[str, str]:
    plan = await customers.plan(rate_limit_per_minute=2000)
    _, secret = await customers.key(await customers.customer(plan))
    return bearer(secret)


@pytest.fixture
async def rules(rows: Rows) -> None:
    """A pack with parts and limits, and a rule set with a rule that has ended."""
    parts = [rule("MR-1", part=part, phase="source", fields=[7], columns=["a"]) for part in ("buyer", "seller")]
    await published_rules(
        rows,
        [*parts, rule("MR-2", severity="blocking", source="verified")],
        pack_id="mifir-rts22",
        name="mifir-rts22",
        regimes=["mifir-rts22"],
        version="1.2.0",
        content={"effective_from": "2018-01-03", "effective_to": None},
    )
    ended = rule("AA-2", valid_from="2024-01-01", valid_to="2025-01-01", is_enabled=False)
    await published_rules(rows, [rule("AA-1"), ended], name="ours", version="3")


async def keys(client: httpx.AsyncClient, headers: dict[str, str], **params: Any) -> list[str]:
    answer = await client.get(RULES, params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    return [one["key"] for one in answer.json()["items"]]


@pytest.mark.usefixtures("rules")
async def test_rules_are_chosen(unhurried: httpx.AsyncClient, headers: dict[str, str]) -> None:
    pack = ["rule_pack.mifir-rts22.MR-1.buyer", "rule_pack.mifir-rts22.MR-1.seller", "rule_pack.mifir-rts22.MR-2"]
    ours = ["rule_set.ours.AA-1", "rule_set.ours.AA-2"]
    assert await keys(unhurried, headers) == pack + ours
    assert await keys(unhurried, headers, regime="mifir-rts22") == pack
    assert await keys(unhurried, headers, regime="emir") == []
    assert await keys(unhurried, headers, pack="ours") == ours
    assert await keys(unhurried, headers, pack="ours", version="3") == ours
    assert await keys(unhurried, headers, pack="ours", version="2") == []
    assert await keys(unhurried, headers, date="2017-12-31") == ours[:1]
    assert await keys(unhurried, headers, date="2018-01-03") == pack + ours[:1]
    assert await keys(unhurried, headers, pack="ours", date="2024-12-31") == ours
    assert await keys(unhurried, headers, pack="ours", date="2025-01-01") == ours[:1]
    assert await keys(unhurried, headers, severity="blocking") == pack[2:]
    assert await keys(unhurried, headers, phase="source") == pack[:2]
    answer = await unhurried.get(RULES, params={"phase": "later"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")


@pytest.mark.usefixtures("rules")
async def test_pages_and_one_rule(unhurried: httpx.AsyncClient, headers: dict[str, str]) -> None:
    seen, cursor = [], None
    while True:
        params = {"limit": 2, **({"cursor": cursor} if cursor else {})}
        page = (await unhurried.get(RULES, params=params, headers=headers)).json()
        seen += [one["key"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == await keys(unhurried, headers)
    one = (await unhurried.get(f"{RULES}/{seen[0]}", headers=headers)).json()
    assert (one["id"], one["part"], one["fields"], one["valid_from"]) == ("MR-1", "buyer", [7], "2018-01-03")
    assert (one["version"], one["regimes"], one["is_enabled"]) == ("1.2.0", ["mifir-rts22"], True)
    for unknown in ("rule_pack.mifir-rts22.MR-9", "nothing", "rule_set.theirs.AA-1"):
        answer = await unhurried.get(f"{RULES}/{unknown}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "shown_rule_not_found")


@pytest.mark.usefixtures("rules")
async def test_files_hold_the_same_rules(unhurried: httpx.AsyncClient, headers: dict[str, str]) -> None:
    wanted = await keys(unhurried, headers, date="2024-06-01")
    params = {"date": "2024-06-01"}
    files = {
        form: (await unhurried.get(f"{RULES}/export", params={**params, "format": form}, headers=headers)).content
        for form in ("ndjson", "csv", "parquet")
    }
    lines = [json.loads(one) for one in files["ndjson"].splitlines()]
    cells = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    table = pq.read_table(io.BytesIO(files["parquet"])).to_pylist()
    assert [one["key"] for one in lines] == [one["key"] for one in cells] == [one["key"] for one in table] == wanted
    assert (lines[0]["fields"], cells[0]["regimes"], str(table[0]["valid_from"])) == ("7", "mifir-rts22", "2018-01-03")


@pytest.mark.usefixtures("rules")
async def test_a_key_without_the_scope_reads_no_rule(unhurried: httpx.AsyncClient, customers: CustomerRows) -> None:
    _, secret = await customers.key(await customers.customer(), scopes=["reference:read"])
    for path in ("", "/export", "/rule_set.ours.AA-1"):
        answer = await unhurried.get(f"{RULES}{path}", headers=bearer(secret))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
