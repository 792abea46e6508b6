"""The screens of administration: each opened, looked at by axe, and its main path walked."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Arrive
from tests.harness.browser import Visitor
from tests.harness.installation import Installation, send_due_mails

NEW_PASSWORD = "glacier-ochre-violin-42"
SCREENS = [
    "users",
    "roles",
    "roles/new",
    "service-keys",
    "audit",
    "settings",
    "mail-outbox",
    "notices",
    "system-health",
    "tenants",
    "forgot-password",
]


@pytest.mark.parametrize("screen", SCREENS)
def test_the_screen_is_accessible_and_narrow(administrator: Visitor, screen: str) -> None:
    page = administrator.open(f"/{screen}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    administrator.assert_accessible(screen.replace("/", "-"))
    administrator.assert_fits_narrow(screen.replace("/", "-"))


def test_somebody_is_invited_reads_the_mail_and_joins(
    administrator: Visitor, arrive: Arrive, installation: Installation
) -> None:
    page = administrator.open("/users")
    page.get_by_role("button", name="Invite somebody").click()
    dialog = page.get_by_role("dialog", name="Invite somebody")
    dialog.get_by_label("E-mail").fill("grace@openreg.localhost")
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(dialog.get_by_text("Choose at least one role.")).to_be_visible()
    dialog.get_by_role("checkbox", name=re.compile("author", re.IGNORECASE)).check()
    administrator.assert_accessible("invite")
    dialog.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("table", name="Open invitations")).to_contain_text("grace@openreg.localhost")

    installation.run_now(send_due_mails(installation.env, installation.tenant))
    link = _link_of_newest_mail(administrator, "grace@openreg.localhost")
    guest = arrive()
    page = guest.open(link)
    page.get_by_label("Your name").fill("Grace Author")
    page.get_by_label("Choose a password").fill(NEW_PASSWORD)
    guest.assert_accessible("invitation")
    assert "#" not in page.url, "the secret of the link stays in the address"
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_role("status")).to_be_visible()
    page = guest.sign_in("grace@openreg.localhost", NEW_PASSWORD)
    expect(page.get_by_role("navigation").get_by_role("link", name="Audit log")).to_have_count(0)
    page = guest.open("/audit")
    expect(page.get_by_text("audit:read")).to_be_visible()
    guest.assert_accessible("no-permission")


def test_roles_change_with_the_difference_shown_first(administrator: Visitor) -> None:
    page = administrator.open("/users")
    page.get_by_role("link", name="Grace Author").click()
    page.get_by_role("checkbox", name=re.compile("auditor", re.IGNORECASE)).check()
    page.get_by_role("button", name="Change the roles").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("audit:read")).to_be_visible()
    administrator.assert_accessible("role-diff")
    dialog.get_by_role("button", name="Change the roles").click()
    expect(page.get_by_text("The roles are changed.")).to_be_visible()
    administrator.assert_accessible("user")
    administrator.assert_fits_narrow("user")


def test_a_key_is_shown_once_and_closing_it_uncopied_asks(administrator: Visitor) -> None:
    page = administrator.open("/service-keys")
    page.get_by_role("button", name="New key").click()
    drawer = page.get_by_role("dialog", name="New key")
    drawer.get_by_label("Name").fill("reporting")
    drawer.get_by_role("checkbox").first.check()
    administrator.assert_accessible("new-key")
    drawer.get_by_role("button", name="New key").click()
    secret = page.get_by_role("dialog", name=re.compile("Secret of"))
    expect(secret).to_contain_text("openreg_svc_")
    shown = secret.locator("pre, code").first.inner_text()
    administrator.assert_accessible("key-secret")
    secret.get_by_role("button", name="Done").click()
    expect(secret.get_by_text("You have not copied it")).to_be_visible()
    secret.get_by_role("button", name="Close without copying").click()
    expect(page.get_by_role("table", name="Service keys")).to_contain_text("reporting")
    assert shown not in page.content()
    page.get_by_role("button", name="Revoke").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("table", name="Service keys")).to_contain_text("Revoked")
    administrator.assert_accessible("service-keys-filled")
    administrator.assert_fits_narrow("service-keys-filled")


def test_the_audit_log_filters_shows_changes_and_verifies(administrator: Visitor) -> None:
    page = administrator.open("/audit")
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.get_by_text(re.compile("The chain holds"))).to_be_visible()
    administrator.assert_accessible("audit-verified")
    page.get_by_label("Who, what or note").fill("reporting")
    expect(page).to_have_url(re.compile("q=reporting"))
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("heading", name=re.compile("Entry"))).to_be_visible()
    administrator.assert_accessible("audit-entry")
    administrator.assert_fits_narrow("audit-entry")


def test_settings_are_saved_and_a_conflict_asks(administrator: Visitor, arrive: Arrive) -> None:
    page = administrator.open("/settings")
    other = arrive()
    other.sign_in("admin@openreg.localhost", "a-password-for-tests", path="/settings")
    _save_idle_minutes(page, "45")
    expect(page.get_by_text("Saved")).to_be_visible()
    _save_idle_minutes(other.page, "50")
    expect(other.page.get_by_text("Somebody else has changed the settings")).to_be_visible()
    other.assert_accessible("settings-conflict")
    other.page.get_by_role("button", name="Save mine all the same").click()
    expect(other.page.get_by_text("Saved")).to_be_visible()


def _save_idle_minutes(page: Page, minutes: str) -> None:
    section = page.get_by_role("region", name="Security")
    section.get_by_label(re.compile("Sign out after")).fill(minutes)
    section.get_by_role("button", name="Save", exact=True).click()


def _link_of_newest_mail(visitor: Visitor, recipient: str) -> str:
    page = visitor.open("/mail-outbox")
    page.get_by_role("row", name=re.compile(re.escape(recipient))).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Text")).to_be_visible()
    visitor.assert_accessible("mail")
    found = re.search(r"https?://\S+(/accept-invitation#\S+)", page.locator("pre").inner_text())
    assert found is not None
    return found[1]
