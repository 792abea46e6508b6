"""What counts as a secret that could be guessed; a random one never does."""

from __future__ import annotations

import base64
import random

import pytest

from backend.core.secret_strength import find_weakness


@pytest.mark.parametrize(
    "weak",
    [
        *("changeme", "minioadmin", "ChangeMe-ChangeMe", "password123456", "openreg-secret-key", "postgres-postgres"),
        *("aaaaaaaaaaaaaaaaaaaaaaaa", "1234567890123456", "your-secret-here-example", ""),
    ],
)
def test_words_and_repetitions_are_weak(weak: str) -> None:
    assert find_weakness(weak, min_length=8) is not None


def test_the_answer_names_what_is_wrong_and_not_the_secret() -> None:
    assert find_weakness("Kq8vT2n", min_length=12) == "has fewer than 12 characters"
    assert "changeme" not in str(find_weakness("changeme-changeme", min_length=8))


def test_random_bytes_are_strong_in_every_usual_form() -> None:
    draw = random.Random(7)
    for size in (16, 24, 32, 48) * 250:
        drawn = draw.randbytes(size)
        for text in (drawn.hex(), base64.urlsafe_b64encode(drawn).decode()):
            assert find_weakness(text, min_length=16) is None, text


def test_a_word_that_a_random_secret_holds_by_chance_does_not_make_it_weak() -> None:
    assert find_weakness("Kq8vT2nX5bY7testcW0zR4mL9pJ3hG6f", min_length=32) is None
