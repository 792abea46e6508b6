"""A dry run of the demonstration's report: fields with their places, personal data only for who may see it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from lxml import etree
from sqlalchemy import select

from backend.demo.report import demo_document
from backend.domain.permissions import ALL_PERMISSIONS, Permission
from backend.domain.regulations.loader import load_pack
from backend.persistence.models.audit import AuditEntry
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import Rows
from tests.harness.installation import REPORTING_DATE, create_demo_source
from tests.services.servers import PostgresServer
from tests.services.skips import schemas_folder

PATH = "/api/v1/reports/dry-run"
MASK = "••••"
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def request_body(rows: Rows, postgres_server: PostgresServer) -> dict[str, Any]:
    """A dry run of the demo's report over fifty of its trades."""
    source = create_demo_source(postgres_server, 400)
    settings = {"host": source.host, "port": source.port, "database": source.database, "ssl_mode": "disable"}
    credentials = rows.box.seal({"username": source.username, "password": source.password})
    connector = await rows.connector(settings, credentials=credentials)
    document = demo_document(str(connector.id), [])
    return {"document": document, "reporting_date": REPORTING_DATE.isoformat(), "limit": 50}


def personal_values(answer: dict[str, Any]) -> set[str]:
    """Every value of a column that identifies a natural person."""
    columns = load_pack("mifir-rts22").columns
    targets = (value for row in answer["rows"] for value in row["target"] or [])
    return {str(one["value"]) for one in targets if columns[one["name"]].pii and one["value"] is not None}


async def test_each_row_shows_its_fields_with_their_places_and_a_record_that_is_xml(
    api: httpx.AsyncClient, rows: Rows, request_body: dict[str, Any]
) -> None:
    response = await api.post(PATH, json=request_body)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert len(answer["rows"]) == 50
    assert sum(answer["counts"].values()) == 50
    reported = [row for row in answer["rows"] if row["outcome"] == "reported"]
    assert reported
    for row in reported:
        texts = {one["format"]: one["text"] for one in row["records"]}
        assert set(texts) == {"xml", "csv"}
        assert etree.fromstring(texts["xml"]).tag == "Tx"
    places = {one["name"]: one["xpaths"] for one in reported[0]["target"]}
    assert places["transaction_reference_number"] == ["New/TxId", "Cxl/TxId"]
    assert answer["masked_columns"] == []
    assert personal_values(answer) - {MASK}
    async with rows.database.transaction(rows.person.tenant) as session:
        assert "personal_data.read" in (await session.scalars(select(AuditEntry.action))).all()


@pytest.mark.schemas
async def test_records_are_checked_against_the_installed_schemas(
    api: httpx.AsyncClient, request_body: dict[str, Any]
) -> None:
    folder = schemas_folder()
    assert folder is not None
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for file in (folder / "mifir").glob("*.xsd"):
            archive.write(file, file.name)
    files = {"file": ("mifir.zip", content.getvalue(), "application/zip")}
    assert (await api.post("/api/v1/schema-packages", files=files)).status_code == 201
    answer = (await api.post(PATH, json=request_body)).json()
    assert (answer["schema_status"], answer["schema_package"]) == ("valid", "mifir.zip"), answer["file_findings"]


async def test_without_the_permission_nothing_of_a_natural_person_is_in_the_answer(
    api: httpx.AsyncClient, sign_in: SignIn, rows: Rows, installation: Installation, request_body: dict[str, Any]
) -> None:
    secret = personal_values((await api.post(PATH, json=request_body)).json()) - {MASK}
    allowed = ALL_PERMISSIONS - {Permission.PII_READ.value}
    reader = await new_member(
        installation.database, rows.person.tenant, "acme", "author@example.test", permissions=allowed
    )
    response = await sign_in(reader).post(PATH, json=request_body)
    assert response.status_code == 200, response.text
    assert response.json()["masked_columns"]
    assert personal_values(response.json()) <= {MASK}
    # Short values (a country, a kind of identifier) also stand elsewhere with another meaning.
    long = {value for value in secret if len(value) >= 8}
    assert long
    assert not {value for value in long if value in response.text}
    reported = [row for row in response.json()["rows"] if row["outcome"] == "reported"]
    for row in reported:
        assert etree.fromstring(row["records"][0]["text"]).tag == "Tx"
