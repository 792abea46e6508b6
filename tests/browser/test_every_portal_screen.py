"""Every screen of the customer portal, with every dialog that a button of it opens: axe, both colours, wide and narrow.

The list is read from the portal's own routes, so a new screen is walked from the day it is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from backend.core.clock import utc_now
from backend.core.ids import new_id
from backend.persistence.models.customer import CustomerLink, CustomerLinkKind, CustomerUser
from backend.persistence.models.customer_usage import CustomerUsageDay
from tests.browser.test_every_screen import DIALOG, dialog_of, labels_of, look, reach, show
from tests.factories.customer_rows import CustomerRows
from tests.factories.people import PASSWORD
from tests.harness.browser import DESKTOP, ROOT, Visitor
from tests.harness.customer_portal import CustomerPortal, running_portal
from tests.harness.installation import Installation

ROUTES = ROOT / "customer-portal" / "src" / "routes.ts"
SCREENS = sorted(set(re.findall(r'path: "(/[^"]*)"', ROUTES.read_text("utf-8"))))
#: Pages for people who follow a link of a mail show nothing without one.
WITH_LINK = {"/verify", "/reset-password", "/accept-invitation"}


@pytest.fixture(scope="module")
def portal(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CustomerPortal]:
    """A publisher with plans to pay for."""
    with running_portal(installation, tmp_path_factory.mktemp("portal")) as running:
        running.stripe.control("prices", id="price_standard", amount=4900)
        running.stripe.control("prices", id="price_large", amount=19900)
        yield running


@pytest.fixture(scope="module")
def owner(portal: CustomerPortal) -> CustomerUser:
    """Somebody of a company with keys, a team, and some days of calls."""
    installation = portal.installation

    async def store() -> CustomerUser:
        rows = CustomerRows(installation.database, installation.tenant)
        standard = await rows.plan(
            key="standard",
            name="Standard",
            description="For one team.",
            monthly_quota=2000,
            stripe_price_id="price_standard",
        )
        await rows.plan(
            key="large", name="Large", description="For a whole bank.", stripe_price_id="price_large", trial_days=14
        )
        customer = await rows.customer(standard, name="Reader Ltd")
        owner: CustomerUser = await rows.user(customer, email="owner@reader.example")
        await rows.user(customer, full_name="Dev Developer", role="developer", email="dev@reader.example")
        now = utc_now()
        key, _ = await rows.key(customer, name="Nightly import", last_used_at=now, last_used_address="192.0.2.7")
        await rows.key(customer, name="Old script", revoked_at=now)
        called = {"tenant_id": installation.tenant, "customer_id": customer.id, "key_id": key.id, "method": "GET"}
        await rows.store(
            CustomerLink(
                id=new_id(),
                tenant_id=installation.tenant,
                customer_id=customer.id,
                kind=CustomerLinkKind.INVITATION,
                email="new@reader.example",
                role="viewer",
                token_hash=new_id().hex * 2,
                created_at=now,
                expires_at=now + timedelta(days=7),
            ),
            *(
                CustomerUsageDay(
                    **called, route=route, day=(now - timedelta(days=day)).date(), status=status, requests=count
                )
                for route, status, count in (
                    ("/external_api/v1/key", 200, 140),
                    ("/external_api/v1/usage", 200, 31),
                    ("/external_api/v1/usage", 429, 8),
                )
                for day in (0, 1, 3)
            ),
        )
        return owner

    return installation.run_now(store())


@pytest.fixture(scope="module")
def profile(chromium: Browser, portal: CustomerPortal, owner: CustomerUser) -> Iterator[Visitor]:
    """The owner's, who stays signed in from screen to screen and has a second session elsewhere."""
    visitor = Visitor.arrive(chromium, portal.address)
    for _ in range(2):
        answer = visitor.context.request.post(
            "/external_api/v1/customers/sign-in", data={"email": owner.email, "password": PASSWORD}
        )
        assert answer.ok, answer.text()
    yield visitor
    visitor.leave()


@pytest.fixture
def resident(profile: Visitor) -> Iterator[Visitor]:
    """The owner in front of one screen; what broke unseen there is found when they are done with it."""
    profile.page.set_viewport_size(DESKTOP)
    yield profile
    found = profile.faults()
    profile.crashes.clear()
    assert found == [], found


def test_the_portal_has_these_screens() -> None:
    assert {"/", "/sign-up", "/verify", "/keys", "/usage", "/reference", "/plan", "/billing", "/team"} <= set(SCREENS)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_and_its_dialogs(resident: Visitor, screen: str) -> None:
    """No fault of accessibility, nothing cut off at 320 pixels."""
    path = f"{screen}#a-token-of-a-test" if screen in WITH_LINK else screen
    name = f"portal-{screen.strip('/') or 'overview'}"
    page = show(resident, path)
    look(resident, name)
    opened = 0
    for label in labels_of(page):
        button = reach(resident, path, label)
        # A page of the payment service is no screen of ours, and a trial would be another plan.
        if not button.is_visible() or not button.is_enabled() or re.search("pay|try it", label, re.IGNORECASE):
            continue
        button.click()
        if dialog_of(page):
            opened += 1
            look(resident, f"{name}-dialog-{opened}", within=DIALOG)
        page.keyboard.press("Escape")


def test_a_key_is_made_and_withdrawn_by_the_keyboard_alone(resident: Visitor) -> None:
    page = resident.open("/keys")
    resident.press_until_focused(page.get_by_role("button", name="Create a key"))
    page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Create a key")
    expect(form.get_by_label("Name")).to_be_focused()
    page.keyboard.type("By keyboard")
    resident.press_until_focused(form.get_by_label("Your own usage"))
    page.keyboard.press("Space")
    resident.press_until_focused(form.get_by_role("button", name="Create a key"))
    page.keyboard.press("Enter")
    secret = page.get_by_role("dialog", name="Key “By keyboard”")
    expect(secret.get_by_role("button", name="Copy", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(secret).to_be_hidden()
    row = page.get_by_role("row", name="By keyboard")
    expect(row).not_to_contain_text("usage:read")
    resident.press_until_focused(row.get_by_role("button", name="Revoke"))
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Revoke “By keyboard”")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Revoked")
