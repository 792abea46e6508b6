"""Signing in, and where one gets to afterwards."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import EMAIL, PASSWORD
from tests.harness.browser import Visitor


def test_a_private_page_asks_to_sign_in_and_comes_back(visitor: Visitor) -> None:
    page = visitor.open("/runs?state=failed")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    assert page.url.endswith("/runs?state=failed")


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_link_to_another_site_is_not_followed(visitor: Visitor, elsewhere: str) -> None:
    page = visitor.sign_in(EMAIL, PASSWORD, path=elsewhere)
    assert page.url.startswith(visitor.address)


def test_unknown_people_and_wrong_passwords_are_refused_alike(visitor: Visitor) -> None:
    page = visitor.open("/login")
    said = []
    for email in (EMAIL, "nobody@openreg.localhost"):
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=True).fill("not the password")
        page.get_by_role("button", name="Sign in").click()
        visitor.settle()
        said.append(page.get_by_role("alert").inner_text())
    assert said[0] == said[1]


def test_the_page_is_accessible_and_narrow(visitor: Visitor) -> None:
    visitor.open("/login")
    visitor.assert_accessible("login")
    visitor.assert_fits_narrow("login")
