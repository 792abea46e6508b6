"""A person in front of a real browser: opens pages, looks for what breaks without being seen, takes pictures."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
#: Of the user interface, and of the customers' portal.
BUILDS = tuple(ROOT / service / "static" / "index.html" for service in ("backend", "external_api"))
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
#: What an accessibility check is run against: no rule is left out.
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
FLAGS = (
    "--no-sandbox",  # continuous integration runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP = {"width": 1280, "height": 800}
NARROW = {"width": 320, "height": 640}
#: Long enough for a busy machine; what takes longer is broken.
TIMEOUT_MS = 15_000
#: Every page is looked at in both.
SCHEMES = ("light", "dark")
_WATCH_CSP = """
window.__cspViolations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.__cspViolations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""
#: No transition is under way; what turns for ever, as a loader does, is left out.
_NOTHING_MOVES = """() => document.getAnimations().every(
  (one) => one.playState !== "running" || one.effect?.getComputedTiming().iterations === Infinity
)"""
#: Nothing has moved for some frames: what makes room for something else, as the navigation does, has done so.
_STAYS_IN_PLACE = """() => new Promise((done) => {
  let before = "", still = 0, frames = 0;
  const look = () => {
    const now = JSON.stringify([...document.querySelectorAll("*")].map((one) => one.getBoundingClientRect()));
    still = now === before ? still + 1 : 0;
    before = now;
    frames += 1;
    if (still >= 6 || frames >= 120) done(); else requestAnimationFrame(look);
  };
  look();
})"""
#: Whether the same is there, seen and at the same places as when this was asked before: only colours may differ.
_ONLY_COLOURS_DIFFER = """() => {
  const places = [...document.body.querySelectorAll("*")].map((one) => {
    const box = one.getBoundingClientRect();
    const isSeen = one.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    return [isSeen, box.x, box.y, box.width, box.height];
  });
  const shown = document.body.outerHTML + JSON.stringify(places);
  const isSame = shown === window.__shownBefore;
  window.__shownBefore = shown;
  return isSame;
}"""
#: By axe's own categories: all but rules about colours, and about tables, which it tells from layout by their stripes.
_RULES_BLIND_TO_COLOURS = """() => Object.fromEntries(axe.getRules()
  .filter((rule) => !rule.tags.includes("cat.color") && !rule.tags.includes("cat.tables"))
  .map((rule) => [rule.ruleId, { enabled: false }]))"""
_IS_SETTLED = """() =>
  document.querySelector("main") !== null && document.querySelector("[data-loading=true]") === null"""
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")


def chromium_path() -> str | None:
    """The browser of CHROMIUM_PATH, else the system's; never one that is downloaded."""
    return os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")


def missing_means() -> str | None:
    """What a browser test needs and this machine lacks, or None."""
    if chromium_path() is None:
        return "Chromium is not installed"
    if not all(build.is_file() for build in BUILDS):
        return "the user interface is not built (make ui)"
    return None if AXE.is_file() else "axe-core is not installed (make ui)"


