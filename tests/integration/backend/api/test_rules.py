"""The catalogue of rules over HTTP: pack, rule sets and reports in one list, fail rates, and tests of rules on rows."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.core.clock import utc_now
from backend.domain.regulations.loader import load_pack
from backend.domain.runs import RunState
from backend.persistence.models.connector import Connector
from backend.persistence.models.run import RunFinding
from tests.factories.documents import own_rule, plain_document
from tests.factories.routes import API
from tests.factories.rows import Rows
from tests.services.statements import statements_sent

RULES = f"{API}/rules"
SOURCE_TEST = {"expression": "quantity > 0", "phase": "source", "message": "Too few.", "reporting_date": "2026-11-19"}


async def listed(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    response = await api.get(RULES, params={"limit": 200, **params})
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


async def failed(rows: Rows, version: Any, rule_id: str, count: int, *, out: int, aside: int, **changes: Any) -> Any:
    """A run that has ended, in which a rule failed so often."""
    run = await rows.run(
        version, state=RunState.PARTIAL, rows_in=out + aside, rows_out=out, set_aside=aside, created_at=utc_now(),
        **changes,
    )  # fmt: skip
    async with rows.database.transaction(rows.person.tenant) as session:
        session.add(
            RunFinding(
                tenant_id=rows.person.tenant, run_id=run.id, rule_id=rule_id, severity="correctable", count=count,
                primary_count=count, message="-",
            )
        )  # fmt: skip
    return run


async def test_pack_rule_sets_and_reports_stand_in_one_list_that_can_be_filtered(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    connector = await rows.connector()
    house = await rows.rule_set(name="house", pack_id="mifir-rts22")
    written = [own_rule(id="HOUSE-01", phase="target", severity="warning", title="Notional is plausible")]
    await rows.rule_set_version(house, [*written, own_rule(id="HOUSE-02", is_enabled=False)])
    await rows.rule_set_version(await rows.rule_set(name="coming"), [own_rule(id="SOON-01")], state="draft")
    report = await rows.report(name="Trades")
    document = plain_document(connector.id, rule_sets=["house"], rules=[own_rule()])
    await rows.version(report, document, rule_sets=["house"], pack_id="mifir-rts22")
    every = await listed(api)
    by_id = {one["id"]: one for one in every}
    assert {"HOUSE-01", "HOUSE-02", "OWN-01", "SOON-01"} <= by_id.keys()
    assert {one.id for one in load_pack("mifir-rts22").rules} <= by_id.keys()
    assert [one["id"] for one in every] == sorted(one["id"] for one in every)
    assert by_id["HOUSE-01"]["owner"] == {
        "origin": "rule_set", "id": str(house.id), "name": "house", "version": "1", "regime": "mifir-rts22",
    }  # fmt: skip
    assert by_id["SOON-01"]["owner"]["version"] == "1 (draft)"
    assert [one["name"] for one in by_id["HOUSE-01"]["reports"]] == ["Trades"]
    assert [one["name"] for one in by_id["MR-02"]["reports"]] == ["Trades"]
    assert by_id["MR-02"]["part_count"] > 1
    assert not by_id["HOUSE-02"]["is_enabled"]
    for params, wanted in (
        ({"origin": "rule_set"}, {"HOUSE-01", "HOUSE-02", "SOON-01"}),
        ({"origin": "rule_set", "regime": "mifir-rts22"}, {"HOUSE-01", "HOUSE-02"}),
        ({"origin": ["rule_set"], "severity": ["warning", "blocking"]}, {"HOUSE-01"}),
        ({"phase": "source"}, {"HOUSE-02", "OWN-01", "SOON-01"}),
        ({"q": "PLAUSIBLE"}, {"HOUSE-01"}),
        ({"origin": "report", "report_id": str(report.id)}, {"OWN-01"}),
        ({"source": "verified", "origin": "rule_set"}, set()),
        ({"is_failing": True}, set()),
    ):
        assert {one["id"] for one in await listed(api, **params)} == wanted, params


async def test_the_catalogue_goes_on_from_its_cursor_and_knows_its_length(api: httpx.AsyncClient) -> None:
    every = [one["key"] for one in await listed(api)]
    found, cursor = [], None
    while True:
        page = (await api.get(RULES, params={"limit": 7, **({"cursor": cursor} if cursor else {})})).json()
        assert page["count"] == len(every)
        found += [one["key"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert found == every
    first = (await api.get(RULES, params={"limit": 1})).json()["next_cursor"]
    for wrong in ("nothing", first[:-4]):
        assert (await api.get(RULES, params={"cursor": wrong})).status_code == 422
    assert (await api.get(RULES, params={"cursor": first, "sort": "-fail_rate"})).status_code == 422


async def test_the_fail_rate_counts_a_run_for_the_rules_that_judged_it(api: httpx.AsyncClient, rows: Rows) -> None:
    connector = await rows.connector()
    house = await rows.rule_set(name="house")
    old = await rows.rule_set_version(house, [own_rule(id="HOUSE-01")], state="retired")
    await rows.rule_set_version(house, [own_rule(id="HOUSE-01"), own_rule(id="HOUSE-02")], number=2)
    pins = [{"name": "house", "version_id": str(old.id), "number": 1, "sha256": old.sha256}]
    document = plain_document(connector.id, rule_sets=["house"], rules=[own_rule()])
    version = await rows.version(await rows.report(name="Trades"), document, rule_sets=["house"])
    other = await rows.version(await rows.report(name="Others"), plain_document(connector.id, rules=[own_rule()]))
    run = await failed(rows, version, "HOUSE-01", 25, out=75, aside=25, rule_sets=pins)
    await failed(rows, version, "OWN-01", 10, out=90, aside=10, sequence=2, rule_sets=pins)
    await failed(rows, other, "OWN-01", 1, out=49, aside=1)
    past = await failed(rows, other, "OWN-01", 40, out=0, aside=50, sequence=2)
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get(type(past), past.id)
        assert stored is not None
        stored.created_at = utc_now() - timedelta(days=31)
    rates = {(one["id"], one["owner"]["name"]): one["failed"] for one in await listed(api)}
    assert rates["HOUSE-01", "house"] == {"failures": 25, "records": 200, "rate": 0.125}
    assert rates["HOUSE-02", "house"] == {"failures": 0, "records": 0, "rate": None}, "it has judged nothing yet"
    assert rates["OWN-01", "Trades"] == {"failures": 10, "records": 200, "rate": 0.05}
    assert rates["OWN-01", "Others"] == {"failures": 1, "records": 50, "rate": 0.02}
    worst = (await api.get(RULES, params={"sort": "-fail_rate", "limit": 3})).json()["items"]
    assert [one["failed"]["rate"] for one in worst] == [0.125, 0.05, 0.02]
    detail = (await api.get(f"{RULES}/rule_set.{house.id}.HOUSE-01")).json()
    assert [(one["run_id"], one["count"], one["report_name"]) for one in detail["runs"]] == [
        (str(run.id), 25, "Trades")
    ]
    assert [one["expression"] for one in detail["parts"]] == ["quantity > 0"]
    assert (await api.get(f"{RULES}/rule_set.{house.id}.HOUSE-09")).status_code == 404


async def test_a_rule_whose_official_text_was_brought_is_not_verified_but_says_who_brought_it(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    rule = next(one for one in load_pack("mifir-rts22").rules if one.source == "unverified")
    before = {one["id"]: one for one in await listed(api)}
    assert before[rule.id]["source"] == "unverified"
    await rows.official_text(rule_id=rule.id, code="CON-999", text="The official words.")
    (found,) = await listed(api, q="official words")
    assert (found["id"], found["source"]) == (rule.id, "brought")
    (said,) = found["official"]
    assert (said["code"], said["text"], said["source"]["file_name"]) == ("CON-999", "The official words.", "rules.csv")
    assert rule.id in {one["id"] for one in await listed(api, source="brought")}
    await rows.official_text(rule_id=rule.id, code="CON-999", withdrawn_in=2, number=2 * 10**9)
    assert {one["id"]: one["source"] for one in await listed(api)}[rule.id] == "unverified", "the code is withdrawn"


async def test_the_catalogue_takes_the_same_few_statements_however_much_there_is(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    connector = await rows.connector()
    counts = []
    for number in range(3):
        rule_set = await rows.rule_set()
        await rows.rule_set_version(rule_set, [own_rule(id=f"S-{number}")])
        document = plain_document(connector.id, rules=[own_rule()])
        version = await rows.version(await rows.report(), document)
        await failed(rows, version, "OWN-01", 1, out=1, aside=1)
        with statements_sent() as statements:
            await listed(api)
        counts.append(sum(not one.is_control for one in statements))
    assert len(set(counts)) == 1
    assert counts[0] <= 12, counts


async def test_the_export_has_no_formulas(api: httpx.AsyncClient, rows: Rows) -> None:
    await rows.rule_set_version(await rows.rule_set(name="house"), [own_rule(id="HOUSE-01", title="=1+1")])
    response = await api.get(f"{RULES}/export", params={"origin": "rule_set"})
    assert response.headers["content-type"].startswith("text/csv")
    head, line = response.text.splitlines()
    assert head.startswith("id,title,owner")
    assert line.startswith("HOUSE-01,'=1+1,house,1,source,correctable")


async def test_a_rule_says_of_typed_rows_what_it_would_say_in_a_run(api: httpx.AsyncClient) -> None:
    body = {
        **SOURCE_TEST,
        "expression": "quantity > 0 AND CAST(note AS INTEGER) < 10",
        "columns": {"quantity": "integer", "note": "text"},
        "rows": [
            {"quantity": 1, "note": "5"},
            {"quantity": 0, "note": "5"},
            {"quantity": 1, "note": "x"},
            {"quantity": None, "note": "5"},
        ],
    }
    response = await api.post(f"{RULES}/test", json=body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert [one["verdict"] for one in answer["rows"]] == ["passed", "failed", "not_evaluated", "unknown"]
    assert [one["message"] for one in answer["rows"]] == [None, "Too few.", "Too few.", None]
    assert answer["rows"][2]["reason"].startswith("invalid_cast")
    assert answer["counts"] == {"passed": 1, "failed": 1, "unknown": 1, "not_evaluated": 1}


async def test_a_set_rule_looks_at_all_typed_rows(api: httpx.AsyncClient) -> None:
    body = {
        **SOURCE_TEST,
        "phase": "set",
        "expression": "count(*) over (partition by reference) = 1",
        "columns": {"reference": "text"},
        "rows": [{"reference": "A"}, {"reference": "B"}, {"reference": "A"}],
    }
    answer = (await api.post(f"{RULES}/test", json=body)).json()
    assert [one["verdict"] for one in answer["rows"]] == ["failed", "passed", "failed"]


async def test_what_cannot_be_tested_says_where(api: httpx.AsyncClient) -> None:
    body = {
        **SOURCE_TEST,
        "expression": "quantty > 0",
        "columns": {"quantity": "integer"},
        "rows": [{"quantity": "many", "other": 1}],
    }
    response = await api.post(f"{RULES}/test", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "rule_test_invalid")
    assert [(one["pointer"], one["code"]) for one in response.json()["errors"]] == [
        ("/expression", "unknown_column"),
        ("/rows/0/quantity", "value_invalid"),
        ("/rows/0/other", "unknown_column"),
    ]


@pytest.mark.parametrize(
    ("expression", "phase"),
    [
        ("quantity > 0 AND trade_id <> 'none'", "source"),
        ("amount > 0", "target"),
        ("count(*) over (partition by reference) = 1", "set"),
    ],
)
async def test_a_rule_is_tried_on_the_first_rows_of_a_report(
    api: httpx.AsyncClient, rows: Rows, connector: Connector, expression: str, phase: str
) -> None:
    version = await rows.version(await rows.report(), plain_document(connector.id, rules=[own_rule()]))
    body = {"expression": expression, "phase": phase, "report_id": str(version.report_id)}
    response = await api.post(f"{RULES}/test-on-report", json={**body, "reporting_date": "2026-11-19"})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert sum(answer["counts"].values()) == len(answer["rows"]) > 0
    assert all(one["values"] for one in answer["rows"])


async def test_a_rule_is_checked_while_it_is_written(api: httpx.AsyncClient, rows: Rows) -> None:
    connector = await rows.connector()
    version = await rows.version(await rows.report(), plain_document(connector.id))
    of_report = {"expression": "quantity > 0", "phase": "source", "report_id": str(version.report_id)}
    good = (await api.post(f"{RULES}/check", json=of_report)).json()
    assert (good["ok"], good["columns"]) == (True, ["quantity"])
    assert {"name": "quantity", "type": "integer"} in good["known_columns"]
    bad = (await api.post(f"{RULES}/check", json={**of_report, "expression": "quantty > 0"})).json()
    (fault,) = bad["faults"]
    assert (fault["pointer"], fault["code"], fault["suggestion"]) == ("/expression", "unknown_column", "quantity")
    of_pack = {"expression": "lei_valid(buyer_ley)", "phase": "target", "pack_id": "mifir-rts22"}
    (fault,) = (await api.post(f"{RULES}/check", json=of_pack)).json()["faults"]
    assert fault["suggestion"] == "buyer_lei"
    with_parameter = {**of_pack, "expression": "transaction_reference_number <> $book"}
    assert (await api.post(f"{RULES}/check", json=with_parameter)).json()["ok"], "a report may have this parameter"


@pytest.mark.parametrize("phase", ["source", "target", "set"])
async def test_a_pattern_that_would_hang_others_is_answered_or_refused_in_every_phase(
    api: httpx.AsyncClient, phase: str
) -> None:
    text = "a" * 50_000
    for pattern in ("^(a+)+$b", "^(a|a)*b", "^(a|aa)+$c", "(.*)(.*)(.*)(.*)(.*)[^a]"):
        body = {
            **SOURCE_TEST,
            "phase": phase,
            "expression": f"regexp_matches(reference, '{pattern}')",
            "columns": {"reference": "text"},
            "rows": [{"reference": text}],
        }
        began = time.perf_counter()
        answer = await api.post(f"{RULES}/test", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["counts"]["failed"] == 1
        assert time.perf_counter() - began < 10, pattern
    for pattern in ("((a{1,100}){1,100}){1,100}", "(?:[a-z]{500}[0-9]{500}){2}" * 20):
        refused = await api.post(
            f"{RULES}/test", json={**body, "expression": f"regexp_matches(reference, '{pattern}')"}
        )
        assert refused.status_code == 422, refused.text
