"""Rule sets over HTTP: a draft is written, somebody else activates it, and a report that could not run says no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from backend.core.ids import new_id
from backend.domain.reports.versions import ReportVersionState
from backend.domain.validation.rule_sets import RuleSetState
from backend.persistence.models.connector import Connector
from tests.factories.documents import own_rule, plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.routes import API
from tests.factories.rows import Rows

SETS = f"{API}/rule-sets"
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def checker(installation: Installation, owner: Person, sign_in: SignIn) -> httpx.AsyncClient:
    """Somebody who did not write the rules."""
    return sign_in(await new_member(installation.database, owner.tenant, "acme", "checker@example.test"))


def house_rule(**changes: Any) -> dict[str, Any]:
    return own_rule(**{"id": "HOUSE-01", **changes})


async def created(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    response = await api.post(SETS, json={"name": "house", "title": "House rules", **changes})
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def drafted(api: httpx.AsyncClient, rule_set: str, *rules: dict[str, Any], etag: str = "*") -> httpx.Response:
    response = await api.put(f"{SETS}/{rule_set}/draft", json={"rules": rules}, headers={"If-Match": etag})
    assert response.status_code == 200, response.text
    return response


async def test_from_a_draft_to_the_version_that_judges_and_to_the_next(
    api: httpx.AsyncClient, checker: httpx.AsyncClient
) -> None:
    one = (await created(api))["id"]
    first = (await drafted(api, one, house_rule())).json()
    assert (first["number"], first["state"], first["rule_count"]) == (1, "draft", 1)
    activated = await checker.post(f"{SETS}/{one}/versions/1/activate")
    assert activated.status_code == 200, activated.text
    assert activated.json()["state"] == "active"
    assert activated.json()["sha256"] == first["sha256"]
    second = (await drafted(api, one, house_rule(expression="quantity > 1"), own_rule(id="HOUSE-02"))).json()
    assert second["number"] == 2
    assert (await checker.post(f"{SETS}/{one}/versions/2/activate")).status_code == 200
    versions = (await api.get(f"{SETS}/{one}/versions")).json()["items"]
    assert [(v["number"], v["state"], v["rule_count"]) for v in versions] == [(2, "active", 2), (1, "retired", 1)]
    kept = (await api.get(f"{SETS}/{one}/versions/1")).json()
    assert [rule["expression"] for rule in kept["rules"]] == ["quantity > 0"], "what has judged never changes"
    (listed,) = (await api.get(SETS, params={"q": "HOUS"})).json()["items"]
    assert (listed["active"]["number"], listed["draft"], listed["reports"]) == (2, None, [])
    refused = await checker.post(f"{SETS}/{one}/versions/1/activate")
    assert (refused.status_code, refused.json()["code"]) == (409, "rule_set_transition_refused")


async def test_any_two_versions_are_compared(api: httpx.AsyncClient, checker: httpx.AsyncClient) -> None:
    one = (await created(api))["id"]
    two = own_rule(id="HOUSE-02")
    for number, rules in enumerate(
        ([house_rule()], [house_rule(expression="quantity > 1"), two], [two, house_rule(expression="quantity > 1")]), 1
    ):
        await drafted(api, one, *rules)
        assert (await checker.post(f"{SETS}/{one}/versions/{number}/activate")).status_code == 200

    async def compared(number: int, other: int | None = None) -> dict[str, Any]:
        params = {} if other is None else {"with": other}
        answer = await api.get(f"{SETS}/{one}/versions/{number}/compare", params=params)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    first = await compared(1)
    assert (first["before"], [(item["rule_id"], item["kind"]) for item in first["changes"]]) == (
        None,
        [("HOUSE-01", "added")],
    )
    assert await compared(3) == {"before": 2, "after": 3, "is_reordered": True, "changes": []}
    far = await compared(3, 1)
    assert [(item["rule_id"], item["kind"]) for item in far["changes"]] == [
        ("HOUSE-02", "added"),
        ("HOUSE-01", "changed"),
    ]
    assert far["changes"][1]["parts"] == [{"name": "expression", "before": "quantity > 0", "after": "quantity > 1"}]
    back = await compared(1, 3)
    assert [(item["rule_id"], item["kind"]) for item in back["changes"]] == [
        ("HOUSE-01", "changed"),
        ("HOUSE-02", "removed"),
    ]
    for path in ("1/compare?with=9", "9/compare"):
        assert (await api.get(f"{SETS}/{one}/versions/{path}")).status_code == 404


async def test_who_wrote_in_a_draft_does_not_activate_it_with_four_eyes(api: httpx.AsyncClient, rows: Rows) -> None:
    one = (await created(api))["id"]
    await drafted(api, one, house_rule())
    refused = await api.post(f"{SETS}/{one}/versions/1/activate")
    assert (refused.status_code, refused.json()["code"]) == (403, "author_may_not_approve")
    assert (await api.get(f"{SETS}/{one}")).json()["active"] is None


async def test_two_people_do_not_overwrite_each_others_draft(
    api: httpx.AsyncClient, checker: httpx.AsyncClient
) -> None:
    one = (await created(api))["id"]
    seen = (await drafted(api, one, house_rule())).headers["etag"]
    theirs = await drafted(checker, one, house_rule(severity="warning"), etag=seen)
    for etag in ({"If-Match": seen}, {}):
        late = await api.put(f"{SETS}/{one}/draft", json={"rules": []}, headers=etag)
        assert late.status_code == 412, late.text
        assert late.json()["etag"] == theirs.headers["etag"]
    draft = (await api.get(f"{SETS}/{one}/versions/1")).json()
    assert draft["rules"][0]["severity"] == "warning"
    assert len(draft["authors"]) == 2, "neither of them may activate it now"


async def test_what_cannot_be_a_rule_set_is_refused_with_its_place(api: httpx.AsyncClient) -> None:
    assert (await api.post(SETS, json={"name": "House", "title": "x"})).status_code == 422
    assert (await api.post(SETS, json={"name": "a", "title": "x", "pack_id": "nothing"})).status_code == 404
    one = (await created(api))["id"]
    taken = await api.post(SETS, json={"name": "house", "title": "Again"})
    assert (taken.status_code, taken.json()["code"]) == (409, "rule_set_name_taken")
    twice = await api.put(f"{SETS}/{one}/draft", json={"rules": [house_rule(), house_rule()]})
    assert (twice.status_code, twice.json()["code"]) == (422, "rule_id_repeated")
    broken = await api.put(f"{SETS}/{one}/draft", json={"rules": [house_rule(id="lower-1")]})
    assert broken.status_code == 422
    assert broken.json()["errors"][0]["pointer"].endswith("/rules/0/id")


async def test_a_version_that_a_running_report_could_not_use_does_not_become_active(
    api: httpx.AsyncClient, checker: httpx.AsyncClient, rows: Rows
) -> None:
    connector = await rows.connector()
    one = (await created(api))["id"]
    await drafted(api, one, house_rule())
    assert (await checker.post(f"{SETS}/{one}/versions/1/activate")).status_code == 200
    await rows.version(
        await rows.report(name="Trades"), plain_document(connector.id, rule_sets=["house"]), rule_sets=["house"]
    )
    await drafted(api, one, house_rule(expression="quantty > 0"))
    unfit = await checker.post(f"{SETS}/{one}/versions/2/activate")
    assert (unfit.status_code, unfit.json()["code"]) == (409, "rule_set_unfit"), unfit.text
    (fault,) = unfit.json()["errors"]
    assert (fault["report"], fault["pointer"], fault["suggestion"]) == ("Trades", "/rule_sets/0", "quantity")
    assert (await api.get(f"{SETS}/{one}")).json()["active"]["number"] == 1
    in_use = await checker.post(f"{SETS}/{one}/versions/1/retire")
    assert (in_use.status_code, in_use.json()["code"]) == (409, "rule_set_in_use")
    assert (await api.delete(f"{SETS}/{one}")).status_code == 409


async def test_a_draft_is_thrown_away_and_a_set_that_never_judged_goes(api: httpx.AsyncClient) -> None:
    one = (await created(api))["id"]
    await drafted(api, one, house_rule())
    assert (await api.delete(f"{SETS}/{one}/draft")).status_code == 204
    assert (await api.delete(f"{SETS}/{one}/draft")).status_code == 404
    await drafted(api, one, house_rule())
    assert (await api.delete(f"{SETS}/{one}")).status_code == 204
    assert (await api.get(f"{SETS}/{one}")).status_code == 404


async def test_a_report_names_its_rule_sets_and_they_are_checked_when_it_is_saved(
    api: httpx.AsyncClient, rows: Rows, connector: Connector
) -> None:
    rule_set, draft = await rows.rule_set(name="house"), await rows.rule_set(name="unready")
    await rows.rule_set_version(rule_set)
    await rows.rule_set_version(draft, state=RuleSetState.DRAFT)
    report = await rows.report()
    document = plain_document(connector.id, rule_sets=["house", "unready", "huose"])
    refused = await api.post(f"{API}/reports/{report.id}/versions", json={"document": document})
    assert [(one["pointer"], one["code"], one.get("suggestion")) for one in refused.json()["errors"]] == [
        ("/rule_sets/1", "rule_set_not_active", None),
        ("/rule_sets/2", "rule_set_unknown", "house"),
    ]
    checked = (await api.post(f"{API}/reports/check", json={"document": document})).json()
    assert [one["code"] for one in checked["faults"]] == ["rule_set_not_active", "rule_set_unknown"]
    saved = await api.post(
        f"{API}/reports/{report.id}/versions", json={"document": {**document, "rule_sets": ["house"]}}
    )
    assert saved.status_code == 201, saved.text
    assert saved.json()["document"]["rule_sets"] == ["house"]


async def test_the_list_says_which_reports_use_a_set(api: httpx.AsyncClient, rows: Rows) -> None:
    connector = await rows.connector()
    await rows.rule_set_version(await rows.rule_set(name="house"))
    document = plain_document(connector.id, rule_sets=["house"])
    for name, state in (
        ("Active", ReportVersionState.ACTIVE),
        ("In review", ReportVersionState.IN_REVIEW),
        ("Gone", ReportVersionState.ARCHIVED),
    ):
        await rows.version(await rows.report(name=name), document, state=state, rule_sets=["house"])
    (listed,) = (await api.get(SETS)).json()["items"]
    assert [one["name"] for one in listed["reports"]] == ["Active", "In review"]


async def test_a_set_of_another_tenant_is_not_there(sign_in: SignIn, rows: Rows, stranger: Person) -> None:
    rule_set = await rows.rule_set()
    await rows.rule_set_version(rule_set)
    client = sign_in(stranger)
    assert (await client.get(SETS)).json()["items"] == []
    assert (await client.get(f"{SETS}/{rule_set.id}/versions/1")).status_code == 404
    assert (await client.get(f"{SETS}/{new_id()}")).status_code == 404
