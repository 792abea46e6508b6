"""What a password must be: long, and not among those that are tried first. Checked offline (zxcvbn's lists)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from zxcvbn import zxcvbn

from backend.core.errors import ErrorKind, OpenRegError

MIN_LENGTH: Final = 12
#: Longer than any passphrase; a bound only so that a request has one.
MAX_LENGTH: Final = 1024
#: An e-mail address of one or two letters is part of every other password.
_MIN_NAME_LENGTH: Final = 4
#: zxcvbn's scale of 0 to 4: below 3 fewer than 10^8 guesses find it.
_MIN_SCORE: Final = 3
#: The estimate's cost grows with the square of the length; what follows only makes a password better.
_ESTIMATED_LENGTH: Final = 72
_OURS: Final = ("openreg", "regulatory", "reporting")


class PasswordTooWeak(OpenRegError):
    """The password is too easy to guess."""

    code: ClassVar[str] = "password_too_weak"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


def check_password(password: str, *, email: str, full_name: str = "", pointer: str = "/password") -> None:
    """Refuse a password that could be guessed; ``pointer`` is where it stands in a request. Takes milliseconds.

    Raises PasswordTooWeak.
    """
    if len(password) < MIN_LENGTH:
        raise _refusal(pointer, "too_short", f"A password needs at least {MIN_LENGTH} characters.")
    local_part = email.partition("@")[0].lower()
    if len(local_part) >= _MIN_NAME_LENGTH and local_part in password.lower():
        raise _refusal(pointer, "contains_email", "A password must not contain the name in the e-mail address.")
    estimate = zxcvbn(password[:_ESTIMATED_LENGTH], user_inputs=list(_known_words(email, full_name)))
    if estimate["score"] < _MIN_SCORE:
        warning = estimate["feedback"]["warning"]
        raise _refusal(pointer, "too_common", warning or "This password is among the first that are tried.")


def _known_words(email: str, full_name: str) -> Iterable[str]:
    """What somebody who attacks this account tries first."""
    local_part, _, host = email.lower().partition("@")
    yield from _OURS
    yield from (word for part in (local_part, host, full_name.lower()) for word in (part, *_split(part)) if word)


def _split(text: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in text).split()


def _refusal(pointer: str, reason: str, message: str) -> PasswordTooWeak:
    place = {"pointer": pointer, "code": reason, "detail": message}
    return PasswordTooWeak(message, fix="Several unrelated words make a good one.", extra={"errors": [place]})
