"""What may be said about reaching an endpoint, what is kept of it, and what is shown."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from backend.domain.webhook_access import (
    MAX_HEADERS,
    WebhookAccess,
    WebhookAccessChange,
    WebhookAccessInvalid,
    WebhookSecretsStay,
)
from tests.factories.certificates import Authority, Issued, private_pem

BASIC = {"kind": "basic", "username": "us", "password": "word-one"}
OAUTH2 = {"kind": "oauth2", "token_url": "https://id.example/t?x=1", "client_id": "us", "client_secret": "word-two"}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority("House authority")


@pytest.fixture(scope="module")
def own(authority: Authority) -> Issued:
    return authority.issue(name="openreg")


def change(**stated: Any) -> WebhookAccessChange:
    return WebhookAccessChange.model_validate(stated)


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "content-length", "Content-Type", "CONTENT-ENCODING", "Transfer-Encoding", "Connection", "TE"),
        *("Keep-Alive", "Upgrade", "Trailer", "Expect", "Accept-Encoding", "User-Agent", "Proxy-Authorization"),
        *("webhook-id", "Webhook-Signature", "webhook-anything", "X-OpenReg-Event", "x-openreg-new"),
        *("", "a b", "a:b", "ä", "a\r\nb", "a\x00", "x" * 101, "(x)"),
    ],
)
def test_a_header_that_is_ours_or_no_header_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        change(headers={name: "1"})


@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nX: 1", "a\nb", "a\x00b", "ü", "x" * 4097, "a\tb"])
def test_a_value_that_could_begin_another_header_is_refused_and_not_repeated(value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        change(headers={"X-Key": value})
    assert value == "" or len(value) < 3 or value not in str(refused.value)


def test_headers_are_added_replaced_and_taken_away_by_name_in_any_case() -> None:
    first = WebhookAccess().changed(change(headers={"X-One": "1", "X-Two": "2"}))
    second = first.changed(change(headers={"x-one": "11", "X-TWO": None, "X-Three": "3", "X-Four": None}))
    assert second.document() == {"headers": {"x-one": "11", "X-Three": "3"}}
    assert second.facts() == {"header_names": ["x-one", "X-Three"]}
    assert second.changed(change(authentication=None)) == second


def test_too_many_headers_twice_the_same_and_two_authorizations_are_refused() -> None:
    full = WebhookAccess().changed(change(headers={f"X-{n}": "1" for n in range(MAX_HEADERS)}))
    for access, wrong in (
        (full, change(headers={"X-More": "1"})),
        (WebhookAccess(), change(headers={"X-A": "1", "x-a": "2"})),
        (WebhookAccess(), change(headers={"authorization": "1"}, authentication=BASIC)),
        (WebhookAccess().changed(change(authentication=BASIC)), change(headers={"Authorization": "1"})),
    ):
        with pytest.raises(WebhookAccessInvalid):
            access.changed(wrong)


@pytest.mark.parametrize(
    "authentication",
    [
        {**BASIC, "username": "a:b"},
        {**BASIC, "username": ""},
        {**BASIC, "password": ""},
        {**BASIC, "password": "a\nb"},
        {"kind": "basic", "username": "us"},
        {**BASIC, "token_url": "https://id.example"},
        {**OAUTH2, "client_secret": "a\rb"},
        {**OAUTH2, "sent_in": "query"},
        {**OAUTH2, "scope": "a\nb"},
        {"kind": "digest", "username": "us", "password": "x"},
    ],
)
def test_authentication_is_whole_or_refused(authentication: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        change(authentication=authentication)


def test_what_is_sealed_comes_back_and_what_is_shown_has_no_secret(authority: Authority, own: Issued) -> None:
    certificate = {"certificate": own.certificate, "private_key": own.private_key}
    access = WebhookAccess().changed(
        change(
            headers={"X-Key": "word-three"},
            authentication=OAUTH2,
            ca_certificates=authority.certificate,
            client_certificate=certificate,
        )
    )
    document = json.loads(json.dumps(access.document()))
    assert WebhookAccess.of_document(document) == access
    assert document["headers"]["X-Key"] == "word-three"
    assert document["authentication"]["client_secret"] == "word-two"
    shown = json.dumps(access.facts())
    for secret in ("word-two", "word-three", "PRIVATE", own.private_key.splitlines()[1]):
        assert secret not in shown
        assert secret not in repr(access)
    facts = json.loads(shown)
    assert facts["client_certificate"]["subject"] == "CN=openreg"
    assert [one["subject"] for one in facts["ca_certificates"]] == ["CN=House authority"]
    assert facts["authentication"]["token_url"] == OAUTH2["token_url"]
    assert WebhookAccess().document() == WebhookAccess().facts() == {}
    gone = access.changed(
        change(headers={"X-Key": None}, authentication=None, ca_certificates=None, client_certificate=None)
    )
    assert gone.document() == {}


def test_certificates_are_read_before_they_are_kept(authority: Authority, own: Issued) -> None:
    other = Authority().issue()
    protected = private_pem(ec.generate_private_key(ec.SECP256R1()), "word")
    for stated, told in (
        ({"ca_certificates": "nothing"}, "PEM"),
        ({"ca_certificates": own.private_key}, "PEM"),
        ({"client_certificate": {"certificate": "x", "private_key": own.private_key}}, "PEM"),
        ({"client_certificate": {"certificate": own.certificate, "private_key": "x"}}, "cannot be read"),
        ({"client_certificate": {"certificate": own.certificate, "private_key": other.private_key}}, "not belong"),
        ({"client_certificate": {"certificate": own.certificate, "private_key": protected}}, "passphrase"),
    ):
        with pytest.raises(ValidationError, match=told):
            change(**stated)


def test_a_certificate_that_has_expired_is_refused_on_the_day_it_is_given(authority: Authority) -> None:
    late = authority.issue(name="late", life=timedelta(days=1))
    now = datetime.now(UTC)
    for stated in (
        {"ca_certificates": authority.certificate + late.certificate},
        {"client_certificate": {"certificate": late.certificate, "private_key": late.private_key}},
    ):
        change(**stated).check_current(now)
        with pytest.raises(WebhookAccessInvalid, match="CN=late expired on"):
            change(**stated).check_current(now + timedelta(days=2))


def test_what_has_expired_since_can_still_be_opened(authority: Authority) -> None:
    expired = authority.issue(life=timedelta(days=-1))
    stored = {"client_certificate": {"certificate": expired.certificate, "private_key": expired.private_key}}
    assert WebhookAccess.of_document(stored).facts()["client_certificate"]


def test_secrets_do_not_go_to_another_host_unless_they_are_given_again() -> None:
    access = WebhookAccess().changed(change(headers={"X-A": "1"}, authentication=BASIC))
    for kept in (change(), change(headers={"X-A": "2"}), change(authentication=None), change(headers={"X-B": "2"})):
        with pytest.raises(WebhookSecretsStay):
            access.check_moving(kept)
    access.check_moving(change(headers={"x-a": "2"}, authentication=BASIC))
    access.check_moving(change(headers={"x-a": None}, authentication=None))
    WebhookAccess().check_moving(change())
