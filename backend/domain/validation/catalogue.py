"""The catalogue: every rule that judges, wherever it is written, with what is known of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from uuid import UUID

from backend.domain.validation.official_texts import OfficialRule
from backend.domain.validation.rule import Phase, Rule, Scope, Severity, Source

#: From the lightest to the one that stops a run.
_WEIGHT: Final = (Severity.WARNING, Severity.CORRECTABLE, Severity.BLOCKING)


class RuleOrigin(StrEnum):
    """Where a rule is written."""

    PACK = "pack"
    RULE_SET = "rule_set"
    REPORT = "report"


class TextSource(StrEnum):
    """What the text of a rule rests on: matched by us, brought by the tenant in a regulator's list, or neither."""

    VERIFIED = "verified"
    BROUGHT = "brought"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class RuleFailures:
    """Records that failed a rule, among those it was asked about."""

    failures: int = 0
    records: int = 0

    @property
    def rate(self) -> float | None:
        """The part that failed, or None when it was asked about nothing."""
        return min(1.0, self.failures / self.records) if self.records else None

    def __add__(self, other: RuleFailures) -> RuleFailures:
        """Of both."""
        return RuleFailures(self.failures + other.failures, self.records + other.records)


@dataclass(frozen=True, slots=True)
class RuleOwner:
    """The pack, rule set or report in which a rule is written; ``version`` as people write it."""

    origin: RuleOrigin
    id: str
    name: str
    version: str | None
    regime: str | None

    def key_of(self, rule_id: str) -> str:
        """How the catalogue names a rule of this owner."""
        return f"{self.origin}.{self.id}.{rule_id}"


@dataclass(frozen=True, slots=True)
class CatalogueRule:
    """One rule. A rule of a pack may have several parts, one per side or column, which findings do not tell apart."""

    owner: RuleOwner
    parts: Sequence[Rule]
    is_enabled: bool = True
    official: Sequence[OfficialRule] = ()
    reports: Sequence[tuple[UUID, str]] = ()
    failed: RuleFailures = field(default_factory=RuleFailures)

    @property
    def id(self) -> str:
        """What findings call it."""
        return self.parts[0].id

    @property
    def key(self) -> str:
        """What the catalogue calls it; two reports may have rules of one id."""
        return self.owner.key_of(self.id)

    @property
    def severity(self) -> Severity:
        """The heaviest of its parts."""
        return max((one.severity for one in self.parts), key=_WEIGHT.index)

    @property
    def source(self) -> TextSource:
        """Verified when every part rests on a verified text; else brought when a list that was brought has its text."""
        if all(one.source is Source.VERIFIED for one in self.parts):
            return TextSource.VERIFIED
        is_brought = any(one.text.withdrawn_in is None for one in self.official)
        return TextSource.BROUGHT if is_brought else TextSource.UNVERIFIED

    @property
    def fields(self) -> tuple[int, ...]:
        """The fields of the regulation that it speaks about."""
        return tuple(sorted({number for one in self.parts for number in one.fields}))

    def says(self, text: str) -> bool:
        """Whether a text stands anywhere in it, letters of either case."""
        wanted = text.casefold()
        own = (text for one in self.parts for text in (one.title, one.message, one.expression, one.citation or ""))
        official = (text for one in self.official for text in (one.text.code, one.text.error_code, one.text.text))
        return any(wanted in one.casefold() for one in (self.id, *own, *official))


@dataclass(frozen=True, slots=True)
class RuleFilter:
    """Which rules are wanted; empty parts want all."""

    text: str | None = None
    regime: str | None = None
    origin: RuleOrigin | None = None
    phases: Collection[Phase] = ()
    severities: Collection[Severity] = ()
    scopes: Collection[Scope] = ()
    source: TextSource | None = None
    report_id: UUID | None = None
    is_failing: bool | None = None

    def wants(self, rule: CatalogueRule) -> bool:
        """Whether a rule is among them."""
        return (
            (self.regime is None or rule.owner.regime == self.regime)
            and (self.origin is None or rule.owner.origin is self.origin)
            and (not self.phases or any(one.phase in self.phases for one in rule.parts))
            and (not self.severities or any(one.severity in self.severities for one in rule.parts))
            and (not self.scopes or any(one.scope in self.scopes for one in rule.parts))
            and (self.source is None or rule.source is self.source)
            and (self.report_id is None or any(report == self.report_id for report, _ in rule.reports))
            and (self.is_failing is None or bool(rule.failed.failures) is self.is_failing)
            and (not self.text or rule.says(self.text))
        )
