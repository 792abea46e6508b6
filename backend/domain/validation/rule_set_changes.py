"""What differs between two versions of a rule set, rule by rule and part by part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from backend.domain.validation.rule_sets import LibraryRule


class RuleChangeKind(StrEnum):
    """What happened to a rule."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class PartDifference:
    """A part of a rule under its name in the document, as texts; None where there was, or is, nothing."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that is not the same in both versions; of one that was added or removed every part is told."""

    rule_id: str
    kind: RuleChangeKind
    parts: tuple[PartDifference, ...]


def rule_changes(before: Sequence[LibraryRule], after: Sequence[LibraryRule]) -> list[RuleChange]:
    """Added and changed rules in the order of the later version, then those that are gone."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    told = [
        RuleChange(one.id, RuleChangeKind.CHANGED if one.id in old else RuleChangeKind.ADDED, parts)
        for one in after
        if (parts := tuple(_differences(old.get(one.id), one)))
    ]
    gone = (one for one in before if one.id not in new)
    return [*told, *(RuleChange(one.id, RuleChangeKind.REMOVED, tuple(_differences(one, None))) for one in gone)]


def is_reordered(before: Sequence[LibraryRule], after: Sequence[LibraryRule]) -> bool:
    """Whether rules of both stand in another order: the first that fails is the one that counts a record."""
    old, new = [one.id for one in before], [one.id for one in after]
    kept = set(old) & set(new)
    return [one for one in old if one in kept] != [one for one in new if one in kept]


def _differences(before: LibraryRule | None, after: LibraryRule | None) -> Iterator[PartDifference]:
    for name in LibraryRule.model_fields:
        if name == "id":
            continue
        was, now = _shown(before, name), _shown(after, name)
        if was != now:
            yield PartDifference(name, was, now)


def _shown(rule: LibraryRule | None, name: str) -> str | None:
    value = getattr(rule, name) if rule is not None else None
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None or value == "" else str(value)
