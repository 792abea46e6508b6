"""Keys of programs: a checksum that tells a mistyped key from a real one without a look into the database."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from backend.services.api_keys import SERVICE_KEY_PREFIX, is_well_formed, key_hash, new_key, shown_part


def test_a_key_has_the_form_that_was_promised() -> None:
    keys = {new_key(SERVICE_KEY_PREFIX) for _ in range(200)}
    assert len(keys) == 200
    for key in keys:
        assert re.fullmatch(r"openreg_svc_[0-9A-Za-z]{38}", key)
        assert is_well_formed(SERVICE_KEY_PREFIX, key)
    assert not is_well_formed("openreg_live_", next(iter(keys)))


@given(st.integers(0, 49), st.sampled_from("0aZ9_é "))
def test_one_wrong_character_is_seen(position: int, character: str) -> None:
    key = new_key(SERVICE_KEY_PREFIX)
    wrong = key[:position] + character + key[position + 1 :]
    assert is_well_formed(SERVICE_KEY_PREFIX, wrong) == (wrong == key)


@given(st.text(max_size=80))
def test_any_other_text_is_no_key(text: str) -> None:
    assert not is_well_formed(SERVICE_KEY_PREFIX, text)
    assert not is_well_formed(SERVICE_KEY_PREFIX, SERVICE_KEY_PREFIX + text)


def test_what_is_stored_and_shown_opens_nothing() -> None:
    key = new_key(SERVICE_KEY_PREFIX)
    assert len(key_hash(key)) == 64
    assert key not in key_hash(key)
    assert shown_part(SERVICE_KEY_PREFIX, key) == key[:16]
