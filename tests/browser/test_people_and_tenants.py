"""Who may be here and for how long: roles, suspension, keys, tenants, sessions."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.core.pagination import PageRequest
from backend.persistence.repositories.mail import MailRepository
from backend.persistence.system import SystemScope
from tests.browser.conftest import EMAIL, PASSWORD, Arrive
from tests.factories.mails import token_in
from tests.factories.people import PASSWORD as OF_MEMBERS
from tests.factories.people import new_member
from tests.harness.browser import Visitor
from tests.harness.installation import Installation

GRACE = "grace@desk.example"


@pytest.fixture(scope="module")
def grace(installation: Installation) -> str:
    """A member who may read reports; her address."""

    async def store() -> str:
        permissions = ["reports:read", "runs:read"]
        await new_member(installation.database, installation.tenant, "test", GRACE, permissions=permissions)
        return GRACE

    return installation.run_now(store())


def test_a_role_is_made_changed_with_its_difference_and_removed(administrator: Visitor) -> None:
    page = administrator.open("/roles/new")
    page.get_by_label("Name").fill("Reader of runs")
    permission(page, "runs", "read").check()
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_role("heading", name="Reader of runs")).to_be_visible()
    permission(page, "runs", "read").uncheck()
    permission(page, "reports", "read").check()
    page.get_by_role("button", name="Save the role").click()
    dialog = page.get_by_role("dialog", name="Change what people may do?")
    expect(dialog.get_by_role("status")).to_have_text(re.compile("Gained.*reports:read.*Lost.*runs:read"))
    administrator.assert_accessible("role-change")
    dialog.get_by_role("button", name="Save the role").click()
    expect(page.get_by_text("The role is saved.")).to_be_visible()
    page.get_by_role("button", name="Remove the role").click()
    dialog = page.get_by_role("dialog", name="Remove the role “Reader of runs”")
    administrator.assert_accessible("role-remove")
    dialog.get_by_role("button", name="Remove the role").click()
    expect(page.get_by_role("heading", name="Roles", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Reader of runs")).to_have_count(0)


def permission(page: Page, resource: str, action: str) -> Locator:
    """The box of one permission."""
    group = page.get_by_role("group", name=resource, exact=True)
    return group.get_by_role("checkbox", name=action, exact=True)


def test_the_last_administrator_stays_one(administrator: Visitor, grace: str) -> None:
    page = administrator.open("/users")
    page.get_by_role("row", name=re.compile(re.escape(EMAIL))).get_by_role("link").click()
    page.get_by_role("checkbox", name="Administrator").uncheck()
    page.get_by_role("button", name="Change the roles").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Change the roles").click()
    expect(dialog.get_by_role("alert")).to_contain_text("administrator")
    administrator.assert_accessible("last-administrator")


def test_who_is_suspended_is_out_at_once(administrator: Visitor, arrive: Arrive, grace: str) -> None:
    member = arrive()
    member.sign_in(grace, OF_MEMBERS, path="/reports")
    page = administrator.open("/users")
    page.get_by_role("row", name=re.compile(re.escape(grace))).get_by_role("link").click()
    page.get_by_role("button", name="Suspend").click()
    dialog = page.get_by_role("dialog", name="Suspend Grace")
    administrator.assert_accessible("suspend")
    dialog.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("Grace is suspended.")).to_be_visible()
    member.page.get_by_role("link", name="Runs").first.click()
    expect(member.page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Lift the suspension").click()
    expect(page.get_by_role("button", name="Suspend")).to_be_visible()
    member.sign_in(grace, OF_MEMBERS)


def test_a_key_is_rotated_and_its_former_secret_goes_on_for_a_while(administrator: Visitor) -> None:
    page = administrator.open("/service-keys")
    page.get_by_role("button", name="New key").click()
    drawer = page.get_by_role("dialog", name="New key")
    drawer.get_by_label("Name").fill("nightly")
    drawer.get_by_role("checkbox").first.check()
    drawer.get_by_role("button", name="New key").click()
    first = take_secret(page)
    page.get_by_role("row", name=re.compile("nightly")).get_by_role("button", name="Rotate").click()
    dialog = page.get_by_role("dialog", name="Rotate “nightly”")
    administrator.assert_accessible("key-rotate")
    dialog.get_by_role("button", name="Rotate").click()
    second = take_secret(page)
    assert first != second
    for secret in (first, second):
        answer = page.request.get("/api/v1/connectors", headers={"Authorization": f"Bearer {secret}"})
        assert answer.status in {200, 403}, "both secrets are known for the time of the overlap"


def take_secret(page: Page) -> str:
    """Read the secret that is shown once, and close it."""
    shown = page.get_by_role("dialog", name="Secret of “nightly”")
    secret = shown.locator("pre, code").first.inner_text().strip()
    shown.get_by_role("button", name="Done").click()
    shown.get_by_role("button", name="Close without copying").click()
    return secret


def test_a_tenant_is_made_and_one_works_in_it(administrator: Visitor, installation: Installation) -> None:
    page = administrator.open("/tenants")
    page.get_by_role("button", name="New tenant").click()
    dialog = page.get_by_role("dialog", name="New tenant")
    dialog.get_by_label("Name", exact=True).fill("Second Bank")
    dialog.get_by_label("Short name").fill("second-bank")
    dialog.get_by_label("E-mail of the first administrator").fill(EMAIL)
    administrator.assert_accessible("tenant-new")
    dialog.get_by_role("button", name="New tenant").click()
    expect(page.get_by_role("row", name=re.compile("Second Bank"))).to_be_visible()
    accept_invitation(administrator, installation)
    page = administrator.sign_in(EMAIL, PASSWORD)
    page.get_by_role("button", name=re.compile("^Tenant: ")).click()
    page.get_by_role("menuitem", name="Second Bank").click()
    expect(page.get_by_role("button", name="Tenant: Second Bank")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Tenant: Second Bank")).to_be_visible()
    page.get_by_role("button", name="Tenant: Second Bank").click()
    page.get_by_role("menuitem", name="Test").click()
    expect(page.get_by_role("button", name="Tenant: Test")).to_be_visible()


def accept_invitation(administrator: Visitor, installation: Installation) -> None:
    """The mail went into the outbox of a tenant in which nobody can look yet; the link stands in the queue."""

    async def link() -> str:
        async with installation.system.transaction() as session:
            tenants = (await SystemScope(session).tenants_page(PageRequest(10))).items
        (tenant,) = [one.id for one in tenants if one.slug == "second-bank"]
        async with installation.database.transaction(tenant) as session:
            (mail,) = (await MailRepository(session, tenant).page(PageRequest(10))).items
        assert mail.content is not None
        return token_in(str(installation.adapters.box.open(mail.content)["text"]))

    page = administrator.open(f"/accept-invitation#{installation.run_now(link())}")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    administrator.assert_accessible("invitation-known")
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text("You can now work in Second Bank. Sign in to begin.")).to_be_visible()


def test_two_tabs_that_renew_at_once_stay_signed_in(administrator: Visitor) -> None:
    """Both come with the same refresh token: neither is taken for a thief."""
    one, two = administrator.open("/"), administrator.context.new_page()
    two.goto("/")
    navigation = "Main navigation"
    for _ in range(3):
        for page in (one, two):
            expect(page.get_by_role("navigation", name=navigation)).to_be_visible()
            page.evaluate("document.querySelector('nav').remove(); setTimeout(() => location.reload(), 50)")
        for page in (one, two):
            expect(page.get_by_role("navigation", name=navigation)).to_be_visible()
    two.close()


def test_who_is_away_is_asked_and_then_signed_out(administrator: Visitor) -> None:
    page = administrator.page
    page.clock.install()
    page.goto("/runs")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.clock.fast_forward("29:30")
    dialog = page.get_by_role("dialog", name="Are you still there?")
    expect(dialog).to_be_visible()
    administrator.picture("idle")
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    page.clock.fast_forward("30:10")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_text("nothing happened for a while")).to_be_visible()
