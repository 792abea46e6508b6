"""A report made by hand in a browser: begun, written step by step, saved as a version, run."""

from __future__ import annotations

import re
from uuid import UUID

from playwright.sync_api import Page, expect

from backend.core.ids import ReportId, ReportVersionId, RunId
from backend.domain.runs import RunState
from tests.harness.browser import Visitor
from tests.harness.installation import Installation


def begin_report(visitor: Visitor, name: str) -> Page:
    """A new report by the dialog, open in its editor."""
    page = visitor.open("/reports")
    page.get_by_role("button", name="New report").first.click()
    page.get_by_role("dialog").get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_role("button", name="Create and open").click()
    expect(page.get_by_role("heading", name=f"Edit {name}")).to_be_visible()
    return page


def open_step(page: Page, name: str) -> None:
    """Go to a step of the editor."""
    page.get_by_role("navigation", name="Steps").get_by_role("link", name=name).click()


def write(page: Page, name: str, text: str) -> None:
    """Replace what a code editor holds."""
    page.get_by_role("textbox", name=name, exact=True).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(text)


def choose(page: Page, name: str, option: str) -> None:
    """An option of a select."""
    page.get_by_role("combobox", name=name, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def save_version(page: Page) -> tuple[ReportId, ReportVersionId]:
    """Save what fits as the first version."""
    open_step(page, "Review")
    expect(page.get_by_text("Everything fits")).to_be_visible()
    page.get_by_label("What changed, in a sentence").fill("First version")
    page.get_by_role("button", name="Save as a version").click()
    expect(page.get_by_role("heading", name=re.compile("Version"))).to_be_visible()
    found = re.search(r"/reports/([0-9a-f-]{36})/versions/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    return ReportId(UUID(found[1])), ReportVersionId(UUID(found[2]))


async def content_of(installation: Installation, report: ReportId, version: ReportVersionId) -> bytes:
    """The one file that a run of the version gives. The run has its own process, which reads this one's environment."""
    mine = Installation(installation.env, installation.tenant, installation.scope.user_id)
    await mine.reviews.activate(report, version)
    ended = (await mine.run(report)).run
    assert ended.state == RunState.SUCCEEDED, ended.reason
    (file,) = await mine.runs.artifacts(RunId(ended.id))
    content = mine.content(file)
    await mine.close()
    return content
