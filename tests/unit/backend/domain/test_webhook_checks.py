"""The receiver's side: two libraries and ours agree on what is to be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from backend.core.ids import new_id
from backend.domain.webhook_checks import WebhookNotAuthentic, check_request
from backend.domain.webhooks import WebhookEventType, WebhookMessage, new_signing_secret

BODY = b'{"type":"openreg.ping"}'
NOW = datetime.now(UTC)
SECRET, OTHER = new_signing_secret(), new_signing_secret()


def signed(at: datetime = NOW) -> dict[str, str]:
    return WebhookMessage(new_id(), WebhookEventType.OPENREG_PING, new_id(), BODY).headers([SECRET], at=at)


@pytest.mark.parametrize("seconds", [0, -300, 300])
def test_what_is_ours_and_of_now_is_believed(seconds: int) -> None:
    at = datetime.fromtimestamp(int(NOW.timestamp()), UTC)
    check_request(signed(at), BODY, [OTHER, SECRET], at + timedelta(seconds=seconds))
    assert Webhook(SECRET.get_secret_value()).verify(BODY, signed(datetime.now(UTC)))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_is_old_or_ahead_is_not(seconds: int) -> None:
    at = datetime.fromtimestamp(int(NOW.timestamp()), UTC)
    with pytest.raises(WebhookNotAuthentic, match="seconds"):
        check_request(signed(at), BODY, [SECRET], at + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "changes",
    [
        *({"webhook-id": ""}, {"webhook-timestamp": ""}, {"webhook-signature": ""}, {"webhook-id": "other"}),
        *({"webhook-timestamp": "1e3"}, {"webhook-timestamp": "9" * 5000}, {"webhook-timestamp": "١"}),
        *({"webhook-signature": "v1,AAAA"}, {"webhook-signature": "ü"}, {"X-OpenReg-Signature": "sha256=00"}),
        *({"X-OpenReg-Timestamp": "1"}, {"X-OpenReg-Timestamp": ""}),
    ],
    ids=str,
)
def test_what_was_changed_on_the_way_is_not(changes: dict[str, str]) -> None:
    with pytest.raises(WebhookNotAuthentic):
        check_request({**signed(), **changes}, BODY, [SECRET], NOW)


def test_another_body_or_another_secret_is_not() -> None:
    for body, secret in ((BODY + b" ", SECRET), (BODY, OTHER)):
        with pytest.raises(WebhookNotAuthentic, match="another secret"):
            check_request(signed(), body, [secret], NOW)
