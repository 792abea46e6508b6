"""What is published, as a customer reads it: lists, versions, files, and only what the plan includes."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.core.clock import utc_now
from backend.core.etags import Precondition
from backend.core.ids import new_id
from backend.domain.customers import KeyScope
from backend.domain.publications import PublicationKind, ReportDetail
from backend.domain.reports.interchange import ReportFile
from backend.persistence.models.report import Report, ReportVersion
from backend.services.publishing import PublicationTerms, PublicationView, PublishingService
from backend.services.storage import ObjectStorage
from external_api.api.v1.reports import LINK_LASTS
from tests.factories.customer_rows import ALL_SCOPES, CustomerRows
from tests.factories.documents import own_rule, plain_document
from tests.factories.installation import Installation
from tests.factories.portal import bearer
from tests.factories.published_content import hears
from tests.factories.rows import CONTENT, SCHEMA, Rows

API = "/external_api/v1"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Publishes in the owner's name, and has customers."""

    rows: Rows
    customers: CustomerRows
    storage: ObjectStorage

    @property
    def publishing(self) -> PublishingService:
        return PublishingService(self.rows.person.scope(self.customers.database))

    async def report(self, name: str, **terms: Any) -> tuple[Report, ReportVersion, PublicationView]:
        report = await self.rows.report(slug=name, tags=["daily"])
        document = plain_document((await self.rows.connector(name=f"src {name}")).id, rules=[own_rule()])
        version = await self.rows.version(report, document, state="active")
        view = await self.publishing.publish(PublicationKind.REPORT, report.id, None, PublicationTerms(**terms))
        return report, version, view

    async def key(self, scopes: list[str] | None = None, **plan: Any) -> dict[str, str]:
        """The headers of a customer's call."""
        customer = await self.customers.customer(await self.customers.plan(**{"rate_limit_per_minute": 2000, **plan}))
        _, secret = await self.customers.key(customer, scopes=scopes or ALL_SCOPES)
        return bearer(secret)


@pytest.fixture
def publisher(rows: Rows, customers: CustomerRows, installation: Installation) -> Publisher:
    return Publisher(rows, customers, installation.adapters.storage)


