"""Reports as files: exported by name, looked at and imported in another tenant."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from backend.persistence.models.connector import Connector
from tests.factories.documents import plain_document
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.factories.source import SourceOfTrades

PATH = "/api/v1/reports"
SignIn = Callable[[Person], httpx.AsyncClient]


async def exported(api: httpx.AsyncClient, rows: Rows, connector: Connector) -> str:
    destination = await rows.destination(name="partner")
    report = await rows.report(name="Daily", slug="daily", tags=["eu"])
    await rows.version(report, plain_document(connector.id, deliver_to=[str(destination.id)]))
    answer = await api.get(f"{PATH}/{report.id}/export")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/yaml")
    assert 'filename="daily-1.0.yaml"' in answer.headers["content-disposition"]
    assert (await api.get(f"{PATH}/{report.id}/export")).text == answer.text
    return answer.text


async def test_a_file_holds_names_and_no_identifiers_or_secrets(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    text = await exported(api, rows, connector)
    assert f"connector: {connector.name}" in text
    assert "- destination: partner" in text
    assert str(connector.id) not in text
    assert "password" not in text


async def test_an_unchanged_file_changes_nothing_and_a_changed_one_shows_what(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    text = await exported(api, rows, connector)
    same = (await api.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    assert (same["ok"], same["is_trial"], same["diff"]["is_empty"]) == (True, True, True), same
    changed = text.replace("amount: quantity * price", "amount: quantity * price * 2")
    seen = (await api.post(f"{PATH}/import?dry_run=true", json={"content": changed})).json()
    assert [(one["name"], one["kind"]) for one in seen["diff"]["fields"]] == [("amount", "changed")]
    made = (await api.post(f"{PATH}/import", json={"content": changed})).json()
    assert (made["version"]["number"], made["version"]["state"]) == ("2.0", "draft")
    history = (await api.get(f"{PATH}/{made['report_id']}/history")).json()["items"]
    assert history[0]["action"] == "imported"


async def test_another_tenant_takes_it_in_once_it_has_things_of_these_names(
    api: httpx.AsyncClient,
    rows: Rows,
    connector: Connector,
    sign_in: SignIn,
    strangers_rows: Rows,
    source: SourceOfTrades,
) -> None:
    text = await exported(api, rows, connector)
    other = sign_in(strangers_rows.person)
    missing = (await other.post(f"{PATH}/import?dry_run=true", json={"content": text})).json()
    assert [(one["pointer"], one["code"]) for one in missing["faults"]] == [
        ("/source/connector", "connector_not_found"),
        ("/deliver_to/0", "destination_not_found"),
    ]
    line = text.splitlines()[missing["faults"][0]["file_line"] - 1]
    assert line.strip() == f"connector: {connector.name}"
    refused = await other.post(f"{PATH}/import", json={"content": text})
    assert (refused.status_code, refused.json()["code"]) == (422, "report_document_invalid")
    assert (await other.get(PATH)).json()["items"] == []
    box = strangers_rows.box
    await strangers_rows.connector(source.settings, name=connector.name, credentials=box.seal(source.credentials))
    await strangers_rows.destination(name="partner")
    made = (await other.post(f"{PATH}/import", json={"content": text})).json()
    assert (made["version"]["number"], made["slug"], made["compared_with"]) == ("1.0", "daily", None)
    assert [one["tags"] for one in (await other.get(PATH)).json()["items"]] == [["eu"]]


async def test_a_file_that_is_no_report_is_refused_with_its_line(api: httpx.AsyncClient) -> None:
    refused = await api.post(f"{PATH}/import", json={"content": "report:\n  name: [\n"})
    assert (refused.status_code, refused.json()["code"]) == (422, "report_file_invalid")
    assert refused.json()["errors"][0]["line"] == 3
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    assert (await api.post(f"{PATH}/import", json={"content": bomb})).json()["code"] == "report_file_invalid"
