"""What partners receive: events, filters, bodies, signatures that independent libraries accept."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import standardwebhooks
import svix.webhooks
from pydantic import SecretStr

from backend.domain.webhook_secrets import WebhookSecrets, private_key
from backend.domain.webhooks import (
    MAX_BODY_BYTES,
    EventPatternUnknown,
    SigningSecretInvalid,
    WebhookBodyTooLarge,
    WebhookEvent,
    WebhookEventType,
    WebhookMessage,
    check_patterns,
    matches,
    new_signing_secret,
    read_signing_secret,
)

EVENT_ID = UUID("0199c0de-0000-7000-8000-000000000001")
TENANT_ID = UUID("0199c0de-0000-7000-8000-000000000002")
DELIVERY_ID = UUID("0199c0de-0000-7000-8000-000000000003")


def event(**data: object):
    return WebhookEvent(
        EVENT_ID,
        WebhookEventType.RUN_COMPLETED,
        datetime(2026, 3, 2, 10, 0, 0, 5, tzinfo=timezone(timedelta(hours=1))),
        TENANT_ID,
        7,
        data or {"run_id": "x"},
    )


def message(body: bytes = b'{"a":"\xc3\xa4"}'):
    return WebhookMessage(EVENT_ID, WebhookEventType.RUN_COMPLETED, DELIVERY_ID, body)


class TestEvents:
    def test_the_body_names_id_type_utc_time_tenant_sequence_and_data(self):
        assert json.loads(event(state="partial", rows=3).body()) == {
            "id": str(EVENT_ID),
            "type": "run.completed",
            "timestamp": "2026-03-02T09:00:00.000005Z",
            "tenant": str(TENANT_ID),
            "sequence": 7,
            "data": {"state": "partial", "rows": 3},
        }

    def test_the_body_is_the_same_bytes_every_time(self):
        assert event(b=1, a="ä").body() == event(b=1, a="ä").body()
        assert "ä".encode() in event(a="ä").body()

    def test_a_body_of_exactly_the_limit_passes_and_one_byte_more_does_not(self):
        room = MAX_BODY_BYTES - len(event(x="").body())
        assert len(event(x="a" * room).body()) == MAX_BODY_BYTES
        with pytest.raises(WebhookBodyTooLarge):
            event(x="a" * (room + 1)).body()

    def test_the_limit_counts_bytes_not_characters(self):
        with pytest.raises(WebhookBodyTooLarge):
            event(x="ä" * (MAX_BODY_BYTES // 2)).body()


class TestFilters:
    @pytest.mark.parametrize("patterns", [["*"], ["run.*"], ["delivery.*", "run.completed"]])
    def test_a_wanted_event_matches(self, patterns: list[str]):
        assert matches(patterns, WebhookEventType.RUN_COMPLETED)

    @pytest.mark.parametrize(
        "patterns", [[], ["run"], ["run.fail*"], ["run.completed.x"], ["report_version.*"], ["*.completed"]]
    )
    def test_an_unwanted_event_does_not(self, patterns: list[str]):
        assert not matches(patterns, WebhookEventType.RUN_COMPLETED)

    def test_every_documented_family_exists(self):
        check_patterns(
            [
                *("run.*", "artifact.created", "delivery.*", "submission.*", "feedback.received", "exception.*"),
                *("schedule.missed", "deadline.at_risk", "report_version.*", "sync.*", "openreg.ping"),
            ]
        )

    def test_an_unknown_pattern_is_refused_with_a_suggestion(self):
        with pytest.raises(EventPatternUnknown) as refused:
            check_patterns(["run.*", "artefact.created"])
        assert "artifact.created" in (refused.value.fix or "")

    def test_no_pattern_is_refused(self):
        with pytest.raises(EventPatternUnknown):
            check_patterns([])


class TestSignatures:
    def test_two_independent_libraries_accept_the_standard_form(self):
        secret, at = new_signing_secret(), datetime.now(UTC)
        sent = message()
        headers = sent.headers([secret], at=at)
        standardwebhooks.Webhook(secret.get_secret_value()).verify(sent.body, headers)
        svix.webhooks.Webhook(secret.get_secret_value()).verify(sent.body, headers)

    def test_a_changed_body_id_or_time_is_refused_by_them(self):
        secret, at = new_signing_secret(), datetime.now(UTC)
        headers = message().headers([secret], at=at)
        verifier = standardwebhooks.Webhook(secret.get_secret_value())
        wrong = [
            (b'{"a":"o"}', headers),
            (message().body, {**headers, "webhook-id": str(TENANT_ID)}),
            (message().body, {**headers, "webhook-timestamp": str(int(at.timestamp()) - 1)}),
        ]
        for body, changed in wrong:
            with pytest.raises(standardwebhooks.WebhookVerificationError):
                verifier.verify(body, changed)

    def test_while_a_secret_is_rotated_the_old_and_the_new_one_verify(self):
        new, old, at = new_signing_secret(), new_signing_secret(), datetime.now(UTC)
        sent = message()
        headers = sent.headers([new, old], at=at)
        for secret in (new, old):
            standardwebhooks.Webhook(secret.get_secret_value()).verify(sent.body, headers)
            svix.webhooks.Webhook(secret.get_secret_value()).verify(sent.body, headers)
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            standardwebhooks.Webhook(new_signing_secret().get_secret_value()).verify(sent.body, headers)

    @pytest.mark.parametrize("library", [standardwebhooks.Webhook, svix.webhooks.Webhook])
    @pytest.mark.parametrize(("seconds", "is_fresh"), [(-320, False), (-280, True), (280, True), (320, False)])
    def test_what_is_more_than_five_minutes_old_or_early_is_refused_by_them(
        self, library: type[standardwebhooks.Webhook | svix.webhooks.Webhook], seconds: int, is_fresh: bool
    ):
        secret = new_signing_secret()
        headers = message().headers([secret], at=datetime.now(UTC) + timedelta(seconds=seconds))
        if is_fresh:
            library(secret.get_secret_value()).verify(message().body, headers)
        else:
            with pytest.raises(standardwebhooks.WebhookVerificationError, match="timestamp"):
                library(secret.get_secret_value()).verify(message().body, headers)

    def test_a_signature_of_a_key_pair_besides_does_not_disturb_them(self):
        secrets, at = WebhookSecrets.fresh().with_key_pair(), datetime.now(UTC)
        assert secrets.signing_key is not None
        headers = message().headers([secrets.current], at=at, private_key=private_key(secrets.signing_key))
        assert [one.partition(",")[0] for one in headers["webhook-signature"].split(" ")] == ["v1", "v1a"]
        for library in (standardwebhooks.Webhook, svix.webhooks.Webhook):
            library(secrets.current.get_secret_value()).verify(message().body, headers)

    def test_the_openreg_form_is_hmac_of_timestamp_dot_body_with_the_same_key(self):
        secret, at = new_signing_secret(), datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        headers = message().headers([secret], at=at)
        key = base64.b64decode(secret.get_secret_value().removeprefix("whsec_"))
        expected = hmac.new(key, b"1772442000." + message().body, hashlib.sha256).hexdigest()
        assert headers["X-OpenReg-Signature"] == f"sha256={expected}"
        assert headers["X-OpenReg-Timestamp"] == headers["webhook-timestamp"] == "1772442000"
        assert headers["X-OpenReg-Event"] == "run.completed"
        assert headers["X-OpenReg-Delivery"] == str(DELIVERY_ID)
        assert headers["webhook-id"] == str(EVENT_ID)

    def test_the_openreg_form_carries_both_signatures_during_rotation(self):
        new, old, at = new_signing_secret(), new_signing_secret(), datetime.now(UTC)
        both = message().headers([new, old], at=at)["X-OpenReg-Signature"].split(",")
        assert both == [message().headers([one], at=at)["X-OpenReg-Signature"] for one in (new, old)]


class TestSecrets:
    def test_a_new_secret_is_32_random_bytes(self):
        first, second = new_signing_secret(), new_signing_secret()
        assert len(read_signing_secret(first)) == 32
        assert first.get_secret_value() != second.get_secret_value()
        assert first.get_secret_value() not in repr(first)

    @pytest.mark.parametrize(
        "text", ["", "whsec_", "whsec_!!", "geheim", "whsec_" + base64.b64encode(b"x" * 23).decode()]
    )
    def test_anything_else_is_refused_without_being_repeated(self, text: str):
        with pytest.raises(SigningSecretInvalid) as refused:
            read_signing_secret(SecretStr(text))
        assert len(text) < 7 or text not in str(refused.value)

    def test_a_message_is_never_sent_unsigned(self):
        with pytest.raises(SigningSecretInvalid):
            message().headers([], at=datetime.now(UTC))