async def names(unhurried: httpx.AsyncClient, path: str, headers: dict[str, str]) -> list[str]:
    """Names in a list, walked two at a time."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({} if cursor is None else {"cursor": cursor})
        answer = await unhurried.get(f"{API}/{path}", params=params, headers=headers)
        assert answer.status_code == 200, answer.text
        found += [one["name"] for one in answer.json()["items"]]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_a_report_is_read_with_its_whole_definition_and_can_be_imported_as_it_is(
    unhurried: httpx.AsyncClient, publisher: Publisher
) -> None:
    _, version, view = await publisher.report("daily")
    headers = await publisher.key()
    one = await unhurried.get(f"{API}/reports/daily", headers=headers)
    assert one.json()["tags"] == ["daily"]
    assert (one.json()["version"], one.json()["detail"], one.json()["has_artifacts"]) == ("1.0", "whole", False)
    by_id = await unhurried.get(f"{API}/reports/{view.publication.id}", headers=headers)
    assert by_id.json() == one.json()
    again = await unhurried.get(f"{API}/reports/daily", headers={**headers, "If-None-Match": one.headers["etag"]})
    assert again.status_code == 304
    whole = await unhurried.get(f"{API}/reports/daily/versions/1.0", headers=headers)
    file = ReportFile.model_validate(whole.json()["definition"])
    assert file.document["fields"] == version.document["fields"]
    assert list(file.document["fields"]) == list(version.document["fields"])
    assert file.document["source"] == {
        **{name: value for name, value in version.document["source"].items() if name != "connector_id"},
        "connector": "src daily",
    }
    sparse = await unhurried.get(f"{API}/reports", params={"fields": "name,version"}, headers=headers)
    assert sparse.json()["items"] == [{"name": "daily", "version": "1.0"}]
    listed = await unhurried.get(f"{API}/reports/daily/versions", headers=headers)
    assert [item["sha256"] for item in listed.json()["items"]] == [whole.json()["sha256"]]
    for secret in (str(publisher.rows.person.user_id), "127.0.0.1", str(version.document["source"]["connector_id"])):
        assert secret not in whole.text + one.text


async def test_a_plan_opens_what_it_includes_and_the_rest_is_not_there(
    unhurried: httpx.AsyncClient, publisher: Publisher
) -> None:
    made = {name: (await publisher.report(name, regimes=[name]))[2].publication for name in ("emir", "mifir", "sftr")}
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["emir", "mifir", "sftr"]),
        ({"regimes": ["mifir", "emir"]}, ["emir", "mifir"]),
        ({"kinds": ["dataset"]}, []),
        ({"publication_ids": [made["sftr"].id]}, ["sftr"]),
        ({"publication_ids": [made["sftr"].id], "regimes": ["mifir"]}, []),
    ]
    for plan, expected in cases:
        headers = await publisher.key(**plan)
        assert await names(unhurried, "reports", headers) == expected, plan
        for name, publication in made.items():
            for path in (f"reports/{name}", f"reports/{publication.id}/versions", f"reports/{name}/artifacts"):
                answer = await unhurried.get(f"{API}/{path}", headers=headers)
                assert answer.status_code == (200 if name in expected else 404), (plan, path)
            content = await unhurried.get(f"{API}/changes/{publication.id}/versions/1.0", headers=headers)
            assert content.status_code == (200 if name in expected else 404)
    narrow = await publisher.key(scopes=[KeyScope.CHANGES_READ.value])
    assert (await unhurried.get(f"{API}/reports", headers=narrow)).json()["code"] == "scope_missing"
    assert (await unhurried.get(f"{API}/changes", headers=narrow)).json()["items"] == []
    assert (await unhurried.get(f"{API}/changes/{made['emir'].id}/versions/1.0", headers=narrow)).status_code == 404


async def test_what_is_taken_back_is_gone_and_what_is_narrowed_shows_no_more(
    external: FastAPI, unhurried: httpx.AsyncClient, publisher: Publisher
) -> None:
    _, _, view = await publisher.report("daily")
    headers = await publisher.key()
    path = f"{API}/reports/daily/versions/1.0"
    assert "select trade_id" in (await unhurried.get(path, headers=headers)).text
    terms = PublicationTerms(detail=ReportDetail.OUTLINE)
    await publisher.publishing.change(view.publication.id, terms, Precondition())
    await hears(external, publisher.customers.tenant)
    narrowed = await unhurried.get(path, headers=headers)
    assert narrowed.status_code == 200
    assert "trade_id" not in narrowed.text
    await publisher.publishing.unpublish(view.publication.id)
    await hears(external, publisher.customers.tenant)
    for gone in (path, f"{API}/reports/daily", f"{API}/changes/{view.publication.id}/versions/1.0"):
        assert (await unhurried.get(gone, headers=headers)).status_code == 404
    assert (await unhurried.get(f"{API}/reports", headers=headers)).json()["items"] == []


async def released(publisher: Publisher, version: ReportVersion, **run: Any) -> Any:
    made = await publisher.rows.run(version, **{"state": "succeeded", "report_id": version.report_id, **run})
    file = await publisher.rows.artifact(made)
    publisher.storage.put(file.object_key, CONTENT)
    return file


async def test_only_files_of_runs_that_are_over_and_not_held_are_read_and_only_where_they_are_published(
    external: FastAPI, unhurried: httpx.AsyncClient, publisher: Publisher
) -> None:
    report, version, view = await publisher.report("daily", includes_files=True)
    open_file = await released(publisher, version)
    held = await released(publisher, version, state="partial", is_held=True, sequence=2)
    running = await released(publisher, version, state="running", sequence=3)
    former = await publisher.rows.version(report, major=0, state="archived")
    earlier = await released(publisher, former, sequence=4)
    headers = await publisher.key()
    path = f"{API}/reports/daily/artifacts"
    listed = await unhurried.get(path, headers=headers)
    assert [one["id"] for one in listed.json()["items"]] == [str(open_file.id)]
    for hidden in (held, running, earlier):
        for end in ("", "/content"):
            assert (await unhurried.get(f"{path}/{hidden.id}{end}", headers=headers)).status_code == 404
        assert (await unhurried.post(f"{path}/{hidden.id}/link", headers=headers)).status_code == 404
    await publisher.publishing.change(view.publication.id, PublicationTerms(), Precondition())
    await hears(external, publisher.customers.tenant)
    assert (await unhurried.get(path, headers=headers)).json()["items"] == []
    assert (await unhurried.get(f"{path}/{open_file.id}/content", headers=headers)).status_code == 404


async def test_files_with_personal_data_are_never_shown(unhurried: httpx.AsyncClient, publisher: Publisher) -> None:
    _, version, _ = await publisher.report("daily", includes_files=True)
    await released(publisher, version)
    headers = await publisher.key()
    assert len((await unhurried.get(f"{API}/reports/daily/artifacts", headers=headers)).json()["items"]) == 1
    fields = {"buyer_first_names": "trade_id", "price": "price"}
    document = plain_document(version.document["source"]["connector_id"], pack="mifir-rts22", fields=fields)
    report = await publisher.rows.report(slug="personal")
    personal = await publisher.rows.version(
        report, {**document, "record_key": []}, state="active", pack_id="mifir-rts22", pack_version="1"
    )
    terms = PublicationTerms(includes_files=True)
    shown = await publisher.publishing.publish(PublicationKind.REPORT, report.id, None, terms)
    assert shown.versions[0].has_personal_data
    hidden = await released(publisher, personal)
    path = f"{API}/reports/personal/artifacts"
    assert (await unhurried.get(path, headers=headers)).json()["items"] == []
    assert (await unhurried.get(f"{path}/{hidden.id}/content", headers=headers)).status_code == 404


async def test_a_file_is_downloaded_whole_in_parts_and_by_a_link_that_ends(
    unhurried: httpx.AsyncClient, publisher: Publisher, external: FastAPI
) -> None:
    _, version, view = await publisher.report("daily", includes_files=True)
    file = await released(publisher, version)
    headers = await publisher.key()
    path = f"{API}/reports/daily/artifacts/{file.id}"
    whole = await unhurried.get(f"{path}/content", headers=headers)
    assert whole.content == CONTENT
    digest = hashlib.sha256(CONTENT).digest()
    assert whole.headers["repr-digest"] == f"sha-256=:{b64encode(digest).decode()}:"
    assert whole.headers["x-checksum-sha256"] == digest.hex()
    part = await unhurried.get(f"{path}/content", headers={**headers, "Range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, CONTENT[3:10])
    stale = await unhurried.get(f"{path}/content", headers={**headers, "Range": "bytes=3-9", "If-Range": '"old"'})
    assert (stale.status_code, stale.content) == (200, CONTENT)
    beyond = await unhurried.get(f"{path}/content", headers={**headers, "Range": "bytes=9999-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    link = (await unhurried.post(f"{path}/link", headers=headers)).json()
    opened = await unhurried.get(link["url"], headers={"Range": "bytes=0-3"})
    assert (opened.status_code, opened.content) == (206, CONTENT[:4])
    changed = link["url"][:-2] + ("AA" if not link["url"].endswith("AA") else "BB")
    for wrong in (changed, f"{API}/downloads/x", f"{API}/downloads/%00", f"{API}/downloads/é"):
        answer = await unhurried.get(wrong)
        assert (answer.status_code, answer.json()["code"]) == (404, "link_not_found"), wrong
    audited = await audit_of(publisher)
    assert audited.count("artifact.downloaded") == 4
    signer, now = external.state.runtime.links, utc_now()
    what = signer.open(link["url"].rpartition("/")[2], now)
    assert timedelta(minutes=4) < datetime.fromisoformat(link["expires_at"]) - now <= LINK_LASTS
    for until, status in ((now + timedelta(seconds=30), 200), (now - timedelta(seconds=1), 404)):
        assert (await unhurried.get(f"{API}/downloads/{signer.sign(what, until)}")).status_code == status
    await publisher.publishing.unpublish(view.publication.id)
    await hears(external, publisher.customers.tenant)
    assert (await unhurried.get(link["url"])).status_code == 404


async def audit_of(publisher: Publisher) -> list[str]:
    async with publisher.customers.database.reading(publisher.customers.tenant) as session:
        return list(await session.scalars(text("select action from audit_entries order by number")))


async def test_schemas_say_what_they_hold_and_the_archive_is_passed_on_only_where_that_is_published(
    unhurried: httpx.AsyncClient, publisher: Publisher
) -> None:
    object_key = f"tenants/{publisher.customers.tenant}/{new_id()}.zip"
    package = await publisher.rows.schema_package(name="Auth 016 (2019).zip", object_key=object_key)
    publisher.storage.put(object_key, SCHEMA)
    publish = publisher.publishing
    view = await publish.publish(PublicationKind.SCHEMA, package.id, None, PublicationTerms())
    headers = await publisher.key()
    one = await unhurried.get(f"{API}/schemas/auth-016-2019", headers=headers)
    assert (one.json()["sha256"], one.json()["has_archive"]) == (package.sha256, False)
    assert [file["sha256"] for file in one.json()["files"]] == [file["sha256"] for file in package.files]
    assert (await unhurried.get(f"{API}/schemas/auth-016-2019/content", headers=headers)).status_code == 404
    await publish.change(view.publication.id, PublicationTerms(includes_files=True), Precondition())
    archive = await unhurried.get(f"{API}/schemas/auth-016-2019/content", headers=headers)
    assert archive.content == SCHEMA
    assert await names(unhurried, "schemas", headers) == ["auth-016-2019"]


async def test_a_schedule_is_read_with_the_names_of_reports(unhurried: httpx.AsyncClient, publisher: Publisher) -> None:
    report, _, _ = await publisher.report("daily", regimes=["mifir"])
    schedule = await publisher.rows.schedule(report, name="Every morning")
    await publisher.publishing.publish(PublicationKind.SCHEDULE, schedule.id, None, PublicationTerms())
    headers = await publisher.key()
    one = (await unhurried.get(f"{API}/schedules/every-morning", headers=headers)).json()
    assert (one["report"], one["regimes"], one["calendar"]) == ("daily", ["mifir"], None)
    assert one["definition"]["zone"] == "Europe/Berlin"
    listed = await unhurried.get(f"{API}/schedules", headers=headers)
    assert listed.json()["items"] == [one]
    assert str(report.id) not in listed.text


async def test_lists_are_walked_by_name(unhurried: httpx.AsyncClient, publisher: Publisher) -> None:
    for name in ("d", "b", "a", "e", "c"):
        await publisher.report(name)
    assert await names(unhurried, "reports", await publisher.key()) == ["a", "b", "c", "d", "e"]
