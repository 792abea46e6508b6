"""One's own account: second factor by an app, sessions, password."""

import base64
import hashlib
import hmac
import struct
import time

from playwright.sync_api import expect

from tests.browser.conftest import EMAIL, PASSWORD, Arrive
from tests.harness.browser import Visitor

STEP_SECONDS = 30


def code_of(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // STEP_SECONDS)
    padded = secret + "=" * (-len(secret) % 8)
    digest = hmac.new(base64.b32decode(padded), counter, hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[offset : offset + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def test_the_page_is_accessible_and_narrow(administrator: Visitor) -> None:
    page = administrator.open("/account")
    expect(page.get_by_role("table", name="Where you are signed in")).to_contain_text("This browser")
    administrator.assert_accessible("account")
    administrator.assert_fits_narrow("account")


def test_another_session_is_ended_and_asks_to_sign_in(administrator: Visitor, arrive: Arrive) -> None:
    other = arrive()
    other.sign_in(EMAIL, PASSWORD, path="/runs")
    page = administrator.open("/account")
    page.get_by_role("button", name="Sign out there").first.click()
    expect(page.get_by_text("The session has ended.")).to_be_visible()
    other.page.reload()
    expect(other.page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_second_factor_is_turned_on_asked_for_and_turned_off(administrator: Visitor, arrive: Arrive) -> None:
    page = administrator.open("/account")
    page.get_by_role("button", name="Turn on").click()
    page.get_by_role("dialog").get_by_label("Confirm with your password").fill(PASSWORD)
    administrator.assert_accessible("account-proof")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Second factor")
    expect(dialog.get_by_role("img", name="QR code")).to_be_visible()
    administrator.assert_accessible("account-qr")
    secret = dialog.locator(".or-mono").inner_text()
    dialog.get_by_label("Code of the app").fill(code_of(secret))
    page.keyboard.press("Enter")
    codes = page.get_by_role("dialog", name="Recovery codes")
    recovery_code = codes.locator("pre, code").first.inner_text().split()[0]
    administrator.assert_accessible("account-recovery-codes")
    codes.get_by_role("button", name="Done").click()
    codes.get_by_role("button", name="Close without copying").click()

    other = arrive()
    page = other.open("/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Code").fill("000000")
    other.assert_accessible("login-second-factor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Code").fill(recovery_code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Main navigation")).to_be_visible()

    page = administrator.page
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("dialog").get_by_label("Confirm with your password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Turn on")).to_be_visible()
