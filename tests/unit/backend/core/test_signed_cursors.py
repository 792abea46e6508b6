"""Cursors are good for what they were given for, spelled as they were given, and for nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.pagination import CursorInvalid
from backend.core.signed_cursors import CursorSigner

SIGNER = CursorSigner(["a secret of the installation"])


@given(purpose=st.text(), place=st.text())
def test_a_place_comes_back(purpose: str, place: str) -> None:
    assert SIGNER.open(purpose, SIGNER.sign(purpose, place)) == place


@given(st.text(max_size=80))
def test_what_was_not_signed_is_refused(text: str) -> None:
    with pytest.raises(CursorInvalid):
        SIGNER.open("list", text)


@pytest.mark.parametrize("purpose", ["other", "lis", "list ", ""])
def test_it_opens_no_other_list(purpose: str) -> None:
    with pytest.raises(CursorInvalid):
        SIGNER.open(purpose, SIGNER.sign("list", "place"))


def test_no_changed_byte_and_no_other_spelling_is_accepted() -> None:
    cursor = SIGNER.sign("list", "place 1")
    for at in range(len(cursor)):
        changed = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        with pytest.raises(CursorInvalid):
            SIGNER.open("list", changed)
    for other in (f"{cursor}=", f"{cursor}\n", f" {cursor}", f"{cursor[:5]}!{cursor[5:]}", cursor + "A"):
        with pytest.raises(CursorInvalid):
            SIGNER.open("list", other)


def test_a_forged_mac_is_refused() -> None:
    with pytest.raises(CursorInvalid):
        SIGNER.open("list", urlsafe_b64encode(bytes(16) + b"place").decode().rstrip("="))


def test_a_new_secret_reads_what_the_one_before_has_signed() -> None:
    before = CursorSigner(["the secret before"]).sign("list", "place")
    assert CursorSigner(["the secret now", "the secret before"]).open("list", before) == "place"
    with pytest.raises(CursorInvalid):
        CursorSigner(["the secret now"]).open("list", before)
