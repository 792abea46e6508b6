"""Sessions over HTTP: renewed in turns, shared by two tabs, and dead for everybody once a copy shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from backend.config import load_settings
from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.core.tokens import TokenSigner
from backend.main import create_app
from backend.persistence.models.tenant import Membership
from backend.persistence.repositories.tenants import MemberRepository
from tests.factories.installation import Installation
from tests.factories.people import PASSWORD, Person

AUTH = "/api/v1/auth"
CSRF = {"X-OpenReg-CSRF": "1"}
SignIn = Callable[[Person], httpx.AsyncClient]


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with a cookie jar."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://openreg.test") as client:
        yield client


async def sign_in(client: httpx.AsyncClient, person: Person, password: str = PASSWORD) -> dict[str, str]:
    """The header of a fresh access token; the client keeps the cookie."""
    response = await client.post(f"{AUTH}/login", json={"email": person.email, "password": password})
    assert response.status_code == 200, response.text
    return bearer(response)


def bearer(response: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {response.json()['access_token']}"}


async def refresh(client: httpx.AsyncClient, cookie: str | None = None) -> httpx.Response:
    """Renew with the jar's cookie, or with one that somebody kept."""
    if cookie is None:
        return await client.post(f"{AUTH}/refresh", headers=CSRF)
    jar = dict(client.cookies)
    client.cookies.clear()
    response = await client.post(f"{AUTH}/refresh", headers={**CSRF, "Cookie": f"openreg_session={cookie}"})
    client.cookies.clear()
    for name, value in jar.items():
        client.cookies.set(name, value, domain="openreg.test", path=AUTH)
    return response


async def pass_time(installation: Installation, person: Person, by: timedelta = timedelta(minutes=14)) -> None:
    """Move the sessions of somebody into the past."""
    async with installation.database.transaction(person.tenant, user_id=person.user_id) as session:
        await session.execute(
            text("update sessions set last_used_at = last_used_at - cast(:by as interval)"), {"by": by}
        )


async def trail(installation: Installation, person: Person) -> list[tuple[str, str | None]]:
    """(action, after or note) of the tenant's audit trail."""
    query = text("select action, coalesce(after, note) from audit_entries order by number")
    async with installation.database.transaction(person.tenant) as session:
        return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def works(client: httpx.AsyncClient, token: dict[str, str]) -> bool:
    response = await client.get(f"{AUTH}/me", headers=token)
    assert response.status_code in {200, 401}
    return response.status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(
    browser: httpx.AsyncClient, owner: Person
) -> None:
    response = await browser.post(f"{AUTH}/login", json={"email": owner.email, "password": PASSWORD})
    cookies = SimpleCookie()
    for header in response.headers.get_list("set-cookie"):
        cookies.load(header)
    for name in ("openreg_session", "openreg_device"):
        cookie = cookies[name]
        assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["secure"]) == (True, "strict", AUTH, "")
    assert 0 <= 7 * 86_400 - int(cookies["openreg_session"]["max-age"]) <= 5
    assert cookies["openreg_session"].value not in response.text
    over_tls = await browser.post(
        f"https://openreg.test{AUTH}/login", json={"email": owner.email, "password": PASSWORD}
    )
    assert all("; Secure" in header for header in over_tls.headers.get_list("set-cookie"))


