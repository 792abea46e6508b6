"""A rule as a person writes it: in a report, or in a rule set that many reports share."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.domain.validation.rule import Phase, Rule, Scope, Severity, Source

MAX_EXPRESSION: Final = 10_000
RULE_ID: Final = r"^[A-Z][A-Z0-9]{0,15}-[A-Z0-9][A-Z0-9.-]{0,30}$"
Expression = Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION)]


def _is_open(value: object) -> bool:
    return value is None


ValidFrom = Annotated[
    date | None,
    Field(description="The first reporting date it applies to; empty: from the first.", exclude_if=_is_open),
]
ValidTo = Annotated[
    date | None,
    Field(description="The first reporting date it no longer applies to; empty: for good.", exclude_if=_is_open),
]


class WrittenRule(BaseModel):
    """True passes; unknown (NULL) passes, as in an SQL CHECK."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=RULE_ID)]
    title: Annotated[str, Field(max_length=200)]
    phase: Phase
    severity: Severity
    scope: Scope = Scope.RECORD
    expression: Expression
    message: Annotated[str, Field(max_length=500)]
    citation: str | None = None
    valid_from: ValidFrom = None
    valid_to: ValidTo = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> WrittenRule:
        if self.valid_from is not None and self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be after valid_from: it is the first day without the rule")
        return self

    def as_rule(self, columns: frozenset[str]) -> Rule:
        """The rule with the columns that its expression reads."""
        return Rule(
            id=self.id,
            title=self.title,
            phase=self.phase,
            severity=self.severity,
            scope=self.scope,
            expression=self.expression,
            message=self.message,
            columns=tuple(sorted(columns)),
            citation=self.citation,
            source=Source.UNVERIFIED,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
        )
