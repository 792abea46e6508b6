"""Exceptions over HTTP: found, counted, given to people, discussed, accepted by two, rejected, taken up again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from backend.domain.event_catalogue.exceptions import MAX_NAMED
from backend.domain.runs import RunState
from backend.domain.validation.rule import Severity
from backend.persistence.models.exception import RunException
from backend.persistence.models.run import Run, RunFinding
from backend.persistence.models.tenant import Tenant
from backend.persistence.models.webhook import Event, WebhookDelivery
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.routes import API
from tests.factories.rows import AT, Rows

SignIn = Callable[[Person], httpx.AsyncClient]
PATH = f"{API}/exceptions"


@pytest.fixture
async def run(rows: Rows) -> Run:
    return await rows.run(state=RunState.PARTIAL, finished_at=AT)


@pytest.fixture
async def exception(rows: Rows, run: Run) -> RunException:
    return await rows.exception(run, row_number=7, record_key="5493001KJTIIGC8Y1R12/T-7", reference="T-7")


def choice(one: RunException, **changes: object) -> dict[str, object]:
    return {"id": str(one.id), **changes}


async def ids(api: httpx.AsyncClient, **params: object) -> list[str]:
    response = await api.get(PATH, params=params)
    assert response.status_code == 200, response.text
    return [one["id"] for one in response.json()["items"]]


async def test_filters_find_exactly_what_they_name(api: httpx.AsyncClient, rows: Rows, run: Run) -> None:
    other = await rows.run(state=RunState.SUCCEEDED, finished_at=AT)
    one = await rows.exception(run, row_number=1, record_key="E1/T-1", reference="T-1", entity="E1", rule_id="MR-02")
    two = await rows.exception(run, row_number=2, record_key="E2/T_2", reference="T_2", state="amended", is_repeat=True)
    three = await rows.exception(other, assignee_id=rows.person.user_id, due_at=AT + timedelta(days=9), entity="E2")
    everything = [str(three.id), str(two.id), str(one.id)]
    assert await ids(api) == everything
    assert await ids(api, sort="created_at") == everything[::-1]
    assert await ids(api, sort="-due_at") == everything
    for params, expected in (
        ({"q": "T-1"}, one),
        ({"q": "E1/T"}, one),
        ({"q": "T_"}, two),
        ({"q": str(three.id)}, three),
        ({"state": "amended"}, two),
        ({"run_id": str(other.id)}, three),
        ({"report_id": str(other.report_id)}, three),
        ({"rule_id": "MR-02"}, one),
        ({"entity": "E2"}, three),
        ({"assignee_id": str(rows.person.user_id)}, three),
        ({"is_assigned": True}, three),
        ({"is_repeat": True}, two),
    ):
        assert await ids(api, **params) == [str(expected.id)], params
    assert await ids(api, state=["amended", "open"], due_before=(AT + timedelta(days=1)).isoformat()) == everything[1:]
    assert await ids(api, q="%") == []


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "due_at", "-due_at"])
async def test_pages_hold_every_exception_once_in_the_order_asked_for(
    api: httpx.AsyncClient, rows: Rows, run: Run, sort: str
) -> None:
    states = ["open", "amended", "accepted", "open", "open", "amended", "rejected"]
    made = [
        await rows.exception(run, row_number=number, state=state, due_at=AT + timedelta(hours=number % 3))
        for number, state in enumerate(states)
    ]
    by_due = "due" in sort
    ordered = sorted(made, key=lambda one: (one.due_at, one.id) if by_due else one.id, reverse=sort.startswith("-"))
    seen: list[str] = []
    params: dict[str, object] = {"sort": sort, "limit": 2, "state": ["open", "amended", "accepted", "rejected"]}
    while True:
        page = (await api.get(PATH, params=params)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
    assert seen == [str(one.id) for one in ordered]


async def test_counts_and_groups_say_how_many_without_looking_at_closed_ones(
    api: httpx.AsyncClient, rows: Rows, run: Run
) -> None:
    for number, (rule, entity, state) in enumerate(
        [("B", "E1", "open"), ("A", "E1", "amended"), ("B", "E2", "open"), ("C", None, "rejected")]
    ):
        await rows.exception(run, row_number=number, rule_id=rule, entity=entity, state=state)
    counts = {one["state"]: one["count"] for one in (await api.get(f"{PATH}/counts")).json()["items"]}
    assert counts == {"open": 2, "amended": 1, "resubmitted": 0, "resolved": 0, "accepted": 0, "rejected": 1}
    for by, expected in (("rule", [("B", 2), ("A", 1)]), ("entity", [("E1", 2), ("E2", 1)])):
        groups = (await api.get(f"{PATH}/groups", params={"by": by})).json()["items"]
        assert [(one["value"], one["count"]) for one in groups] == expected
    async with rows.database.transaction(rows.person.tenant) as session:
        counts = {"count": 2, "primary_count": 2, "message": "No quantity."}
        session.add(
            RunFinding(
                run_id=run.id, tenant_id=rows.person.tenant, rule_id="B", severity=Severity.CORRECTABLE, **counts
            )
        )
    causes = (await api.get(f"{PATH}/groups", params={"by": "rule"})).json()["items"]
    assert [(one["value"], one["name"]) for one in causes] == [("B", "No quantity."), ("A", None)]
    (report,) = (await api.get(f"{PATH}/groups", params={"by": "report"})).json()["items"]
    assert (report["value"], report["name"], report["count"]) == (str(run.report_id), "Transactions", 3)


async def test_whom_exceptions_can_be_given_to_is_known_to_those_who_may_only_read_them(
    rows: Rows, sign_in: SignIn
) -> None:
    tenant = rows.person.tenant
    found = {}
    for name, permissions in (("worker", {"exceptions:work"}), ("reader", {"exceptions:read"})):
        email = f"{name}@example.org"
        found[name] = await new_member(rows.database, tenant, "acme", email, permissions=permissions)
    await new_member(rows.database, tenant, "acme", "gone@example.org", is_active=False)
    answer = await sign_in(found["reader"]).get(f"{PATH}/assignees")
    known = {one["id"] for one in answer.json()["items"]}
    assert known == {str(rows.person.user_id), str(found["worker"].user_id)}
    assert (await sign_in(found["worker"]).get(f"{PATH}/assignees")).status_code == 403


async def test_assigning_can_be_undone_with_what_it_answers(
    api: httpx.AsyncClient, rows: Rows, exception: RunException
) -> None:
    me = str(rows.person.user_id)
    done = await api.post(f"{PATH}/assign", json={"items": [choice(exception, assignee_id=me, revision=1)]})
    assert done.status_code == 200, done.text
    assert done.json()["before"] == [{"id": str(exception.id), "assignee_id": None, "revision": 2}]
    assert await ids(api, assignee_id=me) == [str(exception.id)]
    undone = await api.post(f"{PATH}/assign", json={"items": done.json()["before"]})
    assert undone.json()["before"] == [{"id": str(exception.id), "assignee_id": me, "revision": 3}]
    history = (await api.get(f"{PATH}/{exception.id}/history")).json()["items"]
    assert [one["action"] for one in history] == ["assigned", "assigned"]
    assert history[0]["details"]["to"] == history[0]["actor_name"]


async def test_two_people_cannot_overwrite_each_other(api: httpx.AsyncClient, exception: RunException) -> None:
    first = {"items": [choice(exception, revision=1)], "comment": "A test trade."}
    assert (await api.post(f"{PATH}/reject", json=first)).status_code == 200
    second = await api.post(f"{PATH}/reopen", json=first)
    assert (second.status_code, second.json()["code"]) == (412, "precondition_failed")
    assert second.json()["exception_ids"] == [str(exception.id)]


async def test_an_acceptance_needs_a_second_person_where_four_eyes_are_on(
    api: httpx.AsyncClient, sign_in: SignIn, rows: Rows, exception: RunException, installation: Installation
) -> None:
    body = {"items": [choice(exception)], "comment": "The venue confirmed it."}
    asked = (await api.post(f"{PATH}/accept", json=body)).json()["items"][0]
    assert (asked["state"], asked["proposed_by"]) == ("open", str(rows.person.user_id))
    decision = {"items": [choice(exception)], "is_approved": True, "comment": ""}
    own = await api.post(f"{PATH}/acceptances", json=decision)
    assert (own.status_code, own.json()["code"]) == (403, "proposer_may_not_approve")
    colleague = sign_in(
        await new_member(
            installation.database, rows.person.tenant, "acme", "second@example.test", permissions=["exceptions:approve"]
        )
    )
    agreed = (await colleague.post(f"{PATH}/acceptances", json=decision)).json()["items"][0]
    assert (agreed["state"], agreed["proposed_by"]) == ("accepted", None)
    again = await colleague.post(f"{PATH}/acceptances", json=decision)
    assert (again.status_code, again.json()["code"]) == (409, "acceptance_not_proposed")
    history = (await api.get(f"{PATH}/{exception.id}/history")).json()["items"]
    assert [one["action"] for one in history] == ["acceptance_proposed", "accepted"]
    assert history[0]["comment"] == "The venue confirmed it."


async def test_one_person_accepts_where_the_tenant_has_four_eyes_off(
    api: httpx.AsyncClient, rows: Rows, exception: RunException
) -> None:
    async with rows.database.transaction(rows.person.tenant) as session:
        tenant = await session.get_one(Tenant, rows.person.tenant)
        tenant.four_eyes, tenant.four_eyes_off_reason = False, "One person tests alone."
    body = {"items": [choice(exception)], "comment": "Known."}
    assert (await api.post(f"{PATH}/accept", json=body)).json()["items"][0]["state"] == "accepted"
    reopened = await api.post(f"{PATH}/reopen", json=body)
    assert reopened.json()["items"][0]["state"] == "open"


async def test_what_is_closed_is_not_closed_again(api: httpx.AsyncClient, exception: RunException) -> None:
    body = {"items": [choice(exception)], "comment": "Reported elsewhere."}
    assert (await api.post(f"{PATH}/reject", json=body)).json()["items"][0]["state"] == "rejected"
    refused = await api.post(f"{PATH}/reject", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "exception_transition_refused")


async def test_exceptions_of_a_run_that_has_not_ended_wait(api: httpx.AsyncClient, rows: Rows) -> None:
    one = await rows.exception(await rows.run(state=RunState.RUNNING))
    refused = await api.post(f"{PATH}/reject", json={"items": [choice(one)], "comment": "No."})
    assert (refused.status_code, refused.json()["code"]) == (409, "exception_run_unfinished")


async def test_comments_and_due_times_are_kept(api: httpx.AsyncClient, exception: RunException) -> None:
    said = await api.post(f"{PATH}/{exception.id}/comments", json={"text": "Asked the desk."})
    assert said.json()["items"][-1]["comment"] == "Asked the desk."
    due = {"items": [choice(exception)], "due_at": "2026-12-01T12:00:00+01:00", "comment": "The desk answers then."}
    changed = (await api.post(f"{PATH}/due", json=due)).json()["items"][0]
    assert (changed["due_at"], changed["revision"]) == ("2026-12-01T11:00:00Z", 3)


async def test_the_file_for_a_spreadsheet_holds_no_formula(api: httpx.AsyncClient, rows: Rows, run: Run) -> None:
    await rows.exception(run, record_key="=HYPERLINK(1)", entity="+E", rule_ids=["A", "B"])
    header, line = (await api.get(f"{PATH}/export")).text.splitlines()
    row = dict(zip(header.split(","), line.split(","), strict=True))
    assert (row["record_key"], row["entity"], row["rule_ids"]) == ("'=HYPERLINK(1)", "'+E", "A B")


async def test_what_is_not_there_and_what_is_asked_wrongly_is_refused(
    api: httpx.AsyncClient, run: Run, exception: RunException
) -> None:
    for body, status in (
        ({"items": [{"id": str(run.id)}], "comment": "x"}, 404),
        ({"items": [choice(exception), choice(exception)], "comment": "x"}, 422),
        ({"items": [choice(exception)], "comment": " "}, 422),
        ({"items": [], "comment": "x"}, 422),
    ):
        assert (await api.post(f"{PATH}/reject", json=body)).status_code == status, body
    stranger = {"items": [choice(exception, assignee_id=str(run.id))]}
    unknown = await api.post(f"{PATH}/assign", json=stranger)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "assignee_unknown")
    assert (await api.get(PATH, params={"cursor": "nonsense"})).status_code == 422


async def test_partners_hear_once_for_a_run_what_was_done_to_its_exceptions(
    api: httpx.AsyncClient, rows: Rows, run: Run
) -> None:
    other = await rows.run(state=RunState.PARTIAL, finished_at=AT)
    mine = [await rows.exception(run, row_number=number) for number in range(MAX_NAMED + 1)]
    few = [await rows.exception(other, row_number=number) for number in range(2)]
    await rows.webhook(event_types=["exception.*"])
    body = {"items": [choice(one) for one in [*mine, *few]], "comment": "Test trades."}
    assert (await api.post(f"{PATH}/reject", json=body)).status_code == 200
    async with rows.database.transaction(rows.person.tenant) as session:
        events = {one.subject_id: one for one in await session.scalars(select(Event))}
        assert len(list(await session.scalars(select(WebhookDelivery)))) == 2
    assert events.keys() == {run.id, other.id}
    told = {identity: one.payload for identity, one in events.items()}
    assert [told[one.id]["exceptions"] for one in (run, other)] == [MAX_NAMED + 1, 2]
    assert [told[one.id]["states"] for one in (run, other)] == [{"rejected": MAX_NAMED + 1}, {"rejected": 2}]
    assert told[run.id]["exception_ids"] == [], "too many to be named"
    assert sorted(told[other.id]["exception_ids"]) == sorted(str(one.id) for one in few)
    assert {one.type for one in events.values()} == {"exception.closed"}
