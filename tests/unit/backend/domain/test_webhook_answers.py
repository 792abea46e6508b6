"""Answers fall into the classes that are counted; nothing that lets somebody in is kept of them."""

from __future__ import annotations

import pytest

from backend.domain.webhook_answers import answer_class, kept_headers
from backend.services.webhook_sender import (
    WebhookRefused,
    WebhookReplyInvalid,
    WebhookTimedOut,
    WebhookTlsFailed,
    WebhookUnreachable,
)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (204, None, "2xx"),
        (301, None, "3xx"),
        (410, None, "4xx"),
        (599, None, "5xx"),
        (102, None, "invalid"),
        (None, WebhookTimedOut.code, "timeout"),
        (None, WebhookRefused.code, "refused"),
        (None, WebhookTlsFailed.code, "tls"),
        (None, WebhookUnreachable.code, "unreachable"),
        (None, WebhookReplyInvalid.code, "invalid"),
        (None, None, "invalid"),
    ],
)
def test_the_class_of_an_attempt(status: int | None, code: str | None, expected: str) -> None:
    assert answer_class(status, code) == expected


def test_headers_are_kept_without_cookies_and_within_bounds() -> None:
    given = {
        "Server": "x",
        "Set-Cookie": "session=1",
        "WWW-Authenticate": "Basic",
        "X-Long": "a" * 5000,
        "Nul": "a\x00b",
    }
    assert kept_headers(given) == {"Server": "x", "X-Long": "a" * 1000, "Nul": "ab"}
    assert len(kept_headers({f"X-{number}": "" for number in range(1000)})) == 50
