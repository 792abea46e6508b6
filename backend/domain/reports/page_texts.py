"""Texts with the facts of a file: header and footer lines, elements of a wrapper.

A token is written ``{name}`` or ``{name:form}``. A form of digits is a width: numbers stand at its right end, after
zeros where it begins with one, texts at its left end. The form of a yes-or-no fact is what it says for both: ``Y|N``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import ClassVar, Final

from backend.core.errors import ErrorKind, OpenRegError

#: Facts of the run, known before anything is written.
RUN_TOKENS: Final = (
    "report",
    "reporting_date",
    "reporting_date_digits",
    "sequence",
    "version",
    "created_date",
    "created_time",
)
#: Further facts of the run, which no file name can hold.
CONTENT_TOKENS: Final = ("created_at", "message_identifier")
_NUMBERS: Final = frozenset({"sequence", "file_number", "file_count", "record_count", "total_records"})
_FLAGS: Final = frozenset({"is_first", "is_last"})
_TOKEN: Final = re.compile(r"\{([a-z_]+)(?::([^{}]*))?\}")
_BRACE: Final = re.compile(r"[{}]")
_WIDTH: Final = re.compile(r"0?[1-9]\d{0,2}")
_LONGEST_NUMBER: Final = "9" * 12


class PageTextTooLong(OpenRegError):
    """A value is longer than the place it has in a header or footer of a file."""

    code: ClassVar[str] = "page_text_too_long"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class Moment(IntEnum):
    """When a fact about a file is known: as it begins, as its last record is written, at the end of the run."""

    FILE_BEGINS = 0
    FILE_ENDS = 1
    RUN_ENDS = 2


_MOMENTS: Final[Mapping[str, Moment]] = {
    **dict.fromkeys((*RUN_TOKENS, *CONTENT_TOKENS, "file_number", "is_first"), Moment.FILE_BEGINS),
    "record_count": Moment.FILE_ENDS,
    **dict.fromkeys(("file_count", "is_last", "total_records"), Moment.RUN_ENDS),
}
PAGE_TOKENS: Final = tuple(_MOMENTS)


@dataclass(frozen=True, slots=True)
class Page:
    """One file among those of an output. ``total_records`` counts the records of all of them."""

    file_number: int = 1
    file_count: int = 1
    record_count: int = 0
    total_records: int = 0

    @property
    def facts(self) -> Mapping[str, int | bool]:
        """The facts by the names of their tokens."""
        return {
            "file_number": self.file_number,
            "file_count": self.file_count,
            "record_count": self.record_count,
            "total_records": self.total_records,
            "is_first": self.file_number == 1,
            "is_last": self.file_number == self.file_count,
        }


ONLY_PAGE: Final = Page()


@dataclass(frozen=True, slots=True)
class PageText:
    """A text with tokens; ``find_fault`` first."""

    text: str

    def find_fault(self) -> str | None:
        """What is wrong with the text, None when every token is known and has a form that fits it."""
        for name, form in self._tokens():
            if name not in _MOMENTS:
                return f"unknown token {{{name}}}; known are {', '.join(PAGE_TOKENS)}"
            if form is not None and not _fits(name, form):
                return f"the form of {{{name}:{form}}} is neither a width nor, for a yes-or-no fact, two texts"
        return "a brace stands outside a token" if _BRACE.search(_TOKEN.sub("", self.text)) else None

    @property
    def is_of_run(self) -> bool:
        """Whether it says the same in every file of the run."""
        return all(name in RUN_TOKENS or name in CONTENT_TOKENS for name, _ in self._tokens())

    @property
    def moment(self) -> Moment:
        """When all its facts are known."""
        return max((_MOMENTS[name] for name, _ in self._tokens()), default=Moment.FILE_BEGINS)

    def render(self, run: Mapping[str, str], page: Page) -> str:
        """The text with its facts. Raises PageTextTooLong."""
        facts = page.facts
        return _TOKEN.sub(lambda match: _value(match[1], match[2], run, facts), self.text)

    def longest(self, run: Mapping[str, str]) -> str:
        """A text at least as long as any that can come in this run."""
        return _TOKEN.sub(lambda match: _longest(match[1], match[2], run), self.text)

    def _tokens(self) -> Iterator[tuple[str, str | None]]:
        return ((match[1], match[2]) for match in _TOKEN.finditer(self.text))


def run_facts(
    *,
    report: str,
    reporting_date: date,
    sequence: int,
    version: str,
    created_at: datetime,
    message_identifier: str,
) -> dict[str, str]:
    """The facts of a run by the names of their tokens. Times are those of the run's row, in UTC."""
    return {
        "report": report,
        "reporting_date": reporting_date.isoformat(),
        "reporting_date_digits": reporting_date.strftime("%Y%m%d"),
        "sequence": str(sequence),
        "version": version,
        "created_date": created_at.strftime("%Y%m%d"),
        "created_time": created_at.strftime("%H%M%S"),
        "created_at": created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "message_identifier": message_identifier,
    }


def _fits(name: str, form: str) -> bool:
    return form.count("|") == 1 if name in _FLAGS else _WIDTH.fullmatch(form) is not None


def _value(name: str, form: str | None, run: Mapping[str, str], facts: Mapping[str, int | bool]) -> str:
    if name in _FLAGS:
        yes, _, no = (form or "true|false").partition("|")
        return yes if facts[name] else no
    value = run[name] if name in run else str(facts[name])
    if form is None:
        return value
    if len(value) > int(form):
        raise PageTextTooLong(
            f"{value} is too long for {{{name}:{form}}}.", fix="Make room for it in the header or footer of the file."
        )
    if name not in _NUMBERS:
        return value.ljust(int(form))
    return value.zfill(int(form)) if form.startswith("0") else value.rjust(int(form))


def _longest(name: str, form: str | None, run: Mapping[str, str]) -> str:
    if name in _FLAGS:
        return max((form or "true|false").split("|"), key=lambda text: len(text.encode()))
    return "9" * int(form) if form else run.get(name, _LONGEST_NUMBER)
