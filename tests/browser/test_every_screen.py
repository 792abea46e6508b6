"""Every screen the router knows, with every dialog that a button of it opens: axe, both colours, wide and narrow.

The list is the router's own, so a new screen is walked from the day it is added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import EMAIL, PASSWORD
from tests.factories.people import Person
from tests.factories.rows import CONTENT, SCHEMA, Rows
from tests.factories.whole_tenant import WholeTenant, fill
from tests.harness.browser import DESKTOP, NARROW, ROOT, Visitor
from tests.harness.installation import ADMINISTRATOR, Installation

ROUTE_TREE = ROOT / "frontend" / "src" / "routeTree.gen.ts"
#: Buttons that end the visit or leave the page.
LEAVES = re.compile(r"sign out|download|export|copy|switch", re.IGNORECASE)
#: What may lie over a page: dialogs, menus, lists of choices.
DIALOG = "[role=dialog], [role=alertdialog]"
OVERLAY = f"{DIALOG}, [role=menu], [role=listbox]"
#: The first buttons of a screen; what repeats in every row of a list opens the same dialog.
MOST_BUTTONS = 14


def screens() -> list[str]:
    """The paths of the route tree, without those that only frame others."""
    text = ROUTE_TREE.read_text("utf-8") if ROUTE_TREE.is_file() else ""
    block = re.search(r"interface FileRoutesByTo \{(.*?)\n\}", text, re.DOTALL)
    return sorted(re.findall(r'"(/[^"]*)":', block[1])) if block else []


SCREENS = screens()


@pytest.fixture(scope="module")
def whole(installation: Installation) -> WholeTenant:
    """One thing of every kind, so that no screen is empty."""

    async def store() -> WholeTenant:
        person = Person(
            installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id
        )
        whole = await fill(Rows(installation.database, installation.adapters.box, person))
        installation.adapters.storage.put(whole.artifact.object_key, CONTENT)
        installation.adapters.storage.put(whole.schema_package.object_key, SCHEMA)
        return whole

    return installation.run_now(store())


@pytest.fixture
def paths(whole: WholeTenant, installation: Installation) -> dict[str, str]:
    """What stands for each parameter of a path."""
    return {
        "$reportId": str(whole.report.id),
        "$versionId": str(whole.version.id),
        "$runId": str(whole.run.id),
        "$exceptionId": str(whole.exception.id),
        "$feedbackId": str(whole.feedback.id),
        "$reconciliationId": str(whole.reconciliation.id),
        "$rowNumber": str(whole.exception.row_number),
        "$connectorId": str(whole.connector.id),
        "$destinationId": str(whole.destination.id),
        "$submissionId": str(whole.submission.id),
        "$webhookId": str(whole.webhook.id),
        "$entryId": str(whole.audit_entry.id),
        "$registerEntryId": str(whole.register_action.entry_id),
        "$mailId": str(whole.mail.id),
        "$deliveryId": str(whole.delivery.id),
        "$roleId": str(whole.role.id),
        "$ruleKey": f"rule_set.{whole.rule_set.id}.HOUSE-01",
        "$ruleSetId": str(whole.rule_set.id),
        "$userId": str(installation.scope.user_id),
        "$datasetId": str(whole.dataset.id),
        "$packageId": str(whole.schema_package.id),
        "$mappingSetId": str(whole.mapping_set.id),
        "$calendarId": str(whole.calendar.id),
        "$scheduleId": str(whole.schedule.id),
        "$triggerId": str(whole.trigger.id),
        "$publicationId": str(whole.publication.id),
        "$customerId": str(whole.customers.customer.id),
        "$planId": str(whole.customers.plan.id),
        "$listId": str(whole.official_text.list_id),
    }


@pytest.fixture(scope="module")
def profile(chromium: Browser, address: str) -> Iterator[Visitor]:
    """The administrator's, who stays signed in from screen to screen and has a second session elsewhere."""
    visitor = Visitor.arrive(chromium, address)
    for _ in range(2):
        visitor.begin_signed_in(EMAIL, PASSWORD)
    yield visitor
    visitor.leave()


@pytest.fixture
def resident(profile: Visitor) -> Iterator[Visitor]:
    """The administrator in front of one screen; what broke unseen there is found when they are done with it."""
    profile.page.set_viewport_size(DESKTOP)
    yield profile
    found = profile.faults()
    profile.crashes.clear()
    assert found == [], found


def test_the_router_has_these_screens() -> None:
    assert len(SCREENS) >= 30
    assert {"/", "/login", "/reports", "/runs/$runId"} <= set(SCREENS)


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_and_its_dialogs(resident: Visitor, paths: dict[str, str], screen: str) -> None:
    """No fault of accessibility, nothing cut off at 320 pixels; what breaks unseen is found at the end."""
    if screen.startswith("/mapping-sets/"):
        paths["$datasetId"] = paths["$mappingSetId"]
    path = re.sub(r"\$\w+", lambda found: paths[found[0]], screen)
    name = screen.strip("/").replace("/", "-").replace("$", "") or "dashboard"
    page = show(resident, path)
    look(resident, name)
    opened = 0
    for label in labels_of(page):
        button = reach(resident, path, label)
        if not button.is_visible() or not button.is_enabled():
            continue
        button.click()
        if dialog_of(page):
            opened += 1
            look(resident, f"{name}-dialog-{opened}", within=DIALOG)
        page.keyboard.press("Escape")


def reach(visitor: Visitor, path: str, label: str) -> Locator:
    """A button of the screen, which is opened afresh when the one before led away, changed it or still lies over it."""
    button = visitor.page.get_by_role("main").get_by_role("button", name=label, exact=True).first
    is_here = visitor.page.url.endswith(path) and not visitor.page.locator(OVERLAY).count() and button.is_visible()
    if not is_here:
        show(visitor, path)
    return button


def show(visitor: Visitor, path: str) -> Page:
    """Open a screen afresh, without asking about what was typed before."""
    page = visitor.open(path)
    expect(page.get_by_role("heading").first).to_be_visible()
    expect(page.locator("[data-loading=true], .mantine-Skeleton-root")).to_have_count(0)
    return page


def labels_of(page: Page) -> list[str]:
    """Names of the buttons in the content that may open something."""
    buttons: list[Locator] = page.get_by_role("main").get_by_role("button").all()
    names = [button.get_attribute("aria-label") or button.inner_text().strip() for button in buttons]
    return [name for name in dict.fromkeys(names) if name and not LEAVES.search(name)][:MOST_BUTTONS]


def dialog_of(page: Page) -> bool:
    """Whether something lies over the page now."""
    page.wait_for_timeout(300)
    return page.get_by_role("dialog").or_(page.get_by_role("alertdialog")).count() > 0


def look(visitor: Visitor, name: str, within: str = "html") -> None:
    """axe in light and dark at both widths, and the width of the page; what a dialog lies over was looked at before."""
    page = visitor.page
    for width, size in (("wide", DESKTOP), ("narrow", NARROW)):
        page.set_viewport_size(size)
        visitor.come_to_rest()
        faults = visitor.faults_in_both_colours(f"{name}-{width}", within=within)
        assert faults == [], (name, width, faults)
    needed = page.evaluate("document.scrollingElement.scrollWidth")
    page.set_viewport_size(DESKTOP)
    assert needed <= NARROW["width"], f"{name} is {needed} pixels wide"
