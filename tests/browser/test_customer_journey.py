"""A customer by themselves: from a name and an address to a call that is answered, and to the end and back again."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.factories.customer_rows import CustomerRows
from tests.harness.browser import Visitor
from tests.harness.customer_portal import CustomerPortal, running_portal
from tests.harness.figures import show
from tests.harness.installation import Installation

EMAIL, PASSWORD = "rita@reader.example", "glacier-ochre-violin-42"
#: A customer needs less than this from the form to the answered call, whoever reads and types.
WITHOUT_HELP_SECONDS = 180
DAY = 86_400


@pytest.fixture(scope="module")
def portal(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CustomerPortal]:
    """A publisher with one plan to pay for."""
    with running_portal(installation, tmp_path_factory.mktemp("portal")) as running:
        running.stripe.control("prices", id="price_standard", amount=4900)
        rows = CustomerRows(installation.database, installation.tenant)
        plan = rows.plan(key="standard", name="Standard", description="For one team.", stripe_price_id="price_standard")
        installation.run_now(plan)
        yield running


@pytest.fixture
def visitor(chromium: Browser, portal: CustomerPortal) -> Iterator[Visitor]:
    """Somebody who has never been here."""
    visitor = Visitor.arrive(chromium, portal.address)
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield visitor
    visitor.leave()


def sign_up(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Company").fill("Reader Ltd")
    page.get_by_label("Your name").fill("Rita Reader")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("status").filter(has_text=EMAIL)).to_be_visible()


def verify(page: Page, portal: CustomerPortal) -> None:
    page.goto(portal.link_in_mail_to(EMAIL))
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Finish and sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert "#" not in page.url, "the link stays in the history"


def pay(page: Page, portal: CustomerPortal) -> None:
    page.get_by_role("button", name="Choose and pay: Standard").click()
    page.wait_for_url(f"{portal.stripe.address}/checkout/**")
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url(f"{portal.address}/plan?checkout=done")
    portal.work()
    expect(page.get_by_role("status").filter(has_text="“Standard” is active")).to_be_visible()


def create_key(visitor: Visitor) -> str:
    """The first call as the page gives it, with the key in it."""
    page = visitor.page
    page.get_by_role("link", name="Create a key").click()
    page.get_by_label("Name").fill("Nightly import")
    page.get_by_role("dialog").get_by_role("button", name="Create a key").click()
    dialog = page.get_by_role("dialog", name="Key “Nightly import”")
    visitor.picture("journey-secret")
    first_call = dialog.get_by_role("region", name="Code of the call").inner_text()
    dialog.get_by_role("button", name="Copy", exact=True).click()
    dialog.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    secret = str(page.evaluate("navigator.clipboard.readText()"))
    assert secret.startswith("openreg_live_")
    assert secret in first_call
    assert secret not in page.content(), "the key stays on the page"
    return first_call


def see_usage(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Usage", exact=True).click()
    table = page.get_by_role("table", name="By endpoint")
    for _ in range(20):
        visitor.open("/usage")
        if table.get_by_role("cell", name="2", exact=True).count():
            break
        page.wait_for_timeout(500)  # calls are counted some moments after they are made
    calls = table.get_by_role("row", name="/external_api/v1/key").get_by_role("cell").nth(1)
    expect(calls).to_have_text("2")


def try_a_call(visitor: Visitor) -> None:
    """With the key that was just made, which is still at hand."""
    page = visitor.page
    page.get_by_role("link", name="Docs and try it").first.click()
    expect(page.get_by_role("heading", name="GET /external_api/v1/key")).to_be_visible()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("status").filter(has_text="200")).to_be_visible()
    expect(page.get_by_role("region", name="Content of the answer")).to_contain_text("Nightly import")
    visitor.picture("journey-tried")


def run_pasted(code: str) -> tuple[int, str]:
    """A call as the page gives it, in a shell; its status and answer."""
    done = subprocess.run(
        ["bash", "-c", f"{code} --silent --show-error --write-out '\\n%{{http_code}}'"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer, _, status = done.stdout.rpartition("\n")
    return int(status), answer


def test_from_sign_up_to_the_end_of_the_plan_and_back(visitor: Visitor, portal: CustomerPortal) -> None:
    page = visitor.page
    began = time.monotonic()
    sign_up(page)
    verify(page, portal)

    page.get_by_role("main").get_by_role("link", name="Choose a plan").first.click()
    pay(page, portal)

    first_call = create_key(visitor)
    status, answer = run_pasted(first_call)
    assert (status, '"Nightly import"' in answer) == (200, True), answer
    took = time.monotonic() - began
    assert took < WITHOUT_HELP_SECONDS, took
    show(f"{took:.1f} s from the form to the first call")

    try_a_call(visitor)
    see_usage(visitor)

    visitor.open("/billing")
    expect(page.get_by_role("table", name="Invoices").get_by_text("€49.00")).to_be_visible()
    page.get_by_role("button", name="Cancel the plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the plan").click()
    expect(page.get_by_text("keys are refused from then on")).to_be_visible()
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_text("keys are refused from then on")).to_be_hidden()
    page.get_by_role("button", name="Cancel the plan").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel the plan").click()
    expect(page.get_by_text("keys are refused from then on")).to_be_visible()
    assert run_pasted(first_call)[0] == 200, "the period is paid, and keys work to its end"

    visitor.picture("journey-billing")
    portal.stripe.control("clock", advance=32 * DAY)
    portal.work()
    until_refused(first_call)
    visitor.open("/keys")
    expect(page.get_by_text("The plan has ended, so keys are refused")).to_be_visible()
    visitor.picture("journey-ended")

    page.get_by_role("main").get_by_role("link", name="Choose a plan").click()
    pay(page, portal)
    status, answer = run_pasted(first_call)
    assert status == 200, answer


def until_refused(call: str, within_seconds: float = 5) -> None:
    deadline = time.monotonic() + within_seconds
    while True:
        status, answer = run_pasted(call)
        if (status, '"plan_ended"' in answer) == (403, True):
            return
        assert time.monotonic() < deadline, (status, answer)
        time.sleep(0.2)
