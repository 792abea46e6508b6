"""Passwords: long ones that nobody would try first pass, whatever they are made of."""

from __future__ import annotations

import time

import pytest

from backend.domain.passwords import PasswordTooWeak, check_password


def reason(password: str, email: str = "jo@example.test", full_name: str = "Jo Park") -> str:
    with pytest.raises(PasswordTooWeak) as refused:
        check_password(password, email=email, full_name=full_name)
    [place] = refused.value.extra["errors"]  # type: ignore[misc]
    assert len(password) < 8 or password not in str(refused.value.extra) + refused.value.message
    return str(place["code"])


@pytest.mark.parametrize("password", ["", "x", "Tr0ub4dor&3", "elevenchars"])
def test_fewer_than_twelve_characters_are_too_few(password: str) -> None:
    assert reason(password) == "too_short"


@pytest.mark.parametrize(
    "password",
    [
        "Password1234",
        "P@ssw0rd1234",
        "qwertyuiop123",
        "123456789012",
        "aaaaaaaaaaaaaaaaaaaa",
        "letmeinletmein",
        "iloveyou12345",
        "administrator1",
        "openregopenreg",
        "changeme1234",
    ],
)
def test_what_everybody_tries_first_is_refused_however_long(password: str) -> None:
    assert reason(password) == "too_common"


def test_the_name_in_the_address_is_no_part_of_a_password() -> None:
    assert reason("xK9!-Annelise-44q", email="ANNELISE@bank.example") == "contains_email"
    check_password("a-joke-nobody-tells-here", email="jo@example.test")  # two letters are in every second word


def test_what_is_known_about_the_person_is_guessed_first() -> None:
    assert reason("hollebeek2026", full_name="Wilhelmina Hollebeek") == "too_common"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "kq8vt2nx5by7",
        "Überraschung im Käsefach",
        "🔑🐎🔋📎🚲🌧️⛵🧀🎈🪁🧵🪡",
        "plum window seventeen kayak " * 36,
    ],
)
def test_long_and_unusual_is_enough(password: str) -> None:
    check_password(password, email="jo@example.test")


def test_a_password_made_to_take_long_does_not() -> None:
    started = time.perf_counter()
    check_password("4a$@0oO1lI" * 100, email="jo@example.test")
    assert time.perf_counter() - started < 5
