"""Ways without a mouse: a report is built, tried and submitted; exceptions are taken and given another due time."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from backend.core.clock import utc_now
from tests.browser.conftest import EMAIL, PASSWORD
from tests.browser.test_reports import QUERY
from tests.factories.people import Person
from tests.factories.rows import Rows
from tests.harness.browser import Visitor
from tests.harness.installation import ADMINISTRATOR, Installation

#: What a person sees of the focus: an outline or a shadow that the same element does not have without it.
_SHOWS_FOCUS = """async (element) => {
  const looks = (one) => { const style = getComputedStyle(one); return [style.outlineStyle, style.outlineWidth,
    style.outlineColor, style.boxShadow, style.borderColor, style.backgroundColor, style.textDecorationLine].join() };
  const around = [element];
  // A code editor shows it on its frame, which lies a few elements further out.
  while (around.length < 6 && around.at(-1).parentElement) around.push(around.at(-1).parentElement);
  const seen = () => new Promise((resolve) => setTimeout(() => resolve(around.map(looks).join("|")), 50));
  const focused = await seen();
  element.blur();
  const unfocused = await seen();
  element.focus({ focusVisible: true });
  // What the focus opens is open before the next key: no hand is faster than the timers of the page.
  await seen();
  return focused !== unfocused;
}"""


class Keyboard:
    """Hands that only press keys. Whatever they come to must show that it has the focus."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.page = visitor.page

    def reach(self, target: Locator) -> None:
        """Tab to something."""
        self.visitor.press_until_focused(target)
        assert target.evaluate(_SHOWS_FOCUS), f"nobody sees that {target} has the focus"

    def press(self, target: Locator, key: str = "Enter") -> None:
        """Tab to something and press a key on it."""
        self.reach(target)
        self.page.keyboard.press(key)

    def write(self, target: Locator, text: str) -> None:
        """Tab to a field and type over what it holds."""
        self.reach(target)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, box: Locator, option: str) -> None:
        """Open a combobox and go down to an option."""
        self.press(box, "ArrowDown")
        wanted = self.page.get_by_role("option", name=re.compile(option))
        expect(wanted).to_be_visible()
        for _ in range(40):
            if wanted.evaluate("element => element.hasAttribute('data-combobox-selected')"):
                self.page.keyboard.press("Enter")
                expect(box).to_have_value(re.compile(option))
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {option}")

    def go(self, name: str) -> Page:
        """To a page by the palette."""
        self.page.keyboard.press("Control+k")
        expect(self.page.get_by_label("Search and commands").last).to_be_focused()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        self.visitor.settle()
        return self.page


def test_a_report_is_built_and_submitted_by_keyboard_alone(visitor: Visitor, connector: str) -> None:
    hands = Keyboard(visitor)
    sign_in(hands)
    begin_report(hands)
    write_source(hands, connector)
    map_fields(hands)
    try_it(hands)
    submit(hands)
    sign_out(hands)


