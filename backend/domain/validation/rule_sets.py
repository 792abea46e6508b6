"""Rule sets: rules under one name that reports share, in numbered versions that never change once they have run.

A version is a draft until a person activates it; the one that was active retires then. Runs are told of versions by
number and hash, so that what judged a record is known for good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field, TypeAdapter, field_validator

from backend.core.canonical_json import canonical_json
from backend.core.errors import ErrorKind, OpenRegError
from backend.domain.validation.written_rule import WrittenRule

MAX_RULES: Final = 1_000
RuleSetName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class LibraryRule(WrittenRule):
    """A rule of a rule set; one that is switched off stays in the set and judges nothing."""

    is_enabled: bool = True

    @field_validator("title", "message")
    @classmethod
    def _says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("it must say something")
        return value


RULES: Final = TypeAdapter(Annotated[tuple[LibraryRule, ...], Field(max_length=MAX_RULES)])


class RuleSetState(StrEnum):
    """Where a version of a rule set stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


TRANSITIONS: Final[Mapping[RuleSetState, frozenset[RuleSetState]]] = {
    RuleSetState.DRAFT: frozenset({RuleSetState.ACTIVE}),
    RuleSetState.ACTIVE: frozenset({RuleSetState.RETIRED}),
    RuleSetState.RETIRED: frozenset(),
}


class RuleSetTransitionRefused(OpenRegError):
    """A version of a rule set cannot go from its state to the one asked for."""

    code: ClassVar[str] = "rule_set_transition_refused"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


def transition(state: RuleSetState, to: RuleSetState) -> RuleSetState:
    """The new state. Raises RuleSetTransitionRefused."""
    if to not in TRANSITIONS[state]:
        raise RuleSetTransitionRefused(f"A version that is {state} cannot become {to}.")
    return to


@dataclass(frozen=True, slots=True)
class RuleSetVersionContent:
    """What one version of a rule set says."""

    name: str
    number: int
    sha256: str
    rules: tuple[LibraryRule, ...]

    @property
    def in_use(self) -> tuple[LibraryRule, ...]:
        """The rules that judge."""
        return tuple(rule for rule in self.rules if rule.is_enabled)


#: By name, every rule set there is: what its active version says, or None where it has none or nobody asked for it.
ActiveRuleSets = Mapping[str, RuleSetVersionContent | None]


def rules_sha256(rules: Sequence[LibraryRule]) -> str:
    """The hash of what the rules say, in their order."""
    spelled = canonical_json([one.model_dump(mode="json") for one in rules])
    return hashlib.sha256(spelled.encode()).hexdigest()


def repeated_id(rules: Sequence[WrittenRule]) -> str | None:
    """An id that two of the rules have."""
    seen: set[str] = set()
    for one in rules:
        if one.id in seen:
            return one.id
        seen.add(one.id)
    return None


@dataclass(frozen=True, slots=True)
class RuleSetPin:
    """The version of a rule set that judges a run, fixed when the run is requested."""

    name: str
    version_id: UUID
    number: int
    sha256: str

    def as_json(self) -> dict[str, object]:
        """As the run keeps it."""
        return {"name": self.name, "version_id": str(self.version_id), "number": self.number, "sha256": self.sha256}

    @classmethod
    def read(cls, stored: Mapping[str, object]) -> RuleSetPin:
        """As ``as_json`` wrote it."""
        return cls(
            str(stored["name"]), UUID(str(stored["version_id"])), int(str(stored["number"])), str(stored["sha256"])
        )
