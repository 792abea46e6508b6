"""Access tokens: only ours, only whole, only for a while. Password hashes: slow, salted, without a length limit."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from passlib.hash import bcrypt

from backend.core import tokens
from backend.core.tokens import AccessClaims, TokenInvalid, TokenSigner, hash_password, verify_password

KEY = "Kq8vT2nX5bY7cW0zR4mL9pJ3hG6fD1sA"
SIGNER = TokenSigner(KEY, "HS256", "openreg", "openreg-api", timedelta(minutes=15))
USER, TENANT, SESSION = UUID(int=1), UUID(int=2), UUID(int=4)
_MINUTE = timedelta(minutes=1)
CLAIMS = AccessClaims(USER, TENANT, SESSION)


class _Later(datetime):
    """A clock that is past every token of these tests."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]  # a moment, not a later one
        return datetime.now(tz) + timedelta(hours=1)


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "iss": "openreg",
        "aud": "openreg-api",
        "sub": str(USER),
        "tenant": str(TENANT),
        "sid": str(SESSION),
        "typ": "access",
        "jti": str(uuid4()),
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
        **changes,
    }


def signed(given: dict[str, Any], key: str = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(given, key, algorithm=algorithm)


def refuse(token: str) -> TokenInvalid:
    with pytest.raises(TokenInvalid) as refused:
        SIGNER.read(token)
    return refused.value


def test_a_signed_token_gives_back_user_tenant_and_session() -> None:
    token = SIGNER.sign(subject=USER, tenant=TENANT, session=SESSION, now=datetime.now(UTC))
    assert SIGNER.read(token) == CLAIMS


def test_what_the_former_secret_signed_is_good_until_it_is_taken_out() -> None:
    former, now = SIGNER, datetime.now(UTC)
    secret = "a-new-secret-of-at-least-32-characters"
    changing = replace(former, secret=secret, previous_secret=former.secret)
    token = former.sign(subject=USER, tenant=TENANT, session=SESSION, now=now)
    assert changing.read(token) == CLAIMS
    assert former.read(signed(claims())) == CLAIMS
    for strange in (signed(claims(), key="x" * 32), former.sign_as("other", subject=USER, now=now, lifetime=_MINUTE)):
        with pytest.raises(TokenInvalid):
            changing.read(strange)
    with pytest.raises(TokenInvalid):  # new tokens are the new secret's
        former.read(changing.sign(subject=USER, tenant=TENANT, session=SESSION, now=now))
    with pytest.raises(TokenInvalid):
        replace(changing, previous_secret=None).read(token)
    with pytest.raises(TokenInvalid):
        changing.read(former.sign(subject=USER, tenant=TENANT, session=SESSION, now=now - timedelta(hours=1)))


def test_a_token_that_was_seen_is_still_refused_once_it_has_expired(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, now = replace(SIGNER), datetime.now(UTC)
    token = signed(claims(exp=now + _MINUTE))
    assert signer.read(token) == signer.read(token) == CLAIMS
    monkeypatch.setattr(tokens, "utc_now", lambda: now + _MINUTE)
    monkeypatch.setattr(jwt.api_jwt, "datetime", _Later)
    with pytest.raises(TokenInvalid):
        signer.read(token)


def test_a_token_that_was_seen_is_refused_before_its_time() -> None:
    now = datetime.now(UTC)
    verified = tokens.VerifiedTokens()
    verified.add("token", CLAIMS, begins=now.timestamp() + 60, ends=now.timestamp() + 120)
    assert verified.find("token") is None


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_changed_copy_of_a_token_that_was_seen_is_refused(part: int) -> None:
    signer = replace(SIGNER)
    token = signed(claims())
    assert signer.read(token) == CLAIMS
    parts = token.split(".")
    parts[part] = parts[part][:-4] + ("AAAA" if parts[part][-4:] != "AAAA" else "BBBB")
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            signer.read(".".join(parts))
    assert signer.read(token) == CLAIMS


def test_what_a_secret_verified_is_not_known_to_another() -> None:
    signer = replace(SIGNER)
    token = signed(claims())
    assert signer.read(token) == CLAIMS
    with pytest.raises(TokenInvalid):
        replace(signer, secret="a-new-secret-of-at-least-32-characters").read(token)


def test_a_token_of_another_type_is_refused_however_often_it_is_shown() -> None:
    signer = replace(SIGNER)
    other = signed(claims(typ="challenge"))
    assert signer.read_as("challenge", other)["sub"] == str(USER)
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            signer.read(other)


def test_the_tokens_used_longest_ago_are_forgotten() -> None:
    now = datetime.now(UTC).timestamp()
    verified = tokens.VerifiedTokens(held=2)
    for name in ("first", "second"):
        verified.add(name, CLAIMS, begins=now - 1, ends=now + 60)
    assert verified.find("first") == CLAIMS
    verified.add("third", CLAIMS, begins=now - 1, ends=now + 60)
    assert [verified.find(name) for name in ("first", "second", "third")] == [CLAIMS, None, CLAIMS]


def test_the_claims_are_all_there_and_the_lifetime_is_the_one_given() -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    found = jwt.decode(
        SIGNER.sign(subject=USER, tenant=TENANT, session=SESSION, now=now), options={"verify_signature": False}
    )
    assert found.keys() == {"iss", "aud", "sub", "tenant", "sid", "typ", "jti", "iat", "nbf", "exp"}
    assert found["exp"] - found["iat"] == 15 * 60
    assert (found["iss"], found["aud"], found["typ"]) == ("openreg", "openreg-api", "access")


def test_two_tokens_of_the_same_moment_differ() -> None:
    now = datetime.now(UTC)
    assert SIGNER.sign(subject=USER, tenant=TENANT, session=SESSION, now=now) != SIGNER.sign(
        subject=USER, tenant=TENANT, session=SESSION, now=now
    )


def test_the_reader_accepts_what_these_tests_sign_themselves() -> None:
    assert SIGNER.read(signed(claims())) == CLAIMS


@pytest.mark.parametrize("name", sorted(claims()))
def test_a_token_without_one_of_its_claims_is_refused(name: str) -> None:
    given = claims()
    del given[name]
    refuse(signed(given))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody else"},
        {"aud": "another-api"},
        {"aud": ["another-api", "third-api"]},
        {"typ": "refresh"},
        {"typ": None},
        {"sub": "not a uuid"},
        {"sub": 7},
        {"tenant": "not a uuid"},
        {"tenant": 7},
        {"tenant": None},
        {"exp": datetime.now(UTC) - timedelta(seconds=1)},
        {"nbf": datetime.now(UTC) + timedelta(days=1)},
        {"iat": datetime.now(UTC) + timedelta(days=1)},
        {"exp": "soon"},
    ],
    ids="-".join,
)
def test_a_token_with_a_wrong_claim_is_refused(changes: dict[str, Any]) -> None:
    refuse(signed(claims(**changes)))


