"""The life of a report over HTTP: drafts that nobody overwrites, review, roll back, history, and what waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.domain.reports.versions import ReportVersionState
from backend.persistence.models.connector import Connector
from backend.persistence.models.report import Report, ReportDraft
from backend.persistence.models.webhook import Event
from tests.factories.documents import own_rule, plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import Rows

PATH = "/api/v1/reports"
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def report(rows: Rows) -> Report:
    """A report without versions."""
    return await rows.report()


@pytest.fixture
async def approver(sign_in: SignIn, installation: Installation, owner: Person) -> httpx.AsyncClient:
    """A colleague of the owner, who has written nothing."""
    return sign_in(await new_member(installation.database, owner.tenant, owner.tenant_slug, "approver@example.test"))


async def saved(api: httpx.AsyncClient, report: Report, connector: Connector, **more: Any) -> dict[str, Any]:
    body = {"document": plain_document(connector.id), **more}
    response = await api.post(f"{PATH}/{report.id}/versions", json=body)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def step(
    client: httpx.AsyncClient, version: dict[str, Any], name: str, status: int = 200, **body: Any
) -> dict[str, Any]:
    response = await client.post(f"{PATH}/{version['report_id']}/versions/{version['id']}/{name}", json=body)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


class TestDrafts:
    async def test_a_draft_is_kept_as_it_was_written_however_incomplete(
        self, api: httpx.AsyncClient, report: Report
    ) -> None:
        document = {"fields": {"zulu": "a +", "alpha": ""}, "source": {"query": ""}}
        first = await api.put(f"{PATH}/{report.id}/draft", json={"document": document})
        assert (first.status_code, first.json()["revision"]) == (200, 1), first.text
        found = await api.get(f"{PATH}/{report.id}/draft")
        assert found.headers["etag"] == first.headers["etag"]
        assert found.json()["document"] == document
        assert list(found.json()["document"]["fields"]) == ["zulu", "alpha"]
        assert found.json()["updated_by_name"] == "Acme"

    async def test_a_save_on_an_older_state_is_told_who_was_faster(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, report: Report
    ) -> None:
        path = f"{PATH}/{report.id}/draft"
        first = await api.put(path, json={"document": {"note": 1}})
        second = await approver.put(path, json={"document": {"note": 2}}, headers={"If-Match": first.headers["etag"]})
        assert second.status_code == 200, second.text
        refused = await api.put(path, json={"document": {"note": 3}}, headers={"If-Match": first.headers["etag"]})
        assert (refused.status_code, refused.json()["code"]) == (412, "precondition_failed")
        assert refused.json()["changed_by"] == "Approver"
        assert refused.json()["changed_at"]
        assert refused.headers["etag"] == second.headers["etag"]
        blind = await api.put(path, json={"document": {"note": 4}})
        assert blind.status_code == 412, "a draft that is there is not overwritten by somebody who has not seen it"
        assert (await api.get(path)).json()["document"] == {"note": 2}
        assert len((await api.get(path)).json()["editors"]) == 2

    async def test_of_saves_at_once_one_wins(self, api: httpx.AsyncClient, report: Report) -> None:
        path = f"{PATH}/{report.id}/draft"
        answers = await asyncio.gather(*(api.put(path, json={"document": {"n": one}}) for one in range(8)))
        assert sorted(one.status_code for one in answers) == [200, *[412] * 7]
        headers = {"If-Match": next(one for one in answers if one.status_code == 200).headers["etag"]}
        again = await asyncio.gather(
            *(api.put(path, json={"document": {"n": one}}, headers=headers) for one in range(8))
        )
        assert sorted(one.status_code for one in again) == [200, *[412] * 7]

    async def test_a_draft_becomes_a_version_once_and_everybody_who_wrote_is_an_author(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, rows: Rows, report: Report, connector: Connector
    ) -> None:
        path = f"{PATH}/{report.id}/draft"
        first = await approver.put(path, json={"document": {}})
        await api.put(path, json={"document": {}}, headers={"If-Match": first.headers["etag"]})
        stale = {"document": plain_document(connector.id), "draft_revision": 1}
        assert (await api.post(f"{PATH}/{report.id}/versions", json=stale)).status_code == 412
        version = await saved(api, report, connector, draft_revision=2, note="First.")
        assert len(version["authors"]) == 2
        async with rows.database.transaction(rows.person.tenant) as session:
            assert (await session.scalars(select(ReportDraft))).all() == []
        again = {"document": plain_document(connector.id), "draft_revision": 2}
        assert (await api.post(f"{PATH}/{report.id}/versions", json=again)).status_code == 404

    async def test_a_draft_is_discarded_and_one_of_an_archived_report_is_not_begun(
        self, api: httpx.AsyncClient, report: Report
    ) -> None:
        path = f"{PATH}/{report.id}/draft"
        assert (await api.delete(path)).status_code == 404
        await api.put(path, json={"document": {}})
        assert (await api.delete(path)).status_code == 204
        await api.post(f"{PATH}/{report.id}/archive")
        refused = await api.put(path, json={"document": {}})
        assert (refused.status_code, refused.json()["code"]) == (409, "report_archived")

    async def test_a_draft_larger_than_a_document_is_refused(self, api: httpx.AsyncClient, report: Report) -> None:
        refused = await api.put(f"{PATH}/{report.id}/draft", json={"document": {"x": "y" * (2 * 1024 * 1024)}})
        assert (refused.status_code, refused.json()["code"]) == (413, "report_draft_too_large")


class TestReview:
    async def test_a_version_is_submitted_rejected_with_a_reason_and_approved_by_somebody_else(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, rows: Rows, report: Report, connector: Connector
    ) -> None:
        version = await saved(api, report, connector)
        assert (await step(api, version, "submit", comment="Please look."))["state"] == "in_review"
        assert (await step(approver, version, "reject", 422))["code"] == "comment_missing"
        assert (await step(approver, version, "reject", comment="A field is missing."))["state"] == "draft"
        await step(api, version, "submit")
        approved = await step(approver, version, "approve", comment="Good.")
        assert (approved["state"], bool(approved["activated_at"])) == ("active", True)
        listed = (await api.get(f"{PATH}/{report.id}/versions")).json()
        assert {listed["people"][approved[name]] for name in ("created_by", "approved_by")} == {"Acme", "Approver"}
        history = (await api.get(f"{PATH}/{report.id}/history")).json()["items"]
        assert [(one["action"], one["actor_name"], one["comment"]) for one in reversed(history)] == [
            ("created", "Acme", ""),
            ("submitted", "Acme", "Please look."),
            ("rejected", "Approver", "A field is missing."),
            ("submitted", "Acme", ""),
            ("approved", "Approver", "Good."),
            ("activated", "Approver", ""),
        ]
        async with rows.database.transaction(rows.person.tenant) as session:
            events = (await session.scalars(select(Event.type).order_by(Event.sequence))).all()
        assert events == [
            "report_version.submitted",
            "report_version.rejected",
            "report_version.submitted",
            "report_version.approved",
            "report_version.activated",
        ]

    async def test_nobody_approves_what_they_wrote_in_or_submitted(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, report: Report, connector: Connector
    ) -> None:
        await approver.put(f"{PATH}/{report.id}/draft", json={"document": {}})
        version = await saved(api, report, connector, draft_revision=1)
        await step(api, version, "submit")
        for author in (api, approver):
            assert (await step(author, version, "approve", 403))["code"] == "author_may_not_approve"
        waiting = (await approver.get("/api/v1/approvals")).json()["items"]
        assert [(one["may_decide"], one["reason_code"]) for one in waiting] == [(False, "author_may_not_approve")]

    async def test_without_approval_nothing_is_activated(
        self, api: httpx.AsyncClient, report: Report, connector: Connector
    ) -> None:
        version = await saved(api, report, connector)
        refused = await step(api, version, "activate", 409)
        assert (refused["code"], bool(refused["fix"])) == ("four_eyes_required", True)

    async def test_a_version_approved_for_a_later_day_waits_and_can_be_withdrawn(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, report: Report, connector: Connector
    ) -> None:
        version = await saved(api, report, connector)
        await step(api, version, "submit", comment="For tomorrow.")
        waiting = (await approver.get("/api/v1/approvals")).json()["items"]
        assert [(one["comment"], one["may_decide"], one["report_name"]) for one in waiting] == [
            ("For tomorrow.", True, report.name)
        ]
        tomorrow = (utc_now().date() + timedelta(days=1)).isoformat()
        approved = await step(approver, version, "approve", effective_from=tomorrow)
        assert (approved["state"], approved["effective_from"]) == ("approved", tomorrow)
        shown = (await api.get(f"{PATH}/{report.id}")).json()
        assert (shown["active_version"], shown["approved_version"]["number"]) == (None, "1.0")
        assert [one["state"] for one in (await api.get("/api/v1/approvals?state=approved")).json()["items"]] == [
            "approved"
        ]
        assert (await step(api, version, "withdraw"))["state"] == "draft"

    async def test_of_two_decisions_at_once_one_counts(
        self, api: httpx.AsyncClient, approver: httpx.AsyncClient, report: Report, connector: Connector
    ) -> None:
        version = await saved(api, report, connector)
        await step(api, version, "submit")
        path = f"{PATH}/{report.id}/versions/{version['id']}"
        answers = await asyncio.gather(
            approver.post(f"{path}/approve", json={}), approver.post(f"{path}/reject", json={"comment": "No."})
        )
        assert sorted(one.status_code for one in answers) == [200, 409]

    async def test_rolling_back_brings_an_archived_document_back_through_review(
        self, api: httpx.AsyncClient, rows: Rows, report: Report, connector: Connector
    ) -> None:
        document = plain_document(connector.id, fields={"reference": "trade_id"})
        old = await rows.version(report, document, state=ReportVersionState.ARCHIVED)
        active = await rows.version(report, plain_document(connector.id), major=2)
        refused = await api.post(f"{PATH}/{report.id}/versions/{active.id}/roll-back", json={})
        assert refused.status_code == 409
        back = await api.post(f"{PATH}/{report.id}/versions/{old.id}/roll-back", json={"comment": "2.0 loses a field."})
        assert (back.status_code, back.json()["number"], back.json()["state"]) == (201, "3.0", "draft"), back.text
        assert back.json()["document"]["fields"] == {"reference": "trade_id"}
        assert back.json()["based_on_id"] == str(old.id)
        compared = (await api.get(f"{PATH}/{report.id}/versions/{back.json()['id']}/compare")).json()
        assert compared["before"]["number"] == "2.0"
        assert [(one["name"], one["kind"]) for one in compared["diff"]["fields"]] == [("amount", "removed")]


class TestReports:
    async def test_a_report_is_changed_on_the_state_that_was_seen(
        self, api: httpx.AsyncClient, report: Report, owner: Person
    ) -> None:
        path = f"{PATH}/{report.id}"
        seen = (await api.get(path)).headers["etag"]
        body = {"name": "Daily", "tags": ["mifir", "mifir", "eu"], "owner_id": str(owner.user_id)}
        changed = await api.patch(path, json=body, headers={"If-Match": seen})
        assert (changed.status_code, changed.json()["name"], changed.json()["tags"]) == (200, "Daily", ["mifir", "eu"])
        assert changed.headers["etag"] != seen
        stale = await api.patch(path, json={"name": "Other"}, headers={"If-Match": seen})
        assert (stale.status_code, stale.headers["etag"]) == (412, changed.headers["etag"])
        assert (await api.patch(path, json={"owner_id": str(report.id)})).json()["code"] == "report_owner_unknown"

    async def test_an_archived_report_is_not_run_and_not_listed_until_it_is_restored(
        self, api: httpx.AsyncClient, rows: Rows, report: Report
    ) -> None:
        await rows.version(report)
        assert (await api.post(f"{PATH}/{report.id}/archive")).json()["archived_at"]
        assert (await api.get(PATH)).json()["items"] == []
        assert [one["id"] for one in (await api.get(f"{PATH}?is_archived=true")).json()["items"]] == [str(report.id)]
        run = await api.post(f"{PATH}/{report.id}/runs", json={"reporting_date": "2026-11-19"})
        assert (run.status_code, run.json()["code"]) == (409, "report_archived")
        assert (await api.post(f"{PATH}/{report.id}/restore")).json()["archived_at"] is None
        assert [one["id"] for one in (await api.get(PATH)).json()["items"]] == [str(report.id)]

    async def test_a_clone_begins_with_a_draft_of_the_newest_document(
        self, api: httpx.AsyncClient, rows: Rows, report: Report
    ) -> None:
        version = await rows.version(report)
        copy = await api.post(f"{PATH}/{report.id}/clone", json={"name": "Copy", "slug": "copy"})
        assert (copy.status_code, copy.json()["has_draft"], copy.json()["active_version"]) == (201, True, None)
        draft = (await api.get(f"{PATH}/{copy.json()['id']}/draft")).json()
        assert draft["document"] == version.document
        taken = await api.post(f"{PATH}/{report.id}/clone", json={"name": "Copy", "slug": "copy"})
        assert taken.json()["code"] == "report_slug_taken"

    async def test_the_list_is_filtered_sorted_and_paged_without_gaps(self, api: httpx.AsyncClient, rows: Rows) -> None:
        for name in ("Beta", "alpha", "Gamma", "delta_x", "Epsilon"):
            await rows.report(name=name, tags=["eu"] if name != "Gamma" else [])
        names, cursor = [], None
        while True:
            params: dict[str, Any] = {"sort": "name", "limit": 2, **({"cursor": cursor} if cursor else {})}
            page = (await api.get(PATH, params=params)).json()
            names += [one["name"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert names == ["alpha", "Beta", "delta_x", "Epsilon", "Gamma"]
        backwards = (await api.get(PATH, params={"sort": "-name"})).json()["items"]
        assert [one["name"] for one in backwards] == names[::-1]
        assert [one["name"] for one in (await api.get(PATH, params={"q": "A_X"})).json()["items"]] == ["delta_x"]
        assert len((await api.get(PATH, params={"tag": "eu"})).json()["items"]) == 4
        assert (await api.get(PATH, params={"sort": "name", "cursor": "bm9uZQ"})).json()["code"] == "cursor_invalid"

    async def test_a_check_answers_faults_and_what_is_known(self, api: httpx.AsyncClient, connector: Connector) -> None:
        document = plain_document(
            connector.id,
            fields={"reference": "trade_idd", "amount": "quantity * price"},
            rules=[{"id": "no"}, own_rule(expression="price")],
            outputs=[],
        )
        check = (await api.post(f"{PATH}/check", json={"document": document})).json()
        assert not check["ok"]
        faults = {one["pointer"]: one for one in check["faults"]}
        assert faults["/fields/reference"]["suggestion"] == "trade_id"
        assert {"/outputs", "/rules/1/expression"} <= set(faults)
        assert [one["name"] for one in check["source_columns"]] == ["trade_id", "quantity", "price", "trade_date"]
        fields = {one["name"]: one for one in check["fields"]}
        assert fields["amount"]["inferred_type"].startswith("decimal")
        assert fields["amount"]["columns"] == ["price", "quantity"]
        assert fields["reference"]["inferred_type"] is None
        assert (await api.post(f"{PATH}/check", json={"document": {}})).json()["faults"]
        whole = (await api.post(f"{PATH}/check", json={"document": plain_document(connector.id)})).json()
        assert (whole["ok"], whole["faults"]) == (True, [])

    async def test_a_source_that_refuses_the_query_is_a_fault_at_the_query(
        self, api: httpx.AsyncClient, connector: Connector
    ) -> None:
        source = {"connector_id": str(connector.id), "query": "select nothing from trades"}
        check = (await api.post(f"{PATH}/check", json={"document": plain_document(connector.id, source=source)})).json()
        assert [(one["pointer"], one["code"]) for one in check["faults"]] == [
            ("/source/query", "source_column_unknown")
        ]
        assert check["source_columns"] is None
