"""Rule sets and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.validation.rule_set_changes import RuleChangeKind
from backend.domain.validation.rule_sets import MAX_RULES, LibraryRule, RuleSetName, RuleSetState
from backend.persistence.models.rule_set import RuleSetVersion
from backend.persistence.repositories.rule_sets import ListedRuleSet
from backend.services.rule_sets import RuleSetComparison

Title = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str, Field(max_length=5000)]


class RuleSetCreate(BaseModel):
    """A rule set without rules; with a pack, its target rules are over the pack's columns."""

    model_config = ConfigDict(extra="forbid")

    name: RuleSetName = Field(description="How reports name it; it never changes.")
    title: Title
    description: Description = ""
    pack_id: str | None = Field(default=None, max_length=60)


class RuleSetChange(BaseModel):
    """What changes; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = None
    description: Description | None = None


class RuleSetDraft(BaseModel):
    """All rules of the draft, as they are now."""

    model_config = ConfigDict(extra="forbid")

    rules: Annotated[list[LibraryRule], Field(max_length=MAX_RULES)]
    note: Annotated[str, Field(max_length=2000)] = ""


class RuleSetVersionMark(BaseModel):
    """A version as lists show it."""

    number: int
    state: RuleSetState
    sha256: str
    rule_count: int
    note: str
    authors: list[UUID]
    created_at: datetime
    updated_at: datetime
    activated_by: UUID | None
    activated_at: datetime | None
    retired_at: datetime | None

    @classmethod
    def of(cls, version: RuleSetVersion, rule_count: int) -> RuleSetVersionMark:
        """The version as it is."""
        return cls(**_shown(version), rule_count=rule_count)


class RuleSetVersionList(BaseModel):
    """Every version of a rule set, newest first."""

    items: list[RuleSetVersionMark]


class RuleSetVersionAnswer(RuleSetVersionMark):
    """A version with its rules."""

    rules: list[LibraryRule]

    @classmethod
    def of_version(cls, version: RuleSetVersion) -> RuleSetVersionAnswer:
        """The version as it is."""
        rules = [LibraryRule.model_validate(one) for one in version.rules]
        return cls(**_shown(version), rule_count=len(rules), rules=rules)


class PartDifferenceAnswer(BaseModel):
    """A part of a rule as it was and as it is; null where there was, or is, nothing."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    before: str | None
    after: str | None


class RuleChangeAnswer(BaseModel):
    """A rule that is not the same in both versions; of one that was added or removed every part is told."""

    model_config = ConfigDict(from_attributes=True)

    rule_id: str
    kind: RuleChangeKind
    parts: list[PartDifferenceAnswer]


class RuleSetComparisonAnswer(BaseModel):
    """What changed from one version to another."""

    before: int | None = Field(description="The earlier version; null when there was none, and every rule is added.")
    after: int
    is_reordered: bool = Field(description="Whether rules stand in another order: the first that fails counts.")
    changes: list[RuleChangeAnswer]

    @classmethod
    def of(cls, found: RuleSetComparison) -> RuleSetComparisonAnswer:
        """What was found."""
        return cls(
            before=found.before.number if found.before is not None else None,
            after=found.after.number,
            is_reordered=found.is_reordered,
            changes=[RuleChangeAnswer.model_validate(one) for one in found.changes],
        )


class UsingReportAnswer(BaseModel):
    """A report that uses something."""

    model_config = ConfigDict(from_attributes=True)

    report_id: UUID
    name: str


class RuleSetAnswer(BaseModel):
    """A rule set with the version that judges, its draft, and the reports that use it."""

    id: UUID
    name: str
    title: str
    description: str
    pack_id: str | None
    active: RuleSetVersionMark | None
    draft: RuleSetVersionMark | None
    reports: list[UsingReportAnswer]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, listed: ListedRuleSet) -> RuleSetAnswer:
        """The rule set as it is now."""
        one = listed.rule_set
        return cls(
            id=one.id,
            name=one.name,
            title=one.title,
            description=one.description,
            pack_id=one.pack_id,
            active=_mark(listed.active, listed.rule_counts),
            draft=_mark(listed.draft, listed.rule_counts),
            reports=[UsingReportAnswer.model_validate(report) for report in listed.reports],
            created_at=one.created_at,
            updated_at=one.updated_at,
        )


def _mark(version: RuleSetVersion | None, counts: Mapping[UUID, int]) -> RuleSetVersionMark | None:
    return RuleSetVersionMark.of(version, counts[version.id]) if version is not None else None


def _shown(version: RuleSetVersion) -> dict[str, Any]:
    return {name: getattr(version, name) for name in RuleSetVersionMark.model_fields if name != "rule_count"}
