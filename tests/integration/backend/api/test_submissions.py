"""Submissions over HTTP: found, let out by a second person who names them, and told with their day and history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.pagination import PageRequest
from backend.domain.submissions import SubmissionAction
from backend.persistence.models.delivery import Delivery
from backend.persistence.models.submission import Submission
from backend.persistence.repositories.audit import AuditFilter, AuditRepository
from backend.services.submission_history import StepTaken, SubmissionHistory
from tests.factories.documents import plain_document
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import AT, REPORTING_DATE, Rows

SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def colleague(installation: Installation, owner: Person) -> Person:
    """Somebody else with every permission."""
    return await new_member(installation.database, owner.tenant, owner.tenant_slug, f"{new_id().hex}@example.test")


async def held(rows: Rows, **changes: Any) -> Submission:
    """A submission whose report delivers its one file to one destination; nothing is delivered yet."""
    destination = await rows.destination()
    version = await rows.version(
        await rows.report(), plain_document((await rows.connector()).id, deliver_to=[str(destination.id)])
    )
    run = await rows.run(version, state="succeeded", finished_at=AT, rows_in=12, rows_out=10, filtered=1)
    artifact = await rows.artifact(run)
    submission = await rows.submission(run, **changes)
    await rows.submission_file(submission, artifact)
    async with rows.database.transaction(rows.person.tenant) as session:
        stored = await session.get_one(Submission, submission.id)
        await SubmissionHistory(session, rows.person.tenant).record(stored, StepTaken(SubmissionAction.PREPARED), AT)
    return submission


async def deliveries_of(rows: Rows, submission: Submission) -> list[Delivery]:
    async with rows.database.transaction(rows.person.tenant) as session:
        return list((await session.scalars(select(Delivery).where(Delivery.run_id == submission.run_id))).all())


async def test_a_second_person_who_types_the_reference_lets_it_out(
    api: httpx.AsyncClient, sign_in: SignIn, rows: Rows, colleague: Person
) -> None:
    one = await held(rows, hold="approval", needs_approval=True)
    path, body = f"/api/v1/submissions/{one.id}/approve", {"reference": one.reference}
    own = await api.post(path, json=body)
    assert (own.status_code, own.json()["code"]) == (403, "starter_may_not_approve")
    other = sign_in(colleague)
    wrong = await other.post(path, json={"reference": one.reference[:-1]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "submission_reference_mismatch")
    assert not await deliveries_of(rows, one)
    stale = await other.post(path, json=body, headers={"If-Match": '"0"'})
    assert stale.status_code == 412
    seen = (await other.get(f"/api/v1/submissions/{one.id}")).headers["ETag"]
    key = {"If-Match": seen, "Idempotency-Key": new_id().hex}
    first = await other.post(path, json=body, headers=key)
    again = await other.post(path, json=body, headers=key)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    told = first.json()
    assert (told["state"], told["hold"]) == ("approved", "none")
    assert len(told["deliveries"]) == len(await deliveries_of(rows, one)) == 1
    assert [each["action"] for each in told["history"]] == ["prepared", "approved"]
    assert told["history"][-1]["actor"] == colleague.email
    assert told["is_history_whole"]
    assert (await other.post(path, json=body)).json()["code"] == "submission_not_held"


async def test_who_released_the_run_is_no_second_pair_of_eyes(
    api: httpx.AsyncClient, rows: Rows, colleague: Person
) -> None:
    one = await held(rows, hold="approval", started_by=colleague.user_id, released_by=rows.person.user_id)
    answer = await api.post(f"/api/v1/submissions/{one.id}/approve", json={"reference": one.reference})
    assert answer.json()["code"] == "starter_may_not_approve"


async def test_a_second_original_goes_out_with_a_reason_that_the_trail_keeps(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    one = await held(rows, hold="duplicate")
    path = f"/api/v1/submissions/{one.id}/override"
    assert (await api.post(path, json={"reference": one.reference, "reason": "  "})).status_code == 422
    answer = await api.post(path, json={"reference": one.reference, "reason": "The first one lacked a desk."})
    assert (answer.status_code, answer.json()["override_reason"]) == (200, "The first one lacked a desk.")
    assert len(await deliveries_of(rows, one)) == 1
    async with rows.database.transaction(rows.person.tenant) as session:
        entries = await AuditRepository(session, rows.person.tenant).page(PageRequest(5), AuditFilter())
    assert ("submission.overridden", "The first one lacked a desk.") in {(e.action, e.note) for e in entries.items}


async def test_an_override_does_not_spare_the_second_pair_of_eyes(api: httpx.AsyncClient, rows: Rows) -> None:
    one = await held(rows, hold="duplicate", needs_approval=True)
    body = {"reference": one.reference, "reason": "Another desk."}
    answer = await api.post(f"/api/v1/submissions/{one.id}/override", json=body)
    assert answer.json()["hold"] == "approval"
    assert not await deliveries_of(rows, one)


async def test_what_is_withdrawn_is_never_sent_and_what_is_on_its_way_is_not_withdrawn(
    api: httpx.AsyncClient, rows: Rows
) -> None:
    one = await held(rows, hold="duplicate")
    gone = await api.post(f"/api/v1/submissions/{one.id}/withdraw", json={"reason": "It is a copy."})
    assert (gone.json()["state"], gone.json()["hold"]) == ("withdrawn", "none")
    body = {"reference": one.reference, "reason": "After all."}
    assert (await api.post(f"/api/v1/submissions/{one.id}/override", json=body)).status_code == 409
    other = await held(rows, hold="duplicate")
    await api.post(f"/api/v1/submissions/{other.id}/override", json={**body, "reference": other.reference})
    late = await api.post(f"/api/v1/submissions/{other.id}/withdraw", json={"reason": "No."})
    assert (late.status_code, late.json()["code"]) == (409, "submission_handed_over")


async def test_the_list_is_found_by_state_hold_report_day_and_lateness(api: httpx.AsyncClient, rows: Rows) -> None:
    due = utc_now() - timedelta(hours=1)
    first, second = await held(rows, hold="duplicate"), await held(rows, state="sent", sent_at=AT)
    late = await held(rows, due_at=due)
    await held(rows, state="withdrawn", due_at=due)
    filters: list[tuple[dict[str, Any], set[str]]] = [
        ({"hold": "duplicate"}, {str(first.id)}),
        ({"state": ["sent", "accepted"]}, {str(second.id)}),
        ({"is_late": "true"}, {str(late.id)}),
        ({"report_id": str(first.report_id)}, {str(first.id)}),
        ({"run_id": str(second.run_id)}, {str(second.id)}),
        ({"q": first.reference[5:]}, {str(first.id)}),
        ({"reporting_to": str(REPORTING_DATE - timedelta(days=1))}, set()),
    ]
    for query, expected in filters:
        found = (await api.get("/api/v1/submissions", params=query)).json()["items"]
        assert {each["id"] for each in found} == expected, query
    pages, cursor = [], None
    while True:
        query = {"limit": 3} | ({} if cursor is None else {"cursor": cursor})
        page = (await api.get("/api/v1/submissions", params=query)).json()
        pages += [each["id"] for each in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(pages) == len(set(pages)) == 4
    counts = (await api.get("/api/v1/submissions/counts")).json()["items"]
    assert {each["state"]: each["count"] for each in counts if each["count"]} == {
        "prepared": 2,
        "sent": 1,
        "withdrawn": 1,
    }


async def test_a_day_is_complete_when_what_had_to_be_told_is_accepted(api: httpx.AsyncClient, rows: Rows) -> None:
    one = await held(
        rows, state="partially_accepted", sent_at=AT, accepted_count=8, rejected_count=2, unconfirmed_count=0
    )
    query = {"report_id": str(one.report_id), "reporting_date": str(one.reporting_date)}
    expected = {"expected": 11, "reported": 10, "accepted": 8, "pending": 0, "rejected": 2, "unreported": 1}
    assert (await api.get("/api/v1/submissions/completeness", params=query)).json() == expected
    assert (await api.get(f"/api/v1/submissions/{one.id}")).json()["completeness"] == expected


async def test_a_day_is_complete_in_the_environment_of_its_submission(api: httpx.AsyncClient, rows: Rows) -> None:
    one = await held(
        rows,
        state="accepted",
        environment="test",
        sent_at=AT,
        accepted_count=10,
        unconfirmed_count=0,
    )
    query = {"report_id": str(one.report_id), "reporting_date": str(one.reporting_date)}
    usual, test, production = [
        (await api.get("/api/v1/submissions/completeness", params=query | more)).json()
        for more in ({}, {"environment": "test"}, {"environment": "production"})
    ]
    assert usual == test
    assert (test["accepted"], production["accepted"]) == (10, 0)
