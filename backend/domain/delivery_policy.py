"""How a destination is served: when to try again, how much at once, how fast, and what goes along with a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from backend.domain.retry import RetryPolicy, exponential_delays

_TOKEN: Final = re.compile(r"\{([^{}]*)\}")
_FACTS: Final = ("name", "stem", "size_bytes", "records", "sha256", "reporting_date")
_IN_A_NAME: Final = frozenset({"name", "stem", "reporting_date"})


class _Terms(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class RetryTerms(_Terms):
    """Waits double from the first to the longest one; jitter is the largest share added to a wait."""

    attempts: Annotated[int, Field(ge=1, le=50, description="Attempts in all, the first included.")] = 10
    first_delay_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    longest_delay_seconds: Annotated[int, Field(ge=1, le=24 * 3600)] = 3600
    jitter: Annotated[float, Field(ge=0, le=1)] = 0.2
    deadline_minutes: Annotated[int, Field(ge=1, le=14 * 24 * 60, description="From the first attempt on.")] = 720

    def as_policy(self) -> RetryPolicy:
        """The terms as what decides."""
        delays = exponential_delays(
            self.first_delay_seconds, factor=2, count=self.attempts - 1, cap_seconds=self.longest_delay_seconds
        )
        return RetryPolicy(delays, jitter=self.jitter, deadline=timedelta(minutes=self.deadline_minutes))


class Pace(_Terms):
    """How much a destination takes, from all workers together; None is no limit."""

    max_transfers: Annotated[int, Field(ge=1, le=64, description="Files on their way at once.")] = 4
    bytes_per_second: Annotated[int, Field(ge=1024, le=10**10)] | None = None
    files_per_minute: Annotated[int, Field(ge=1, le=6000)] | None = None

    @property
    def between_files(self) -> timedelta:
        """From the beginning of a file to the beginning of the next."""
        return timedelta(0) if self.files_per_minute is None else timedelta(minutes=1) / self.files_per_minute


class ControlFile(_Terms):
    """A file that follows each file and says what it is. Texts hold ``{name}``, ``{records}`` and the like."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = "{name}.ctl"
    content: Annotated[str, Field(min_length=1, max_length=4000)] = (
        "name={name}\nsize={size_bytes}\nrecords={records}\nsha256={sha256}\nreporting_date={reporting_date}\n"
    )

    @field_validator("name")
    @classmethod
    def _name_is_its_own(cls, value: str) -> str:
        _check_tokens(value, _IN_A_NAME)
        if not {"name", "stem"} & set(_TOKEN.findall(value)):
            raise ValueError("the name needs {name} or {stem}, so that two files do not share one control file")
        if value == "{name}":
            raise ValueError("the control file would have the name of the file itself")
        if any(character in value for character in "/\\\0"):
            raise ValueError("a file name holds no path")
        return value

    @field_validator("content")
    @classmethod
    def _content_is_known(cls, value: str) -> str:
        _check_tokens(value, frozenset(_FACTS))
        return value


class DeliveryPolicy(_Terms):
    """Everything that can be chosen for a destination."""

    retry: RetryTerms = RetryTerms()
    pace: Pace = Pace()
    checksum_file: Annotated[bool, Field(description="Send NAME.sha256 after each file.")] = False
    control_file: ControlFile | None = None


@dataclass(frozen=True, slots=True)
class SentFile:
    """What is known of a file that is delivered."""

    name: str
    size_bytes: int
    records: int
    sha256: str
    reporting_date: date

    @property
    def facts(self) -> Mapping[str, str]:
        """By the names of their tokens."""
        stem = self.name.rsplit(".", 1)[0] if "." in self.name.strip(".") else self.name
        values = (self.name, stem, self.size_bytes, self.records, self.sha256, self.reporting_date.isoformat())
        return dict(zip(_FACTS, map(str, values), strict=True))


@dataclass(frozen=True, slots=True)
class Companion:
    """A small file that follows a delivered one; the same bytes for every attempt."""

    name: str
    content: bytes


def companions(policy: DeliveryPolicy, file: SentFile) -> tuple[Companion, ...]:
    """What follows a file, in order: its checksum in the form of ``sha256sum``, then its control file."""
    found = []
    if policy.checksum_file:
        found.append(Companion(f"{file.name}.sha256", f"{file.sha256}  {file.name}\n".encode()))
    if policy.control_file is not None:
        control = policy.control_file
        found.append(Companion(_filled(control.name, file.facts), _filled(control.content, file.facts).encode()))
    return tuple(found)


def _filled(text: str, facts: Mapping[str, str]) -> str:
    return _TOKEN.sub(lambda found: facts[found.group(1)], text)


def _check_tokens(text: str, known: frozenset[str]) -> None:
    unknown = sorted(set(_TOKEN.findall(text)) - known)
    if unknown:
        raise ValueError(f"there is no {{{unknown[0]}}} here; known are {', '.join(sorted(known))}")
