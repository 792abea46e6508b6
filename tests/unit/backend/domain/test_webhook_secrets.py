"""Secrets of an endpoint change without a gap, and stop when they are told to."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import standardwebhooks
import svix.webhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.domain.webhook_secrets import MAX_FORMER, WebhookSecrets, private_key
from backend.domain.webhooks import WebhookEventType, WebhookMessage

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
MESSAGE = WebhookMessage(UUID(int=1), WebhookEventType.RUN_COMPLETED, UUID(int=2), b'{"a":1}')


def test_a_replaced_secret_signs_until_its_time_is_over() -> None:
    first = WebhookSecrets.fresh()
    second = first.rotated(HOUR, AT)
    assert second.current != first.current
    assert second.in_use(AT) == second.in_use(AT + HOUR - timedelta(seconds=1)) == [second.current, first.current]
    assert second.in_use(AT + HOUR) == [second.current]
    assert (second.former_until(AT), second.former_until(AT + HOUR)) == (AT + HOUR, None)


def test_the_oldest_secrets_go_and_those_that_are_over_are_not_kept() -> None:
    secrets = WebhookSecrets.fresh()
    made = [secrets.current]
    for hour in range(4):
        secrets = secrets.rotated(24 * HOUR, AT + hour * HOUR)
        made.append(secrets.current)
    assert secrets.in_use(AT + 3 * HOUR) == made[: -MAX_FORMER - 2 : -1]
    later = secrets.rotated(HOUR, AT + 48 * HOUR)
    assert [one.secret for one in later.former] == [secrets.current]


def test_a_secret_is_revoked_at_once() -> None:
    secrets = WebhookSecrets.fresh().rotated(HOUR, AT)
    assert secrets.without_former().in_use(AT) == [secrets.current]
    assert WebhookSecrets.fresh().rotated(timedelta(0), AT).former == []


def test_what_is_sealed_is_what_is_read_again() -> None:
    secrets = WebhookSecrets.fresh().rotated(HOUR, AT).with_key_pair()
    assert WebhookSecrets.of_document(secrets.document()) == secrets
    plain = WebhookSecrets.fresh()
    assert plain.document() == {"current": plain.current.get_secret_value()}
    assert WebhookSecrets.of_document(plain.document()).in_use(AT) == [plain.current]


@pytest.mark.parametrize("library", [standardwebhooks.Webhook, svix.webhooks.Webhook])
def test_two_libraries_accept_either_secret_and_are_not_put_off_by_the_key_pair(library: type) -> None:
    first = WebhookSecrets.fresh()
    secrets, now = first.rotated(HOUR, AT).with_key_pair(), datetime.now(UTC)
    assert secrets.signing_key is not None
    headers = MESSAGE.headers([secrets.current, first.current], at=now, private_key=private_key(secrets.signing_key))
    for secret in (secrets.current, first.current):
        library(secret.get_secret_value()).verify(MESSAGE.body, headers)
    with pytest.raises(Exception, match="signature"):
        library(WebhookSecrets.fresh().current.get_secret_value()).verify(MESSAGE.body, headers)


def test_the_public_key_verifies_the_asymmetric_signature_and_nothing_else() -> None:
    secrets = WebhookSecrets.fresh().with_key_pair()
    assert secrets.signing_key is not None
    assert secrets.public_key is not None
    headers = MESSAGE.headers([secrets.current], at=AT, private_key=private_key(secrets.signing_key))
    symmetric, asymmetric = headers["webhook-signature"].split(" ")
    assert (symmetric[:3], asymmetric[:4]) == ("v1,", "v1a,")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(secrets.public_key.removeprefix("whpk_")))
    signature = base64.b64decode(asymmetric.removeprefix("v1a,"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + MESSAGE.body
    public.verify(signature, signed)
    with pytest.raises(InvalidSignature):
        public.verify(signature, signed + b" ")
    assert secrets.with_key_pair().public_key != secrets.public_key
    assert secrets.without_key_pair().public_key is None
