"""Made-up identifiers with right check digits: LEI (ISO 17442), ISIN (ISO 6166), and their broken forms."""

from __future__ import annotations

import random
import string

_ALPHABET = string.digits + string.ascii_uppercase
_LEI_PREFIXES = ("5299", "9695", "5493", "2138", "7437", "8156")


def make_lei(source: random.Random) -> str:
    """A legal entity identifier: 4 of the issuer, 00, 12 of the entity, 2 check digits (ISO 7064 MOD 97-10)."""
    body = source.choice(_LEI_PREFIXES) + "00" + "".join(source.choices(_ALPHABET, k=12))
    return f"{body}{98 - int(_digits(body) + '00') % 97:02d}"


def make_isin(source: random.Random, country: str) -> str:
    """A securities identification number: country, 9 characters, 1 check digit (Luhn over the expanded digits)."""
    body = country + "".join(source.choices(_ALPHABET, k=9))
    return body + str(_luhn(_digits(body)))


def with_wrong_check_digit(identifier: str) -> str:
    """The identifier with its last digit replaced by the next one: same form, wrong sum."""
    return identifier[:-1] + str((int(identifier[-1]) + 1) % 10)


def _digits(text: str) -> str:
    return "".join(str(int(character, 36)) for character in text)


def _luhn(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * 2 if place % 2 == 0 else int(digit)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the sum of the digits of a two-digit product
    return -total % 10