async def test_a_session_is_renewed_in_turns(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    seen = {browser.cookies["openreg_session"]}
    for _ in range(3):
        await pass_time(installation, owner)
        response = await refresh(browser)
        assert response.status_code == 200, response.text
        assert response.json()["expires_in"] == 900
        assert await works(browser, bearer(response))
        seen.add(browser.cookies["openreg_session"])
    assert len(seen) == 4


async def test_a_refresh_token_that_comes_back_ends_the_session_for_thief_and_owner(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    owners_token = await sign_in(browser, owner)
    stolen = browser.cookies["openreg_session"]
    await pass_time(installation, owner)
    thief = await refresh(browser, stolen)
    assert thief.status_code == 200, "the thief is first, and nobody can tell yet"
    await pass_time(installation, owner)
    caught = await refresh(browser)
    assert (caught.status_code, caught.json()["code"]) == (401, "session_ended")
    assert not await works(browser, owners_token)
    assert not await works(browser, bearer(thief))
    thiefs_cookie = thief.cookies["openreg_session"]
    assert (await refresh(browser, thiefs_cookie)).status_code == 401
    assert ("session.ended", '{"reason":"token_reused"}') in await trail(installation, owner)


async def test_the_owner_being_first_changes_nothing_for_the_thief(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    stolen = browser.cookies["openreg_session"]
    await pass_time(installation, owner)
    renewed = await refresh(browser)
    await pass_time(installation, owner)
    assert (await refresh(browser, stolen)).status_code == 401
    assert not await works(browser, bearer(renewed)), "whoever has the copy, the session is over"


async def test_two_tabs_that_renew_at_once_both_stay_signed_in(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    await pass_time(installation, owner)
    before = browser.cookies["openreg_session"]
    answers = await asyncio.gather(*(refresh(browser) for _ in range(5)))
    assert [one.status_code for one in answers] == [200] * 5
    cookies = {one.cookies["openreg_session"] for one in answers}
    assert len(cookies) == 1, "in whichever order the answers arrive, the browser keeps the one that counts"
    assert before not in cookies
    assert all([await works(browser, bearer(one)) for one in answers])
    await pass_time(installation, owner)
    assert (await refresh(browser)).status_code == 200


async def test_a_page_that_was_reloaded_while_it_renewed_stays_signed_in(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    await pass_time(installation, owner)
    kept = browser.cookies["openreg_session"]
    lost = await refresh(browser, kept)
    again = await refresh(browser, kept)
    assert lost.cookies["openreg_session"] == again.cookies["openreg_session"] != kept


async def test_signing_out_ends_the_access_token_too(browser: httpx.AsyncClient, owner: Person) -> None:
    token = await sign_in(browser, owner)
    cookie = browser.cookies["openreg_session"]
    assert await works(browser, token)
    response = await browser.post(f"{AUTH}/logout", headers=CSRF)
    assert response.status_code == 204
    assert "openreg_session" not in browser.cookies
    assert not await works(browser, token)
    assert (await refresh(browser, cookie)).status_code == 401
    assert (await browser.post(f"{AUTH}/logout", headers=CSRF)).status_code == 204, "twice is once"


async def test_signing_out_everywhere_ends_all_sessions_of_this_person_only(
    browser: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
) -> None:
    first = await sign_in(browser, owner)
    second = await sign_in(browser, owner)
    theirs = await sign_in(browser, stranger)
    own_cookie = browser.cookies["openreg_session"]
    await sign_in(browser, owner)
    assert (await browser.post(f"{AUTH}/logout-all", headers=CSRF)).status_code == 204
    assert not await works(browser, first)
    assert not await works(browser, second)
    assert await works(browser, theirs)
    assert (await refresh(browser, own_cookie)).status_code == 200
    assert (await browser.post(f"{AUTH}/logout-all", headers=CSRF)).status_code in {204, 401}


async def test_sessions_are_listed_and_ended_one_by_one(
    browser: httpx.AsyncClient, owner: Person, stranger: Person, app: FastAPI
) -> None:
    await sign_in(browser, owner)
    token = await sign_in(browser, owner)
    theirs = await sign_in(browser, stranger)
    items = (await browser.get(f"{AUTH}/sessions", headers=token)).json()["items"]
    assert [one["is_current"] for one in items] == [True, False, False]
    assert items[0]["user_agent"].startswith("python-httpx")
    assert items[0]["address"] == "127.0.0.1"
    assert not any("hash" in name or "token" in name for name in items[0])
    other = items[1]["id"]
    assert (await browser.delete(f"{AUTH}/sessions/{other}", headers=theirs)).status_code == 404
    assert (await browser.delete(f"{AUTH}/sessions/{other}", headers=token)).status_code == 204
    assert (await browser.delete(f"{AUTH}/sessions/{other}", headers=token)).status_code == 404
    assert len((await browser.get(f"{AUTH}/sessions", headers=token)).json()["items"]) == 2
    assert (await browser.delete(f"{AUTH}/sessions/{items[0]['id']}", headers=token)).status_code == 204
    assert not await works(browser, token)


async def test_a_changed_password_ends_every_other_session(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    other = await sign_in(browser, owner)
    token = await sign_in(browser, owner)
    chosen = "plum window seventeen kayak"

    async def change(current: str, new: str) -> httpx.Response:
        body = {"current_password": current, "new_password": new}
        return await browser.post(f"{AUTH}/change-password", headers=token, json=body)

    wrong = await change("not it at all", chosen)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "password_wrong")
    weak = await change(PASSWORD, "Password1234")
    assert (weak.status_code, weak.json()["code"]) == (422, "password_too_weak")
    assert weak.json()["errors"][0]["pointer"] == "/new_password"
    assert await works(browser, other)
    assert (await change(PASSWORD, chosen)).status_code == 204
    assert await works(browser, token)
    assert not await works(browser, other)
    refused = await browser.post(f"{AUTH}/login", json={"email": owner.email, "password": PASSWORD})
    assert refused.status_code == 401
    assert await sign_in(browser, owner, chosen)
    written = await trail(installation, owner)
    assert "password.changed" in [action for action, _ in written]
    assert chosen not in str(written)


async def test_a_session_left_alone_longer_than_the_tenant_allows_is_over(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    await pass_time(installation, owner, timedelta(minutes=44))
    assert (await refresh(browser)).status_code == 200
    await pass_time(installation, owner, timedelta(minutes=46))
    assert (await refresh(browser)).status_code == 401
    assert ("session.ended", '{"reason":"idle"}') in await trail(installation, owner)


async def test_forged_cookies_are_refused_and_end_nothing(
    browser: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
) -> None:
    token = await sign_in(browser, owner)
    own = browser.cookies["openreg_session"]
    await sign_in(browser, stranger)
    theirs = browser.cookies["openreg_session"]
    await pass_time(installation, owner)
    head, tail = own[:22], own[22:]
    for forged in ("", "x", own[:-1], head + theirs[22:], theirs[:22] + tail, head + "A" * 64, own + "A", "\u00e9"):
        cookie = forged.encode("ascii", "ignore").decode()
        response = await refresh(browser, cookie)
        assert (response.status_code, response.json()["code"]) == (401, "session_ended"), forged
    assert await works(browser, token)
    assert (await refresh(browser, own)).status_code == 200


async def test_a_token_of_another_kind_is_no_access_token_and_the_reverse(
    browser: httpx.AsyncClient, owner: Person, signer: TokenSigner
) -> None:
    token = await sign_in(browser, owner)
    device = browser.cookies["openreg_device"]
    session = browser.cookies["openreg_session"]
    for wrong in (device, session):
        assert not await works(browser, {"Authorization": f"Bearer {wrong}"})
    access = token["Authorization"].removeprefix("Bearer ")
    body = {"challenge": access, "code": "123456"}
    response = await browser.post(f"{AUTH}/login/second-factor", json=body)
    assert (response.status_code, response.json()["code"]) == (401, "challenge_expired")


async def test_whoever_is_switched_off_is_out_at_once(
    browser: httpx.AsyncClient, owner: Person, installation: Installation
) -> None:
    token = await sign_in(browser, owner)
    async with installation.database.transaction(owner.tenant) as session:
        await session.execute(text("update users set is_active = false where id = :id"), {"id": owner.user_id})
    assert not await works(browser, token)
    assert (await refresh(browser)).status_code == 401


async def joined(installation: Installation, person: Person, other: Person) -> None:
    """The person is a member of the other's tenant too, without a role there."""
    async with installation.database.transaction(other.tenant) as session:
        MemberRepository(session, other.tenant).add(
            Membership(id=new_id(), tenant_id=other.tenant, user_id=person.user_id, created_at=utc_now())
        )


async def test_the_tenant_is_switched_for_the_session_and_only_to_ones_own(
    browser: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
) -> None:
    token = await sign_in(browser, owner)

    async def switch(tenant: object) -> httpx.Response:
        return await browser.post(f"{AUTH}/switch-tenant", headers=token, json={"tenant_id": str(tenant)})

    for tenant in (stranger.tenant, new_id()):
        refused = await switch(tenant)
        assert (refused.status_code, refused.json()["code"]) == (404, "tenant_not_yours")
    await joined(installation, owner, stranger)
    there = await switch(stranger.tenant)
    me = (await browser.get(f"{AUTH}/me", headers=bearer(there))).json()
    assert (me["tenant"]["slug"], me["permissions"], me["roles"]) == ("other", [], [])
    assert [one["slug"] for one in me["tenants"]] == ["acme", "other"]
    await pass_time(installation, owner)
    renewed = await refresh(browser)
    assert (await browser.get(f"{AUTH}/me", headers=bearer(renewed))).json()["tenant"]["slug"] == "other"
    assert await works(browser, token), "the token for the first tenant holds until it expires"


async def test_whoever_leaves_a_tenant_is_renewed_into_another(
    browser: httpx.AsyncClient, owner: Person, stranger: Person, installation: Installation
) -> None:
    await sign_in(browser, owner)
    await joined(installation, owner, stranger)
    async with installation.database.transaction(owner.tenant) as session:
        await session.execute(
            text("update memberships set is_active = false where user_id = :id"), {"id": owner.user_id}
        )
    await pass_time(installation, owner)
    renewed = await refresh(browser)
    assert (await browser.get(f"{AUTH}/me", headers=bearer(renewed))).json()["tenant"]["slug"] == "other"


async def test_one_can_change_ones_name_and_nothing_else(browser: httpx.AsyncClient, owner: Person) -> None:
    token = await sign_in(browser, owner)
    body = {"full_name": "  Ann Ö. Nym ", "email": "x@example.test", "is_platform_administrator": True}
    answer = (await browser.patch(f"{AUTH}/me", headers=token, json=body)).json()
    assert answer["user"]["full_name"] == "Ann Ö. Nym"
    assert answer["user"]["email"] == owner.email
    assert answer["user"]["is_platform_administrator"] is False
    for bad in ("", "   ", "x" * 201, None):
        assert (await browser.patch(f"{AUTH}/me", headers=token, json={"full_name": bad})).status_code == 422


@pytest.mark.parametrize("path", ["refresh", "logout", "logout-all"])
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "csrf_header_missing"),
        ({"X-OpenReg-CSRF": "0"}, "csrf_header_missing"),
        ({**CSRF, "Origin": "https://evil.example"}, "foreign_page"),
        ({**CSRF, "Origin": "null"}, "foreign_page"),
        ({**CSRF, "Origin": "http://openreg.test.evil.example"}, "foreign_page"),
        ({**CSRF, "Sec-Fetch-Site": "cross-site"}, "foreign_page"),
        ({**CSRF, "Sec-Fetch-Site": "same-site"}, "foreign_page"),
    ],
    ids=str,
)
async def test_a_page_of_another_site_moves_nothing(
    browser: httpx.AsyncClient, owner: Person, path: str, headers: dict[str, str], code: str
) -> None:
    token = await sign_in(browser, owner)
    response = await browser.post(f"{AUTH}/{path}", headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, code)
    assert await works(browser, token)


async def test_signing_in_cannot_be_forced_upon_a_browser_by_another_site(
    browser: httpx.AsyncClient, owner: Person
) -> None:
    body = {"email": owner.email, "password": PASSWORD}
    foreign = await browser.post(f"{AUTH}/login", json=body, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_page")
    form = await browser.post(f"{AUTH}/login", content=str(body), headers={"Content-Type": "text/plain"})
    assert form.status_code == 422
    assert "openreg_session" not in browser.cookies
    ours = await browser.post(
        f"{AUTH}/login", json=body, headers={"Origin": "http://openreg.test", "Sec-Fetch-Site": "same-origin"}
    )
    assert ours.status_code == 200


@pytest.fixture
async def behind_proxy(environment: dict[str, str]) -> AsyncIterator[FastAPI]:
    """The application, told which proxy and which foreign address to trust."""
    changes = {"TRUSTED_PROXIES": "10.0.0.0/8", "CORS_ORIGINS": "https://ui.example"}
    application = create_app(load_settings({**environment, **changes}))
    async with application.router.lifespan_context(application):
        yield application


@pytest.mark.parametrize(
    ("peer", "address", "is_secure"),
    [("10.1.2.3", "203.0.113.9", True), ("192.0.2.1", "192.0.2.1", False)],
    ids=["a proxy that is listed", "anybody else"],
)
async def test_forwarded_headers_are_believed_from_listed_proxies_only(
    behind_proxy: FastAPI, owner: Person, peer: str, address: str, is_secure: bool
) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
    transport = httpx.ASGITransport(behind_proxy, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://openreg.test", headers=forwarded) as client:
        response = await client.post(
            f"{AUTH}/login", json={"email": owner.email, "password": PASSWORD}, headers={"Origin": "https://ui.example"}
        )
        assert response.status_code == 200, response.text
        assert ("; Secure" in response.headers["set-cookie"]) is is_secure
        items: list[dict[str, Any]] = (await client.get(f"{AUTH}/sessions", headers=bearer(response))).json()["items"]
    assert items[0]["address"] == address
