"""Refresh tokens: what they name, what they prove, and that nothing else is taken for one."""

from __future__ import annotations

from uuid import UUID

import pytest

from backend.core.opaque_tokens import RefreshToken, is_same_hash, sha256_of

SESSION = UUID(int=7)


def test_a_token_is_read_as_it_was_written() -> None:
    token = RefreshToken.new(SESSION)
    read = RefreshToken.find(token.text())
    assert read == token
    assert token.session_id == SESSION
    assert len(token.text()) == 86
    assert token.text() != RefreshToken.new(SESSION).text()


@pytest.mark.parametrize(
    "text", [None, "", "x", "x" * 86, "é" * 86, "=" * 86, "A" * 85, "A" * 87, "A" * 85 + "=", "\x00" * 86]
)
def test_what_is_no_token_is_none_or_names_nothing(text: str | None) -> None:
    found = RefreshToken.find(text)
    assert found is None or found.text() != RefreshToken.new(SESSION).text()
    if text != "x" * 86:
        assert found is None


def test_the_successor_is_the_same_for_everybody_who_knows_the_key_and_for_nobody_else() -> None:
    token = RefreshToken.new(SESSION)
    successor = token.successor(b"key")
    assert successor == token.successor(b"key")
    assert successor.secret != token.secret
    assert (successor.session_id, successor.family) == (token.session_id, token.family)
    assert successor != token.successor(b"another key")
    assert successor.successor(b"key") != successor


def test_only_the_secret_itself_has_the_hash_that_was_stored() -> None:
    assert is_same_hash(b"secret", sha256_of(b"secret"))
    assert not is_same_hash(b"secret", sha256_of(b"secre"))
    assert not is_same_hash(b"secret", None)
    assert not is_same_hash(b"", "")


def test_a_token_does_not_print_itself() -> None:
    token = RefreshToken.new(SESSION)
    assert token.secret.hex() not in repr(token)
    assert token.text() not in repr(token)
