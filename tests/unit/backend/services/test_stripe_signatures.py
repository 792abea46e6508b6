"""Events of Stripe are believed to be Stripe's by their signature over the bytes, within five minutes both ways."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.core.publishing_settings import StripeSettings
from backend.services.stripe_gateway import (
    LivemodeMismatch,
    StripeEventUnreadable,
    StripeSignatureInvalid,
    verified_event,
)

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
SECRETS = {"STRIPE_WEBHOOK_SECRET": "whsec_new", "STRIPE_WEBHOOK_SECRET_PREVIOUS": "whsec_old"}
TEST = StripeSettings.model_validate({"STRIPE_SECRET_KEY": "sk_test_1", **SECRETS})
LIVE = StripeSettings.model_validate({"STRIPE_SECRET_KEY": "sk_live_1", **SECRETS})


def event(**changes: Any) -> dict[str, Any]:
    """A subscription was changed."""
    about = {"id": "sub_1", "object": "subscription", "customer": "cus_1", "latest_invoice": "in_1"}
    told = {"id": "evt_1", "object": "event", "type": "customer.subscription.updated", "livemode": False}
    return {**told, "created": 1_790_000_000, "data": {"object": about}, **changes}


def signed(body: bytes, secret: str = "whsec_new", at: int | None = None) -> str:
    """The header as Stripe writes it."""
    stamp = int(NOW.timestamp()) if at is None else at
    signature = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={signature}"


@pytest.mark.parametrize("secret", ["whsec_new", "whsec_old"])
def test_both_secrets_of_a_rotation_hold(secret: str) -> None:
    body = json.dumps(event(), indent=2).encode()
    found = verified_event(body, signed(body, secret), TEST, NOW)
    assert (found.id, found.subscription_id, found.invoice_id) == ("evt_1", "sub_1", "in_1")


@pytest.mark.parametrize("skew", [-301, 301, -86_400, 10**9])
def test_a_time_too_far_off_is_refused_both_ways(skew: int) -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(StripeSignatureInvalid):
        verified_event(body, signed(body, at=int(NOW.timestamp()) + skew), TEST, NOW)


@pytest.mark.parametrize("skew", [-299, 299])
def test_a_clock_that_is_a_little_off_is_not(skew: int) -> None:
    body = json.dumps(event()).encode()
    assert verified_event(body, signed(body, at=int(NOW.timestamp()) + skew), TEST, NOW).id == "evt_1"


@pytest.mark.parametrize(
    "header", [None, "", "v1=00", "t=1", "t=x,v1=00", "t=,v1=", "nonsense", "t=1790000000,v1=" + "0" * 64, "t=1=2,v1"]
)
def test_a_header_that_is_none_is_refused(header: str | None) -> None:
    with pytest.raises(StripeSignatureInvalid):
        verified_event(json.dumps(event()).encode(), header, TEST, NOW)


def test_other_bytes_with_the_same_meaning_are_refused() -> None:
    """Whoever parses the body and writes it again before it looks at the signature would take these."""
    body = json.dumps(event(), indent=2).encode()
    with pytest.raises(StripeSignatureInvalid):
        verified_event(json.dumps(event()).encode(), signed(body), TEST, NOW)
    with pytest.raises(StripeSignatureInvalid):
        verified_event(b"\xff\xfe", signed(b"\xff\xfe"), TEST, NOW)


def test_no_secret_opens_nothing() -> None:
    body = json.dumps(event()).encode()
    with pytest.raises(StripeSignatureInvalid):
        verified_event(body, signed(body, ""), StripeSettings.model_validate({"STRIPE_SECRET_KEY": "sk_test_1"}), NOW)


@pytest.mark.parametrize(
    "told",
    [
        [],
        {},
        {"object": "v2.core.event", "id": "evt_1", "type": "v1.customer.updated"},
        {"object": "event"},
        event(data=None),
        event(data={"object": {"id": 1, "object": "invoice", "parent": 3}}),
        event(created="soon"),
    ],
)
def test_what_is_no_event_of_this_kind_is_refused_in_words(told: Any) -> None:
    body = json.dumps(told).encode()
    with pytest.raises(StripeEventUnreadable):
        verified_event(body, signed(body), TEST, NOW)


def test_the_other_mode_is_refused() -> None:
    for settings, is_live in ((TEST, True), (LIVE, False)):
        body = json.dumps(event(livemode=is_live)).encode()
        with pytest.raises(LivemodeMismatch):
            verified_event(body, signed(body), settings, NOW)
