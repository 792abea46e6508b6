"""The dashboard and the search: what needs attention and anything by its id, as far as each may see it."""

from __future__ import annotations

from collections.abc import Callable

import httpx

from backend.core.clock import utc_now
from tests.factories.installation import Installation
from tests.factories.people import Person, new_member
from tests.factories.rows import Rows
from tests.factories.whole_tenant import fill

API = "/api/v1"
SignIn = Callable[[Person], httpx.AsyncClient]


async def test_an_empty_tenant_is_shown_its_first_steps(api: httpx.AsyncClient) -> None:
    shown = (await api.get(f"{API}/dashboard")).json()
    assert [(one["step"], one["is_done"]) for one in shown["checklist"]] == [
        ("connector", False),
        ("report", False),
        ("version", False),
        ("activated", False),
        ("run", False),
        ("delivered", False),
    ]
    assert set(shown["runs"]["today"].values()) == {0}
    assert (shown["runs"]["reports"], shown["approvals"]) == ([], {"waiting": 0, "for_me": 0})


async def test_what_needs_attention_is_counted_and_named(
    api: httpx.AsyncClient, rows: Rows, sign_in: SignIn, installation: Installation
) -> None:
    await fill(rows)
    version = await rows.version(await rows.report(name="Daily"))
    now = utc_now()
    failed = await rows.run(version, state="failed", created_at=now, finished_at=now)
    await rows.version(await rows.report(), state="in_review")
    shown = (await api.get(f"{API}/dashboard")).json()
    assert [one["id"] for one in shown["runs"]["failed"]] == [str(failed.id)]
    assert (shown["runs"]["held_count"], shown["runs"]["open_exceptions"]) == (1, 1)
    assert shown["runs"]["today"]["failed"] == 1
    daily = next(one for one in shown["runs"]["reports"] if one["report_name"] == "Daily")
    assert len(daily["days"]) == 14
    assert daily["days"][-1]["failed"] == 1
    assert shown["approvals"] == {"waiting": 1, "for_me": 0}, "what one wrote waits for somebody else"
    colleague = await new_member(installation.database, rows.person.tenant, "acme", "colleague@example.test")
    assert (await sign_in(colleague).get(f"{API}/dashboard")).json()["approvals"] == {"waiting": 1, "for_me": 1}


async def test_each_part_needs_its_permission(
    rows: Rows, sign_in: SignIn, installation: Installation, owner: Person
) -> None:
    whole = await fill(rows)
    reader = sign_in(
        await new_member(installation.database, owner.tenant, "acme", "r@example.test", permissions=["reports:read"])
    )
    shown = (await reader.get(f"{API}/dashboard")).json()
    assert (shown["runs"], shown["deliveries"]) == (None, None)
    assert shown["checklist"]
    found = (await reader.get(f"{API}/search", params={"q": str(whole.run.id)})).json()["items"]
    assert found == []


async def test_anything_is_found_by_its_id_and_some_by_name(
    api: httpx.AsyncClient, rows: Rows, sign_in: SignIn, stranger: Person
) -> None:
    whole = await fill(rows)
    things = {
        "report": whole.report.id,
        "report_version": whole.version.id,
        "run": whole.run.id,
        "artifact": whole.artifact.id,
        "connector": whole.connector.id,
        "destination": whole.destination.id,
        "delivery": whole.delivery.id,
        "webhook": whole.webhook.id,
    }
    for kind, identity in things.items():
        found = (await api.get(f"{API}/search", params={"q": str(identity)})).json()["items"]
        assert [(one["kind"], one["id"]) for one in found] == [(kind, str(identity))]
        elsewhere = (await sign_in(stranger).get(f"{API}/search", params={"q": str(identity)})).json()
        assert elsewhere["items"] == []
    named = (await api.get(f"{API}/search", params={"q": whole.connector.name.upper()})).json()["items"]
    assert [one["id"] for one in named] == [str(whole.connector.id)]