@dataclass
class Visitor:
    """One person's browser: a fresh profile whose pages are watched."""

    context: BrowserContext
    address: str
    page: Page
    crashes: list[str] = field(default_factory=list)

    @classmethod
    def arrive(cls, browser: Browser, address: str) -> Visitor:
        """Open a fresh profile."""
        context = browser.new_context(base_url=address, viewport=DESKTOP, reduced_motion="reduce", locale="en-GB")
        context.set_default_timeout(TIMEOUT_MS)
        expect.set_options(timeout=TIMEOUT_MS)
        context.add_init_script(_WATCH_CSP)
        visitor = cls(context, address, context.new_page())
        visitor.page.on("pageerror", lambda error: visitor.crashes.append(str(error)))
        return visitor

    def open(self, path: str) -> Page:
        """Go to a page and wait until it has got what it asked for."""
        self.page.goto(path)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page is there and nothing of it is loading. Streams stay open: the network never rests."""
        self.page.wait_for_function(_IS_SETTLED)

    def sign_in(self, email: str, password: str, path: str = "/") -> Page:
        """Sign in by the form and go on to a page."""
        self.page.goto(f"/login?next={path}")
        self.page.get_by_label("E-mail").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("navigation", name="Main navigation")).to_be_visible()
        self.settle()
        return self.page

    def begin_signed_in(self, email: str, password: str) -> None:
        """Have a session before the first page is opened: the form has tests of its own."""
        answer = self.context.request.post("/api/v1/auth/login", data={"email": email, "password": password})
        assert answer.ok, answer.text()

    def in_colours(self, scheme: str) -> None:
        """Show the page in ``light`` or ``dark`` colours."""
        self.page.evaluate("(scheme) => document.documentElement.dataset.mantineColorScheme = scheme", scheme)

    def rest(self) -> None:
        """Wait until every colour and place has arrived."""
        self.page.wait_for_function(_NOTHING_MOVES)

    def come_to_rest(self) -> None:
        """Wait until nothing moves any more after the window has got another size."""
        self.rest()
        self.page.evaluate(_STAYS_IN_PLACE)

    def faults_in_both_colours(self, name: str = "", *, within: str = "html") -> list[str]:
        """What axe finds in light and in dark, on the page and whatever lies over it or in a part; pictures if wanted.

        In dark only what colours can spoil is asked again, unless something else is there than was in light.
        """
        found: list[str] = []
        for scheme in SCHEMES:
            self.in_colours(scheme)
            self.rest()
            self.picture(f"{name}-{scheme}")
            is_known = self.page.evaluate(_ONLY_COLOURS_DIFFER) and scheme != SCHEMES[0]
            found += [f"{scheme}: {fault}" for fault in self._axe_faults(within, only_colours=is_known)]
        self.in_colours(SCHEMES[0])
        return found

    def _axe_faults(self, within: str, *, only_colours: bool) -> list[str]:
        if self.page.evaluate("typeof window.axe") == "undefined":
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        left_out = self.page.evaluate(_RULES_BLIND_TO_COLOURS) if only_colours else {}
        options = json.dumps({"runOnly": list(AXE_TAGS), "rules": left_out, "resultTypes": ["violations"]})
        found = self.page.evaluate(f"async () => (await axe.run({json.dumps(within)}, {options})).violations")
        return [
            f"{one['id']} ({one['impact']}): {one['help']} at {[node['html'][:160] for node in one['nodes'][:4]]}"
            for one in found
        ]

    def assert_accessible(self, name: str = "") -> None:
        """No fault of accessibility in light and in dark colours; pictures of both when they are wanted."""
        faults = self.faults_in_both_colours(name)
        assert faults == [], (name, faults)

    def assert_fits_narrow(self, name: str = "") -> None:
        """At 320 CSS pixels nothing is cut off sideways (WCAG 1.4.10)."""
        self.page.set_viewport_size(NARROW)
        self.come_to_rest()
        self.picture(f"{name}-narrow")
        width = self.page.evaluate("document.scrollingElement.scrollWidth")
        self.page.set_viewport_size(DESKTOP)
        assert width <= NARROW["width"], f"{name} is {width} pixels wide"

    def picture(self, name: str) -> None:
        """Keep a screenshot in the folder that OPENREG_SCREENSHOTS names."""
        folder = os.environ.get("OPENREG_SCREENSHOTS")
        if folder and name:
            self.page.screenshot(path=Path(folder) / f"{name}.png")

    def press_until_focused(self, target: Locator, limit: int = 120) -> None:
        """Reach something with the Tab key alone."""
        expect(target).to_be_visible()
        expect(target).to_be_enabled()  # what is not yet is passed over
        for _ in range(limit):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"the Tab key does not reach {target}")

    def faults(self) -> list[str]:
        """What went wrong unseen: crashes, blocked content, tokens where scripts of others could read them later."""
        found = [f"script crashed: {crash}" for crash in self.crashes]
        if not self.page.is_closed() and self.page.url.startswith("http"):
            found += [f"CSP: {one}" for one in self.page.evaluate("window.__cspViolations ?? []")]
            stored = self.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
            found += [f"token in web storage: {match[:12]}…" for match in _JWT.findall(stored)]
        return found

    def leave(self) -> None:
        """Close the profile. Fails when something went wrong unseen."""
        found = self.faults()
        self.context.close()
        assert found == [], found