def test_a_token_of_another_key_or_algorithm_is_refused() -> None:
    refuse(signed(claims(), key="x" * 32))
    refuse(signed(claims(), key="x" * 64, algorithm="HS512"))
    refuse(signed(claims(), key=KEY * 2, algorithm="HS512"))


def unsigned(header: dict[str, Any], given: dict[str, Any], signature: str = "") -> str:
    numeric = {name: int(value.timestamp()) if isinstance(value, datetime) else value for name, value in given.items()}
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, numeric)]
    return ".".join([*parts, signature])


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, "RS256"])
def test_an_unsigned_token_is_refused_however_it_spells_it(algorithm: str | None) -> None:
    refuse(unsigned({"alg": algorithm, "typ": "JWT"}, claims()))


def test_a_token_without_algorithm_is_refused() -> None:
    refuse(unsigned({"typ": "JWT"}, claims()))


def test_every_changed_character_of_a_token_is_noticed() -> None:
    token = SIGNER.sign(subject=USER, tenant=TENANT, session=SESSION, now=datetime.now(UTC))
    # The last character of a part may carry bits that base64 throws away.
    ends = {len(token) - 1, *(position - 1 for position, character in enumerate(token) if character == ".")}
    for position in range(0, len(token), 7):
        if position not in ends:
            other = "A" if token[position] != "A" else "B"
            refuse(token[:position] + other + token[position + 1 :])


def test_the_claims_of_one_token_do_not_fit_the_signature_of_another() -> None:
    header, _, signature = SIGNER.sign(subject=USER, tenant=TENANT, session=SESSION, now=datetime.now(UTC)).split(".")
    _, other_claims, _ = SIGNER.sign(subject=USER, tenant=UUID(int=3), session=SESSION, now=datetime.now(UTC)).split(
        "."
    )
    refuse(f"{header}.{other_claims}.{signature}")


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "Bearer x", "é.é.é", "\x00", "x" * 10_000])
def test_what_is_no_token_is_refused(token: str) -> None:
    error = refuse(token)
    assert error.fix
    assert KEY not in error.message


@pytest.fixture
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is slow to make on purpose; most of what is asked here has nothing to do with that."""
    monkeypatch.setattr(tokens, "_passwords", tokens._passwords.copy(bcrypt_sha256__rounds=4))


@pytest.mark.usefixtures("_quick_hashes")
def test_a_password_verifies_and_another_does_not() -> None:
    stored = hash_password("correct horse battery staple")
    assert verify_password("correct horse battery staple", stored)
    assert not verify_password("Correct horse battery staple", stored)
    assert not verify_password("", stored)


@pytest.mark.usefixtures("_quick_hashes")
def test_characters_after_the_72nd_byte_count() -> None:
    stored = hash_password("ü" * 60 + "one")
    assert verify_password("ü" * 60 + "one", stored)
    assert not verify_password("ü" * 60 + "two", stored)


def test_hashes_are_salted_slow_bcrypt_of_a_digest() -> None:
    first, second = hash_password("the same"), hash_password("the same")
    assert first != second
    assert first.startswith("$bcrypt-sha256$")
    rounds = int(first.partition("r=")[2].partition("$")[0])
    assert rounds >= 12
    assert verify_password("the same", first)


def test_a_plain_bcrypt_hash_of_an_imported_account_verifies() -> None:
    assert verify_password("imported", bcrypt.using(rounds=4).hash("imported"))


def test_an_unknown_account_has_no_password() -> None:
    assert not verify_password("anything", None)


@pytest.mark.usefixtures("_quick_hashes")
@pytest.mark.parametrize("password", ["\x00", "a\x00b", "x" * 4096, "🔑" * 1024])
def test_an_odd_password_is_wrong_and_no_crash(password: str) -> None:
    assert not verify_password(password, hash_password("something else"))
