"""Addresses that mail can be sent to, and texts that cannot leave their line."""

from __future__ import annotations

import pytest

from backend.domain.mail import EmailAddressInvalid, email_address, one_line


@pytest.mark.parametrize(
    "text", ["name@example.com", " Name+tag@Example.COM ", "o'brien@sub.example.co.uk", "a@localhost"]
)
def test_an_address_is_kept_in_lower_case(text: str) -> None:
    assert email_address(text) == text.strip().lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name@",
        "@example.com",
        "a@b@c",
        "two words@example.com",
        "name@example.com\r\nBcc: everybody@example.com",
        "name@example.com,other@example.com",
        "Name <name@example.com>",
        '"quoted"@example.com',
        "name@exa mple.com",
        "name@-example.com",
        "a..b@example.com",
        "name@example.com\x00",
        "x" * 65 + "@example.com",
        "name@" + "x" * 250 + ".com",
        "näme@example.com",
    ],
    ids=repr,
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(EmailAddressInvalid):
        email_address(text)


def test_a_text_with_breaks_becomes_one_line() -> None:
    assert one_line("  A\r\nBcc: b@c.d\x00\x1b[2J\u2028e\tf  ") == "A Bcc: b@c.d [2J e f"
