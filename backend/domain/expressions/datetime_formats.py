"""Date and time formats: the directives that DuckDB's strftime and strptime, chrono and Python share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MAX_FORMAT_LENGTH: Final = 200

WRITABLE: Final = {
    "Y": "year, four digits",
    "y": "year within the century, two digits",
    "m": "month, two digits",
    "d": "day, two digits",
    "j": "day of the year, three digits",
    "H": "hour 00-23",
    "I": "hour 01-12",
    "p": "AM or PM",
    "M": "minute",
    "S": "second",
    "f": "microseconds, six digits",
    "g": "milliseconds, three digits",
    "a": "weekday, short English name",
    "A": "weekday, English name",
    "b": "month, short English name",
    "B": "month, English name",
    "%": "a percent sign",
}
READABLE: Final = frozenset("YymdHIpMSfbBz%")
"""What strptime reads; a format with ``%z`` gives an instant, any other a wall-clock reading."""


class FormatRefused(ValueError):
    """The format has a directive outside the shared subset, or no date in it."""


@dataclass(frozen=True, slots=True)
class DateTimeFormat:
    """Literal text and directives, in order; a directive is one letter, literal text is a pair ``("", text)``."""

    pieces: tuple[tuple[str, str], ...]

    @property
    def directives(self) -> frozenset[str]:
        """The letters of the directives."""
        return frozenset(letter for letter, _ in self.pieces if letter)

    @property
    def has_offset(self) -> bool:
        """Whether the text states its offset from UTC."""
        return "z" in self.directives


def read_output_format(source: str) -> DateTimeFormat:
    """The format of ``strftime``."""
    return _read_format(source, frozenset(WRITABLE))


def read_input_format(source: str) -> DateTimeFormat:
    """The format of ``strptime``: needs year, month and day, and each directive only once."""
    parsed = _read_format(source, READABLE)
    letters = [letter for letter, _ in parsed.pieces if letter]
    if len(set(letters)) != len(letters):
        raise FormatRefused("A directive stands twice in the format.")
    has_year, has_month = bool({"Y", "y"} & set(letters)), bool({"m", "b", "B"} & set(letters))
    if not (has_year and has_month and "d" in letters):
        raise FormatRefused("The format needs a year, a month and a day.")
    if ("I" in letters) != ("p" in letters):
        raise FormatRefused("%I and %p only mean something together.")
    return parsed


def _read_format(source: str, directives: frozenset[str]) -> DateTimeFormat:
    if len(source) > MAX_FORMAT_LENGTH:
        raise FormatRefused(f"A format may have at most {MAX_FORMAT_LENGTH} characters.")
    pieces: list[tuple[str, str]] = []
    literal = ""
    characters = iter(source)
    for character in characters:
        if character != "%":
            literal += character
            continue
        letter = next(characters, "")
        if letter not in directives or not letter:
            known = ", ".join(f"%{known}" for known in sorted(directives))
            raise FormatRefused(f"%{letter} is not known here; known are {known}.")
        if letter == "%":
            literal += "%"
            continue
        if literal:
            pieces.append(("", literal))
            literal = ""
        pieces.append((letter, ""))
    if literal:
        pieces.append(("", literal))
    return DateTimeFormat(tuple(pieces))
