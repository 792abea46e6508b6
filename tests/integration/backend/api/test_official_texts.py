"""A regulator's list over HTTP: read, tried, imported, shown at every rule, and imported again when it is newer."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
from sqlalchemy import select

from backend.core.ids import new_id
from backend.persistence.models.audit import AuditEntry
from backend.persistence.models.run import RunFinding
from tests.factories.documents import plain_document
from tests.factories.people import Person
from tests.factories.routes import API
from tests.factories.rows import Rows
from tests.factories.workbooks import workbook

TEXTS = f"{API}/official-texts"
PACK = "mifir-rts22"
COLUMNS = {"field": 0, "code": 1, "severity": 2, "text": 3, "valid_from": 4}
HEADER = ["Field No.", "Error code", "Severity", "Validation rule", "Applicable from"]
REFERENCE = ["2", "CON-023", "Error", "The transaction reference number shall be unique.", "03/01/2018"]
BUYER = ["7", "CON-070", "Error", "The birth date of the buyer shall lie before the trade.", None]
NEVER = ["99", "CON-999", "Warning", "Something that no rule of ours asks.", None]
SignIn = Callable[[Person], httpx.AsyncClient]


def lines(*rows: list[str | None], header: list[str] = HEADER, title: bool = True) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    if title:
        writer.writerow(["Annex 1: transaction reporting validation rules"])
    writer.writerows([header, *rows])
    return target.getvalue().encode()


async def bring(
    api: httpx.AsyncClient, content: bytes, *, name: str = "rules.csv", dry: bool = False, key: str | None = None,
    **how: Any,
) -> httpx.Response:  # fmt: skip
    described = {"pack_id": PACK, "title": "ESMA validation rules", "header_line": 2, "columns": COLUMNS, **how}
    return await api.post(
        f"{TEXTS}/imports",
        params={"is_dry_run": dry},
        files={"file": (name, content)},
        data={"how": json.dumps(described)},
        headers={"Idempotency-Key": key} if key else {},
    )


async def brought(api: httpx.AsyncClient, content: bytes, **how: Any) -> dict[str, Any]:
    response = await bring(api, content, **how)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def pair(row: list[str | None], rule_id: str | None) -> dict[str, Any]:
    return {"code": row[1], "field": row[0], "rule_id": rule_id}


async def test_a_file_says_what_its_columns_seem_to_be(api: httpx.AsyncClient) -> None:
    sheets = {"Read me": [["Version 1"]], "Rules": [["Annex 1"], [], HEADER, [*REFERENCE[:4], date(2018, 1, 3)]]}
    for name, content, sheet, line in (
        ("rules.xlsx", workbook(sheets), "Rules", 3),
        ("rules.csv", lines(REFERENCE), None, 2),
    ):
        params = {"sheet": sheet} if sheet else {}
        answer = await api.post(f"{TEXTS}/read", params=params, files={"file": (name, content)})
        assert answer.status_code == 200, answer.text
        shape = answer.json()
        assert (shape["header_line"], shape["columns"]) == (line, COLUMNS)
        assert shape["sheets"] == (["Read me", "Rules"] if sheet else [])
        assert shape["rows"][-1]["cells"][:4] == REFERENCE[:4]


async def test_a_dry_run_tells_of_every_row_and_keeps_nothing(api: httpx.AsyncClient) -> None:
    told = await brought(api, lines(REFERENCE, BUYER, BUYER, NEVER), dry=True, pairs=[pair(REFERENCE, "MR-02")])
    assert [(one["line"], one["code"], one["change"], one["rule_id"]) for one in told["texts"]] == [
        (3, "CON-023", "added", "MR-02"),
        (4, "CON-070", "added", None),
        (6, "CON-999", "added", None),
    ]
    assert (told["matched"], told["unmatched"], told["duplicates"]) == (1, 2, [{"line": 5, "other_line": 4}])
    assert told["texts"][0]["valid_from"] == "2018-01-03"
    assert told["texts"][2]["suggestions"] == []
    assert told["texts"][1]["suggestions"][0] == {"rule_id": "MR-08", "origin": "text"}
    assert told["imported"] is None
    assert (await api.get(TEXTS)).json()["items"] == []


async def test_an_import_is_one_versioned_and_audited_act_that_shows_everywhere(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    before = (await api.get(f"{API}/rules/pack.{PACK}.MR-02")).json()
    pairs = [pair(REFERENCE, "MR-02"), pair(BUYER, "MR-05")]
    key = str(new_id())
    first = await brought(api, lines(REFERENCE, BUYER, NEVER), pairs=pairs, key=key)
    imported = first["imported"]
    assert (imported["number"], imported["text_count"], imported["paired"], imported["added"]) == (1, 3, 2, 3)
    again = await brought(api, lines(REFERENCE, BUYER, NEVER), pairs=pairs, key=key)
    assert again["imported"]["id"] == imported["id"], "the same request again does nothing"
    rule = (await api.get(f"{API}/rules/pack.{PACK}.MR-02")).json()
    (said,) = rule["official"]
    assert (said["code"], said["text"], said["valid_from"]) == ("CON-023", REFERENCE[3], "2018-01-03")
    assert (said["source"]["file_name"], said["source"]["number"]) == ("rules.csv", 1)
    assert said["source"]["imported_at"] == imported["imported_at"]
    assert rule["source"] == ("verified" if before["source"] == "verified" else "brought"), "it is not ours to verify"
    exported = csv.DictReader(io.StringIO((await api.get(f"{API}/rules/export")).text))
    (line,) = [one for one in exported if one["id"] == "MR-02"]
    assert (line["official_codes"], line["official_texts"]) == ("CON-023", REFERENCE[3])
    assert line["official_list"].startswith("ESMA validation rules, rules.csv, 20")
    async with rows.database.transaction(rows.person.tenant) as session:
        entries = (
            await session.scalars(select(AuditEntry).where(AuditEntry.action == "official_texts.imported"))
        ).all()
    assert [json.loads(one.after or "{}")["sha256"] for one in entries] == [imported["sha256"]]


async def test_findings_and_exceptions_carry_what_the_regulator_calls_the_rule(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    await brought(api, lines(REFERENCE), pairs=[pair(REFERENCE, "MR-02")])
    document = plain_document((await rows.connector()).id)
    version = await rows.version(await rows.report(name="Trades"), document, pack_id=PACK)
    run = await rows.run(version)
    async with rows.database.transaction(rows.person.tenant) as session:
        for rule_id in ("MR-02", "OWN-01"):
            session.add(
                RunFinding(
                    tenant_id=rows.person.tenant, run_id=run.id, rule_id=rule_id, severity="correctable", count=1,
                    primary_count=1, message="-",
                )
            )  # fmt: skip
    await rows.exception(run, rule_id="MR-02", rule_ids=["MR-02", "OWN-01"])
    found = (await api.get(f"{API}/runs/{run.id}/findings")).json()["items"]
    assert {one["rule_id"]: [said["code"] for said in one["official"]] for one in found} == {
        "MR-02": ["CON-023"],
        "OWN-01": [],
    }
    exported = csv.DictReader(io.StringIO((await api.get(f"{API}/exceptions/export")).text))
    assert [(one["rule_ids"], one["official_codes"]) for one in exported] == [("MR-02 OWN-01", "CON-023")]


async def test_a_newer_list_shows_what_changed_and_keeps_codes_that_went_as_withdrawn(api: httpx.AsyncClient) -> None:
    pairs = [pair(REFERENCE, "MR-02"), pair(BUYER, "MR-05")]
    first = await brought(api, lines(REFERENCE, BUYER), pairs=pairs)
    changed = [*REFERENCE[:3], "It shall be unique for the executing entity.", REFERENCE[4]]
    newer = lines(changed, NEVER)
    told = await brought(api, newer, dry=True)
    assert [(one["code"], one["change"], one["rule_id"]) for one in told["texts"]] == [
        ("CON-023", "changed", "MR-02"),
        ("CON-999", "added", None),
        ("CON-070", "withdrawn", "MR-05"),
    ]
    assert told["texts"][0]["before"]["text"] == REFERENCE[3]
    assert told["texts"][0]["suggestions"][0] == {"rule_id": "MR-02", "origin": "before"}
    assert told["before"]["number"] == 1
    late = await bring(api, newer)
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed"), "it was decided on no list"
    second = await brought(api, newer, based_on=1)
    assert {name: second["imported"][name] for name in ("number", "added", "changed", "withdrawn")} == {
        "number": 2, "added": 1, "changed": 1, "withdrawn": 1,
    }  # fmt: skip
    (gone,) = (await api.get(f"{API}/rules/pack.{PACK}.MR-05")).json()["official"]
    assert (gone["code"], gone["withdrawn_in"]) == ("CON-070", 2)
    third = await brought(api, lines(changed, NEVER, BUYER), based_on=2)
    assert (third["imported"]["added"], third["imported"]["withdrawn"]) == (1, 0)
    (back,) = (await api.get(f"{API}/rules/pack.{PACK}.MR-05")).json()["official"]
    assert back["withdrawn_in"] is None, "a code that comes back is in force, and keeps its rule"
    listed = (await api.get(TEXTS, params={"pack_id": PACK})).json()["items"]
    assert [one["number"] for one in listed] == [3, 2, 1]
    path = f"{TEXTS}/{second['imported']['id']}"
    assert (await api.get(path)).json() == second["imported"]
    for change, codes in (("changed", ["CON-023"]), ("withdrawn", ["CON-070"]), ("same", [])):
        page = (await api.get(f"{path}/texts", params={"change": change})).json()
        assert ([one["code"] for one in page["items"]], page["count"]) == (codes, len(codes))
    begun = (await api.get(f"{path}/texts", params={"limit": 2})).json()
    rest = (await api.get(f"{path}/texts", params={"limit": 2, "cursor": begun["next_cursor"]})).json()
    assert [one["code"] for one in [*begun["items"], *rest["items"]]] == ["CON-023", "CON-999", "CON-070"]
    same = await brought(api, lines(changed, NEVER, BUYER), based_on=3)
    assert (same["imported"], same["same"]) == (None, 3), "a list that says nothing new makes no version"
    unpaired = await brought(api, lines(changed, NEVER, BUYER), based_on=3, pairs=[pair(REFERENCE, None)])
    assert (unpaired["imported"]["number"], unpaired["imported"]["paired"]) == (4, 1)
    assert first["imported"]["number"] == 1


async def test_rows_that_cannot_be_taken_are_all_told_and_nothing_is_imported(api: httpx.AsyncClient) -> None:
    wrong = lines(
        REFERENCE, [None, None, None, "A heading", None], ["2", "CON-023", "Error", "Another text.", "2019-01-01"],
        ["7", "CON-071", "Error", "A text.", "soon"],
    )  # fmt: skip
    pairs = [pair(REFERENCE, "MR-NONE")]
    told = await brought(api, wrong, dry=True, pairs=pairs)
    assert [(one["line"], one["code"]) for one in told["errors"]] == [
        (3, "rule_unknown"), (4, "code_missing"), (5, "code_repeated"), (6, "day_unreadable"),
    ]  # fmt: skip
    refused = await bring(api, wrong, pairs=pairs)
    assert (refused.status_code, refused.json()["code"]) == (422, "official_texts_invalid")
    assert refused.json()["error_count"] == 4
    assert "in line 3" in refused.json()["detail"]
    assert (await api.get(TEXTS)).json()["items"] == []
    halved = await brought(api, lines(REFERENCE, [None, None, None, "A heading", None]), leaves_out_headings=True)
    assert halved["headings"] == [4]


def bomb() -> bytes:
    """A workbook whose sheet unpacks to a thousand times its size."""
    content, target = workbook({"Rules": [HEADER]}), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in book.namelist():
            bad.writestr(name, b" " * 10_000_000 if name.startswith("xl/worksheets/") else book.read(name))
    return target.getvalue()


async def test_a_file_that_is_no_list_is_refused_with_place_and_reason(api: httpx.AsyncClient) -> None:
    for content, told in (
        (b"", "empty"),
        ("code;text\nC-1;Gültig".encode("latin-1"), "not UTF-8"),
        (b'code,text\nC-1,"open', "no CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504, "Excel 97"),
        (b"PK\x03\x04nonsense", "workbook"),
        (bomb(), "packed"),
        (workbook({"Rules": [HEADER, ["2", "CON-1", "Error", "=1+1", None]]}), "Line 2 has a formula"),
        (b"a," * 300 + b"b", "200 are read at most"),
    ):
        read = await api.post(f"{TEXTS}/read", files={"file": ("rules", content)})
        for refused in (read, await bring(api, content, header_line=1)):
            assert 400 <= refused.status_code < 500, refused.text
            assert told in refused.json()["detail"], refused.json()
    assert (await api.get(TEXTS)).json()["items"] == []


async def test_a_mapping_that_is_none_is_refused(api: httpx.AsyncClient) -> None:
    for how, status in (
        ({"columns": {"code": 0}}, 422),
        ({"columns": {"code": 0, "text": 0}}, 422),
        ({"columns": {"code": -1, "text": 0}}, 422),
        ({"pack_id": "none"}, 404),
        ({"sheet": "Rules"}, 200),
    ):
        response = await bring(api, lines(REFERENCE), dry=True, **how)
        assert response.status_code == status, response.text
    book = await bring(api, workbook({"Rules": [HEADER]}), sheet="Other", header_line=1)
    assert (book.status_code, "no sheet Other" in book.json()["detail"]) == (422, True)


async def test_a_list_of_another_tenant_is_not_there(sign_in: SignIn, rows: Rows, stranger: Person) -> None:
    listed = (await brought(sign_in(rows.person), lines(REFERENCE)))["imported"]
    other = sign_in(stranger)
    assert (await other.get(TEXTS)).json()["items"] == []
    for path in ("", "/texts"):
        assert (await other.get(f"{TEXTS}/{listed['id']}{path}")).status_code == 404
    assert (await brought(other, lines(REFERENCE)))["imported"]["number"] == 1