def test_exceptions_are_taken_and_given_time_by_keyboard_alone(
    administrator: Visitor, installation: Installation
) -> None:
    installation.run_now(set_aside(installation))
    hands = Keyboard(administrator)
    administrator.open("/")
    page = hands.go("Exceptions")
    hands.press(page.get_by_role("checkbox", name="Select T-1"), "Space")
    chosen = page.get_by_role("region", name="Selected exceptions")
    hands.press(chosen.get_by_role("button", name="Assign"))
    go_down_to(page, page.get_by_role("menuitem", name="Take it"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 exception assigned to you")).to_be_visible()
    hands.press(page.get_by_role("checkbox", name="Select T-1"), "Space")
    hands.press(chosen.get_by_role("button", name="Due time"))
    dialog = page.get_by_role("dialog", name="Change when 1 exception is due")
    hands.write(dialog.get_by_label("Comment"), "The desk answers then.")
    administrator.assert_accessible("exception-due")
    hands.press(dialog.get_by_role("button", name="Change the due time"))
    expect(page.get_by_text("The due time of 1 exception was changed")).to_be_visible()
    expect(dialog).to_have_count(0)


async def set_aside(installation: Installation) -> None:
    """A record that waits for somebody."""
    person = Person(installation.tenant, "test", installation.scope.user_id, ADMINISTRATOR, installation.scope.user_id)
    rows = Rows(installation.database, installation.adapters.box, person)
    run = await rows.run(state="partial", finished_at=utc_now())
    await rows.exception(run, record_key="T-1", reference="T-1")


def sign_in(hands: Keyboard) -> None:
    page = hands.visitor.page
    page.goto("/login")
    hands.write(page.get_by_label("E-mail"), EMAIL)
    hands.write(page.get_by_label("Password", exact=True), PASSWORD)
    hands.press(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()
    hands.visitor.settle()


def begin_report(hands: Keyboard) -> None:
    page = hands.go("Reports")
    hands.press(page.get_by_role("button", name="New report").first)
    dialog = page.get_by_role("dialog", name="New report")
    hands.write(dialog.get_by_role("textbox", name="Name", exact=True), "By keyboard")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="New report").first).to_be_focused()
    page.keyboard.press("Enter")
    hands.write(dialog.get_by_role("textbox", name="Name", exact=True), "By keyboard")
    hands.press(dialog.get_by_role("button", name="Create and open"))
    expect(page.get_by_role("heading", name="Edit By keyboard")).to_be_visible()


def write_source(hands: Keyboard, connector: str) -> None:
    page = hands.page
    hands.choose(page.get_by_role("combobox", name="Connector"), connector)
    query = page.get_by_role("textbox", name="Query")
    hands.reach(query)
    page.keyboard.insert_text(QUERY)
    hands.reach(page.get_by_label("Reporting date"))
    page.keyboard.type("11192026")  # month, day, year: the order of a browser without a language
    expect(page.get_by_text(re.compile(r"Saved \d\d:\d\d"))).to_be_visible()
    hands.press(page.get_by_role("button", name="Show the first rows"))
    expect(page.get_by_role("cell", name="T-1")).to_be_visible()


def open_step(hands: Keyboard, name: str) -> None:
    page = hands.page
    hands.press(page.get_by_role("navigation", name="Steps").get_by_role("link", name=name))
    expect(page.locator("nav[aria-label=Steps] [aria-current]")).to_have_text(re.compile(name))


def map_fields(hands: Keyboard) -> None:
    page = hands.page
    open_step(hands, "Fields")
    hands.press(page.get_by_role("button", name="Map by name"))
    dialog = page.get_by_role("dialog", name="Map by name")
    expect(dialog.get_by_text("100 %, same name").first).to_be_visible()
    hands.press(dialog.get_by_role("button", name="Map 3 fields"))
    expect(page.locator("[data-field=trade_id]")).to_be_visible()


def try_it(hands: Keyboard) -> None:
    page = hands.page
    hands.press(page.get_by_role("button", name="Dry run"))
    panel = page.get_by_role("dialog", name="Dry run")
    hands.press(panel.get_by_role("button", name="Run it"))
    expect(panel.get_by_text("Reported: 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def submit(hands: Keyboard) -> None:
    page = hands.page
    open_step(hands, "Review")
    expect(page.get_by_text("Everything fits")).to_be_visible()
    hands.write(page.get_by_label("What changed, in a sentence"), "By keyboard alone")
    hands.press(page.get_by_role("button", name="Submit for approval"))
    expect(page.get_by_role("heading", name=re.compile("Version"))).to_be_visible()
    expect(page.get_by_text("In review").first).to_be_visible()


def go_down_to(page: Page, item: Locator) -> None:
    """To an item of the menu that is open."""
    expect(item).to_be_visible()
    for _ in range(20):
        if item.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"the arrow keys do not reach {item}")


def sign_out(hands: Keyboard) -> None:
    page = hands.page
    hands.press(page.get_by_role("button", name="Account menu"))
    go_down_to(page, page.get_by_role("menuitem", name="Sign out", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
