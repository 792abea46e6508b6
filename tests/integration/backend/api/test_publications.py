"""A publisher shows things to customers, changes what is shown, and takes it back."""

from __future__ import annotations

from typing import Any

import httpx

from backend.core.ids import new_id
from backend.domain.publications import PublicationKind
from backend.domain.regulations.loader import load_pack
from backend.persistence.repositories.publications import PublicationRepository
from tests.factories.documents import own_rule, plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person
from tests.factories.rows import Rows

PUBLICATIONS = "/api/v1/publications"
PACK = "mifir-rts22"


async def content_of(installation: Installation, person: Person, publication: dict[str, Any]) -> dict[str, Any]:
    """What customers are shown."""
    async with installation.database.reading(person.tenant) as session:
        publications = PublicationRepository(session, person.tenant)
        version = await publications.find_version(publication["id"], publication["version"])
    assert version is not None
    return dict(version.content)


async def feed(installation: Installation, person: Person) -> list[tuple[int, str, str, str]]:
    """The whole feed as the publisher's tenant has it."""
    async with installation.database.reading(person.tenant) as session:
        rows = await PublicationRepository(session, person.tenant).changes(0, 1000)
    return [(one.sequence, one.kind, one.action, one.version) for one in rows]


async def published(api: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    answer = await api.post(PUBLICATIONS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_report_is_shown_without_where_its_files_go_and_nothing_that_opens_its_source(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    connector, destination = await rows.connector(name="Trades"), await rows.destination()
    report = await rows.report(slug="daily", tags=["a"])
    routes = [{"destination_id": str(destination.id)}]
    await rows.version(report, plain_document(connector.id, rules=[own_rule()], deliver_to=routes), state="active")
    made = await published(api, kind="report", thing_id=str(report.id))
    assert (made["name"], made["version"], made["detail"], made["regimes"]) == ("daily", "1.0", "whole", [])
    shown = await content_of(installation, rows.person, made)
    assert shown["document"]["source"]["connector"] == "Trades"
    assert shown["document"]["deliver_to"] == []
    for secret in (str(connector.id), "127.0.0.1", destination.name, str(destination.id), str(rows.person.user_id)):
        assert secret not in str(shown)
    again = await api.post(PUBLICATIONS, json={"kind": "report", "thing_id": str(report.id)})
    assert (again.status_code, again.json()["code"]) == (409, "publication_exists")


async def test_an_outline_has_no_word_of_the_sources_and_replaces_what_was_shown_whole(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    report = await rows.report()
    document = plain_document((await rows.connector()).id, rules=[own_rule()], filter="quantity > 41")
    await rows.version(report, document, state="active")
    made = await published(api, kind="report", thing_id=str(report.id))
    path = f"{PUBLICATIONS}/{made['id']}"
    seen = (await api.get(path)).headers["etag"]
    assert (await api.put(path, json={"detail": "outline"}, headers={"If-Match": '"old"'})).status_code == 412
    changed = await api.put(path, json={"detail": "outline"}, headers={"If-Match": seen})
    assert [one["version"] for one in changed.json()["versions"]] == ["1.0"]
    shown = await content_of(installation, rows.person, changed.json())
    assert shown["document"]["fields"] == ["reference", "amount"]
    for told in ("select", "quantity", "price", "trade_id"):
        assert told not in str(shown)


async def test_what_has_no_version_in_use_or_is_not_there_cannot_be_published(
    api: httpx.AsyncClient, rows: Rows, strangers_rows: Rows
) -> None:
    report = await rows.report()
    await rows.version(report, state="draft")
    draft = await api.post(PUBLICATIONS, json={"kind": "report", "thing_id": str(report.id)})
    assert (draft.status_code, draft.json()["code"]) == (409, "nothing_to_publish")
    strangers = await strangers_rows.report()
    await strangers_rows.version(strangers, state="active")
    for kind, thing in (("report", strangers.id), *((one.value, new_id()) for one in PublicationKind)):
        if kind != "rule_pack":
            answer = await api.post(PUBLICATIONS, json={"kind": kind, "thing_id": str(thing)})
            assert (answer.status_code, answer.json()["code"]) == (404, "publication_subject_not_found"), kind
    unknown = await api.post(PUBLICATIONS, json={"kind": "rule_pack", "pack_id": "sftr"})
    assert unknown.json()["code"] == "publication_subject_not_found"
    for wrong in (
        {"kind": "rule_pack", "thing_id": str(new_id())},
        {"kind": "dataset", "pack_id": PACK},
        {"kind": "report", "thing_id": str(report.id), "name": "other"},
        {"kind": "rule_pack", "pack_id": PACK, "includes_files": True},
        {"kind": "rule_pack", "pack_id": PACK, "detail": "outline"},
    ):
        assert (await api.post(PUBLICATIONS, json=wrong)).status_code == 422, wrong


async def test_the_rules_of_a_pack_are_shown_whole_and_taken_back(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    made = await published(api, kind="rule_pack", pack_id=PACK, regimes=["emir", PACK])
    assert (made["regimes"], made["own_regimes"]) == (["emir", PACK], ["emir"])
    shown = await content_of(installation, rows.person, made)
    assert [one["id"] for one in shown["rules"]] == [one.id for one in load_pack(PACK).rules]
    path = f"{PUBLICATIONS}/{made['id']}"
    taken = await api.post(f"{path}/unpublish")
    assert taken.json()["unpublished_at"] is not None
    assert (await api.post(f"{path}/unpublish")).json() == taken.json()
    assert (await api.get(PUBLICATIONS, params={"is_published": True})).json()["items"] == []
    again = await published(api, kind="rule_pack", pack_id=PACK)
    assert (again["id"], again["regimes"], again["unpublished_at"]) == (made["id"], [PACK], None)
    version = made["version"]
    assert await feed(installation, rows.person) == [
        (1, "rule_pack", "published", version),
        (2, "rule_pack", "unpublished", version),
        (3, "rule_pack", "published", version),
    ]
    audited = [one["action"] for one in (await api.get("/api/v1/audit-entries")).json()["items"]]
    assert audited[:3] == ["publication.published", "publication.unpublished", "publication.published"]


async def test_a_version_that_is_activated_is_shown_and_told_in_the_same_transaction(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    report = await rows.report()
    connector = await rows.connector()
    await rows.version(report, plain_document(connector.id), state="active")
    made = await published(api, kind="report", thing_id=str(report.id))
    other = plain_document(connector.id, filter="quantity > 5")
    second = await rows.version(report, other, major=2, state="approved")
    activated = await api.post(f"/api/v1/reports/{report.id}/versions/{second.id}/activate")
    assert activated.status_code == 200, activated.text
    renamed = await api.patch(f"/api/v1/reports/{report.id}", json={"name": "Renamed"})
    assert renamed.status_code == 200
    same = await api.patch(f"/api/v1/reports/{report.id}", json={"name": "Renamed"})
    assert same.status_code == 200
    seen = (await api.get(f"{PUBLICATIONS}/{made['id']}")).json()
    assert [one["version"] for one in seen["versions"]] == ["2.0", "1.0"]
    assert seen["title"] == "Renamed"
    assert await feed(installation, rows.person) == [
        (1, "report", "published", "1.0"),
        (2, "report", "changed", "2.0"),
        (3, "report", "changed", "2.0"),
    ]


async def test_a_schedule_names_reports_that_are_published_and_no_other(
    api: httpx.AsyncClient, rows: Rows, installation: Installation
) -> None:
    report, needed, hidden = await rows.report(), await rows.report(slug="needed"), await rows.report(slug="hidden")
    for one in (report, needed):
        await rows.version(one, state="active")
    definition = {
        "cadence": {"kind": "daily", "times": ["06:00"]},
        "calendar": "Own",
        "dependencies": [{"report_id": str(one.id)} for one in (needed, hidden)],
    }
    await api.post("/api/v1/calendars", json={"name": "Own", "definition": {"added": [{"date": "2026-12-24"}]}})
    body = {"report_id": str(report.id), "name": "Every morning!", "definition": definition}
    schedule = (await api.post("/api/v1/schedules", json=body)).json()
    early = await api.post(PUBLICATIONS, json={"kind": "schedule", "thing_id": schedule["id"]})
    assert (early.status_code, early.json()["code"]) == (409, "nothing_to_publish")
    for one in (report, needed):
        await published(api, kind="report", thing_id=str(one.id))
    made = await published(api, kind="schedule", thing_id=schedule["id"])
    assert (made["name"], made["version"]) == ("every-morning", "1")
    shown = await content_of(installation, rows.person, made)
    assert [one["report"] for one in shown["definition"]["dependencies"]] == ["needed"]
    assert shown["calendar"]["definition"]["added"][0]["date"] == "2026-12-24"
    assert str(hidden.id) not in str(shown)
    changed = {**definition, "zone": "Europe/Berlin"}
    answer = await api.patch(f"/api/v1/schedules/{schedule['id']}", json={"definition": changed})
    assert answer.status_code == 200, answer.text
    await api.delete(f"/api/v1/schedules/{schedule['id']}")
    assert [one[2:] for one in await feed(installation, rows.person)][-1:] == [("unpublished", "2")]
    async with installation.database.reading(rows.person.tenant) as session:
        assert await PublicationRepository(session, rows.person.tenant).shown(PublicationKind.SCHEDULE) == []


async def test_a_plan_lists_only_publications_that_there_are(api: httpx.AsyncClient) -> None:
    made = await published(api, kind="rule_pack", pack_id=PACK)
    plan = {"key": "some", "name": "Some", "scopes": ["rules:read"], "kinds": ["rule_pack"]}
    wrong = await api.post("/api/v1/plans", json={**plan, "publication_ids": [str(new_id())]})
    assert (wrong.status_code, wrong.json()["code"]) == (404, "publication_not_found")
    right = await api.post("/api/v1/plans", json={**plan, "publication_ids": [made["id"]]})
    assert (right.json()["kinds"], right.json()["publication_ids"]) == (["rule_pack"], [made["id"]])
