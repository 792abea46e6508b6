"""The key ring: the first key encrypts, every key decrypts, a wrong one refuses and says what to do."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest
from cryptography.fernet import Fernet

from backend.core.crypto import EncryptionKeyInvalid, SecretBox, SecretUnreadable, check_fernet_key, key_id

DOCUMENT: dict[str, object] = {
    "username": "reader",
    "password": "pässword 🔑",
    "port": 5432,
    "nested": {"a": [1, None]},
}


def new_key() -> str:
    return Fernet.generate_key().decode()


def test_what_was_sealed_opens_again_exactly() -> None:
    box = SecretBox([new_key()])
    assert box.open(box.seal(DOCUMENT)) == DOCUMENT


def test_ciphertext_shows_nothing_and_differs_every_time() -> None:
    box = SecretBox([new_key()])
    first, second = box.seal(DOCUMENT), box.seal(DOCUMENT)
    assert first != second
    assert b"reader" not in first
    assert b"password" not in first


def test_after_a_rotation_old_secrets_open_and_new_ones_need_the_new_key() -> None:
    old, new = new_key(), new_key()
    sealed_before = SecretBox([old]).seal(DOCUMENT)
    rotated = SecretBox([new, old])
    assert rotated.open(sealed_before) == DOCUMENT
    sealed_after = rotated.seal(DOCUMENT)
    assert SecretBox([new]).open(sealed_after) == DOCUMENT
    with pytest.raises(SecretUnreadable):
        SecretBox([old]).open(sealed_after)


def test_a_key_that_was_never_used_opens_nothing_and_the_fix_is_named() -> None:
    with pytest.raises(SecretUnreadable) as refused:
        SecretBox([new_key()]).open(SecretBox([new_key()]).seal(DOCUMENT))
    assert "ENCRYPTION_KEY" in str(refused.value.fix)


@pytest.mark.parametrize("position", [0, 20, 60, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    box = SecretBox([new_key()])
    sealed = bytearray(box.seal(DOCUMENT))
    sealed[position] ^= 1
    with pytest.raises(SecretUnreadable):
        box.open(bytes(sealed))


@pytest.mark.parametrize("stored", [b"", b"not a token", b'{"username": "in the clear"}'])
def test_what_was_never_sealed_is_refused(stored: bytes) -> None:
    with pytest.raises(SecretUnreadable):
        SecretBox([new_key()]).open(stored)


@pytest.mark.parametrize("content", [b"[1, 2]", b'"text"', b"\xff\xfe", b"{broken"])
def test_a_sealed_value_that_is_no_document_is_refused(content: bytes) -> None:
    key = new_key()
    with pytest.raises(SecretUnreadable):
        SecretBox([key]).open(Fernet(key).encrypt(content))


def test_a_ring_without_keys_is_refused() -> None:
    with pytest.raises(EncryptionKeyInvalid):
        SecretBox([])


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        urlsafe_b64encode(b"\x00" * 31).decode(),
        urlsafe_b64encode(b"\x00" * 33).decode(),
        "é" * 44,
        "#" * 44,
        urlsafe_b64encode(b"k" * 32).decode().rstrip("="),
    ],
)
def test_what_is_not_32_bytes_in_base64_is_no_key(key: str) -> None:
    with pytest.raises(EncryptionKeyInvalid) as refused:
        check_fernet_key(key)
    assert not key or key not in refused.value.message


@pytest.mark.parametrize("position", [0, 1])
def test_one_bad_key_among_good_ones_is_refused(position: int) -> None:
    keys = [new_key(), new_key()]
    keys[position] = "bad"
    with pytest.raises(EncryptionKeyInvalid):
        SecretBox(keys)


def test_every_key_that_passes_the_check_also_works() -> None:
    for raw in (b"\xff" * 32, b"\xfb\xef\xbe" * 10 + b"ab"):
        for key in (urlsafe_b64encode(raw).decode(), b64encode(raw).decode()):
            try:
                check_fernet_key(key)
            except EncryptionKeyInvalid:
                continue
            box = SecretBox([key])
            assert box.open(box.seal(DOCUMENT)) == DOCUMENT


def test_a_key_has_a_name_that_tells_it_from_others_and_nothing_more() -> None:
    key = new_key()
    assert key_id(key) == key_id(key)
    assert key_id(key) != key_id(new_key())
    assert len(key_id(key)) == 16
    assert key_id(key) not in key
    with pytest.raises(EncryptionKeyInvalid):
        key_id("short")


def test_the_key_of_a_secret_is_found_and_a_strange_one_is_none_of_ours() -> None:
    old, new = new_key(), new_key()
    box = SecretBox([new, old])
    assert box.key_ids == (key_id(new), key_id(old))
    assert box.find_key_id(box.seal(DOCUMENT)) == key_id(new)
    assert box.find_key_id(SecretBox([old]).seal(DOCUMENT)) == key_id(old)
    assert box.find_key_id(SecretBox([new_key()]).seal(DOCUMENT)) is None
    assert box.find_key_id(b"no token at all") is None


def test_what_is_sealed_again_needs_only_the_newest_key() -> None:
    old, new = new_key(), new_key()
    again = SecretBox([new, old]).reseal(SecretBox([old]).seal(DOCUMENT))
    assert SecretBox([new]).open(again) == DOCUMENT
