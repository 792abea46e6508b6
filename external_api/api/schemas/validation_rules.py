"""Validation rules of published regulation packs and rule sets."""

from __future__ import annotations

from datetime import date
from typing import Self

from pydantic import Field

from backend.domain.publications import PublicationKind
from backend.domain.validation.rule import Phase, Scope, Severity, Source
from backend.services.published_rules import ShownRule
from external_api.api.schemas.reading import PageAnswer, SparseAnswer


class RuleAnswer(SparseAnswer):
    """A rule, or one part of it. True passes; unknown (NULL) passes, as in an SQL CHECK constraint."""

    key: str = Field(description="Unique among all rules that are shown.")
    kind: PublicationKind = Field(description="Whether it stands in a regulation pack or in a rule set.")
    pack: str = Field(description="The name of the pack or rule set.")
    version: str = Field(description="The version of the pack or rule set.")
    regimes: list[str]
    id: str
    part: str | None
    title: str
    phase: Phase
    severity: Severity
    scope: Scope
    expression: str = Field(description="SQL over the columns of its phase.")
    where: str | None = Field(description="In phase set: which records take part.")
    message: str
    columns: list[str]
    fields: list[int] = Field(description="Fields of the regulation that it speaks about.")
    citation: str | None
    source: Source = Field(description="Whether its text was matched with the regulation.")
    is_enabled: bool
    valid_from: date | None
    valid_to: date | None = Field(description="The first reporting date it no longer applies to.")

    @classmethod
    def of(cls, shown: ShownRule) -> Self:
        """The rule as it is shown; a rule that a firm wrote has not what only packs say."""
        rule = shown.rule
        return cls.model_validate(
            {
                "part": None,
                "where": None,
                "columns": [],
                "fields": [],
                "source": Source.UNVERIFIED,
                "scope": Scope.RECORD,
                "citation": None,
                "is_enabled": True,
                **{name: value for name, value in rule.items() if name in cls.model_fields},
                "key": shown.key,
                "kind": shown.kind,
                "pack": shown.source,
                "version": shown.version,
                "regimes": list(shown.regimes),
            }
        )


class RuleList(PageAnswer[RuleAnswer]):
    """Rules by key."""
