"""Schema packages: a zip of XSDs is read before it is kept, kept once, and found again by its hash."""

from __future__ import annotations

import asyncio
import hashlib
import io
import zipfile

import httpx
import pytest

from backend.core.ids import new_id
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import Rows

PATH = "/api/v1/schema-packages"
SCHEMA = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:{0}">'
    '<xs:element name="{0}"/></xs:schema>'
)


def archive(**files: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(name.replace("_", "."), text)
    return content.getvalue()


GOOD = archive(a_xsd=SCHEMA.format("a"), b_xsd=SCHEMA.format("b"))


async def install(api: httpx.AsyncClient, content: bytes, name: str = "schemas.zip") -> httpx.Response:
    return await api.post(PATH, files={"file": (name, content, "application/zip")})


async def test_an_installed_package_says_what_is_in_it_and_is_pinned_by_its_hash(
    api: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    response = await install(api, GOOD)
    assert response.status_code == 201, response.text
    package = response.json()
    assert package["sha256"] == hashlib.sha256(GOOD).hexdigest()
    assert {(one["name"], one["namespace"]) for one in package["files"]} == {("a.xsd", "urn:a"), ("b.xsd", "urn:b")}
    assert package["files"][0]["sha256"] in {hashlib.sha256(SCHEMA.format(one).encode()).hexdigest() for one in "ab"}
    assert package["installed_by"]
    assert (await api.get(PATH)).json()["items"] == [package]
    assert (await api.get(f"{PATH}/{package['id']}")).json() == {**package, "reports": []}
    keys = [one.key for one in installation.adapters.storage.list(f"tenants/{owner.tenant}/schema-packages/")]
    assert [installation.adapters.storage.read(key) for key in keys] == [GOOD]


async def test_the_same_bytes_are_kept_once_also_when_many_bring_them_at_once(api: httpx.AsyncClient) -> None:
    responses = await asyncio.gather(*(install(api, GOOD, f"{number}.zip") for number in range(8)))
    assert {response.status_code for response in responses} == {201}, [response.text for response in responses]
    assert len({response.json()["id"] for response in responses}) == 1
    assert len((await api.get(PATH)).json()["items"]) == 1


@pytest.mark.parametrize("name", ["x" * 300 + ".zip", "..\\..\\etc\\passwd.zip", "Schemata für März.zip"])
async def test_any_name_of_a_file_is_only_a_name(api: httpx.AsyncClient, name: str) -> None:
    response = await install(api, GOOD, name)
    assert response.status_code == 201, response.text
    assert len(response.json()["name"]) <= 255


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a zip",
        GOOD[:-30],
        archive(readme_txt="no schema at all"),
        archive(a_xsd="<xs:schema"),
        archive(a_xsd='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'),
    ],
    ids=["empty", "text", "cut", "no schema", "no xml", "entities"],
)
async def test_what_is_no_package_of_schemas_is_refused_and_not_kept(
    api: httpx.AsyncClient, owner: Person, installation: Installation, content: bytes
) -> None:
    response = await install(api, content)
    assert response.status_code in {413, 422}, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert (await api.get(PATH)).json()["items"] == []
    assert list(installation.adapters.storage.list(f"tenants/{owner.tenant}/")) == []


async def test_a_package_names_the_reports_whose_versions_in_use_write_by_it(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    package_id = (await install(api, GOOD)).json()["id"]
    document = plain_document((await rows.connector()).id)
    xml = {"schema_package_id": package_id, "record": "a/b", "fields": {"c": "reference"}}
    document["outputs"] = [{"format": "xml", "xml": xml}]
    used, drafted = await rows.report(name="Trades"), await rows.report(name="Drafted")
    await rows.version(used, document, state="archived")
    await rows.version(used, document, major=2, state="active")
    await rows.version(drafted, document, state="draft")
    answer = (await api.get(f"{PATH}/{package_id}")).json()
    assert answer["reports"] == [{"report_id": str(used.id), "name": "Trades"}]
    assert (await api.get(f"{PATH}/{new_id()}")).json()["code"] == "schema_package_not_found"


async def test_a_request_without_a_file_is_pointed_at(api: httpx.AsyncClient) -> None:
    response = await api.post(PATH)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/body/file"]


NESTED = (
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns="urn:t"'
    ' elementFormDefault="qualified"><xs:element name="Report"><xs:complexType><xs:sequence>'
    '<xs:element name="Day" type="xs:date"/>'
    '<xs:element name="Trade" maxOccurs="unbounded"><xs:complexType><xs:sequence>'
    '<xs:element name="Price"><xs:complexType><xs:simpleContent><xs:extension base="xs:decimal">'
    '<xs:attribute name="Ccy" type="xs:string" use="required"/></xs:extension></xs:simpleContent></xs:complexType>'
    "</xs:element></xs:sequence></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element></xs:schema>"
)


async def installed_id(api: httpx.AsyncClient, content: bytes) -> str:
    response = await install(api, content, "trades.xsd")
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def test_the_elements_of_a_single_schema_open_level_by_level(api: httpx.AsyncClient) -> None:
    path = f"{PATH}/{await installed_id(api, NESTED.encode())}/elements"
    (root,) = (await api.get(path)).json()["items"]
    assert (root["name"], root["step"], root["has_children"]) == ("Report", "{urn:t}Report", True)
    day, trade = (await api.get(path, params={"step": [root["step"]]})).json()["items"]
    assert (day["type"]["primitive"], day["has_children"]) == ("date", False)
    assert (trade["minimum"], trade["maximum"]) == (1, None)
    (price,) = (await api.get(path, params={"step": [root["step"], trade["step"]]})).json()["items"]
    assert [(one["name"], one["required"]) for one in price["attributes"]] == [("Ccy", True)]
    missing = await api.get(path, params={"step": [root["step"], "{urn:t}Other"]})
    assert (missing.status_code, missing.json()["code"]) == (404, "schema_element_not_found")


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ('<Report xmlns="urn:t"><Day>2026-11-19</Day>\n<Trade><Price Ccy="EUR">1</Price></Trade></Report>', None),
        ('<Report xmlns="urn:t"><Day>2026-11-19</Day>\n<Trade><Price Ccy="EUR">x</Price></Trade></Report>', 2),
        ('<Report xmlns="urn:t"><Day>2026-11-19</Day>\n\n<Trade></Report>', 3),
        ("<Other/>", 1),
        ("no document", 1),
        ('<!DOCTYPE Report [<!ENTITY e SYSTEM "file:///etc/passwd">]>\n<Report xmlns="urn:t">&e;</Report>', 1),
    ],
    ids=["valid", "a value", "not closed", "unknown root", "text", "entities"],
)
async def test_a_document_is_checked_by_line_and_column(
    api: httpx.AsyncClient, document: str, line: int | None
) -> None:
    path = f"{PATH}/{await installed_id(api, NESTED.encode())}/check"
    answer = (await api.post(path, files={"file": ("a.xml", document.encode(), "application/xml")})).json()
    assert answer["is_valid"] is (line is None), answer
    assert [one["line"] for one in answer["faults"]][:1] == ([] if line is None else [line])
    assert "root:" not in str(answer)
