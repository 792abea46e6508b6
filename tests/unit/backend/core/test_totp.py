"""Codes of authenticator apps against the vectors of RFC 6238, and the window in which one counts."""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from backend.core.totp import code_of, find_step, new_totp_secret, provisioning_uri, step_at

#: RFC 6238, appendix B, SHA-1; the table has eight digits, of which apps show the last six.
SECRET = b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}
NOW = datetime(2026, 11, 26, 12, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "digits"), VECTORS.items())
def test_codes_are_those_of_the_standard(seconds: int, digits: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert code_of(SECRET, step_at(at)) == digits[-6:]
    assert find_step(SECRET, digits[-6:], at) == seconds // 30


@pytest.mark.parametrize(("seconds", "counts"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)])
def test_a_code_counts_one_step_either_way(seconds: int, counts: bool) -> None:
    code = code_of(SECRET, step_at(NOW))
    found = find_step(SECRET, code, NOW + timedelta(seconds=seconds))
    assert found == (step_at(NOW) if counts else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000 "])
def test_what_is_no_code_counts_for_nothing(code: str) -> None:
    assert find_step(SECRET, code, NOW) is None


def test_secrets_are_random_and_as_long_as_the_standard_recommends() -> None:
    secrets = {new_totp_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert {len(b32decode(one)) for one in secrets} == {20}


def test_the_address_for_the_app_names_account_and_issuer() -> None:
    uri = provisioning_uri(SECRET, account="ann&co@example.test", issuer="Open Reg")
    parts = urlsplit(uri)
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Open%20Reg:ann%26co%40example.test")
    values = {"secret": [SECRET], "issuer": ["Open Reg"], "algorithm": ["SHA1"], "digits": ["6"], "period": ["30"]}
    assert parse_qs(parts.query) == values
