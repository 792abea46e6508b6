"""The catalogue of rules, and what a test says of rows."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backend.api.json_values import as_json
from backend.api.schemas.official_rules import OfficialRuleAnswer
from backend.api.schemas.pages import ListAnswer
from backend.api.schemas.report_drafts import FaultAnswer
from backend.api.schemas.rule_sets import UsingReportAnswer
from backend.domain.reports.document import ParameterType
from backend.domain.validation.catalogue import CatalogueRule, RuleOrigin, TextSource
from backend.domain.validation.rule import Phase, Rule, Scope, Severity, Source
from backend.domain.validation.written_rule import Expression
from backend.pipeline.rule_trial import RowVerdict, RuleTrialRow
from backend.services.rule_catalogue import RuleDetail
from backend.services.rule_trial import MAX_ROWS, RuleCheck, RuleText


class RuleOwnerAnswer(BaseModel):
    """The pack, rule set or report in which a rule is written."""

    model_config = ConfigDict(from_attributes=True)

    origin: RuleOrigin
    id: str
    name: str
    version: str | None
    regime: str | None


class RuleFailuresAnswer(BaseModel):
    """Of the last 30 days: records that failed, among those the rule was asked about."""

    model_config = ConfigDict(from_attributes=True)

    failures: int
    records: int
    rate: float | None = Field(description="None when it was asked about no record.")


class CatalogueRuleAnswer(BaseModel):
    """A rule of the catalogue. ``source`` is brought where the text was not matched by us, but imported."""

    key: str
    owner: RuleOwnerAnswer
    id: str
    title: str
    message: str
    phase: Phase
    severity: Severity = Field(description="The heaviest of its parts.")
    scope: Scope
    fields: list[int] = Field(description="Fields of the regulation that it speaks about.")
    citation: str | None
    source: TextSource
    is_enabled: bool
    valid_from: date | None
    valid_to: date | None = Field(description="The first reporting date it no longer applies to.")
    part_count: int
    official: list[OfficialRuleAnswer]
    reports: list[UsingReportAnswer]
    failed: RuleFailuresAnswer

    @classmethod
    def of(cls, rule: CatalogueRule) -> CatalogueRuleAnswer:
        """The rule as it is now."""
        return cls.model_validate(shown(rule))


class RuleList(ListAnswer[CatalogueRuleAnswer]):
    """One page of the catalogue, and how many rules there are on all pages."""

    count: int


class RulePartAnswer(BaseModel):
    """A part of a rule: one condition over the columns of its phase."""

    model_config = ConfigDict(from_attributes=True)

    part: str | None
    title: str
    phase: Phase
    severity: Severity
    scope: Scope
    expression: str
    message: str
    columns: list[str]
    fields: list[int]
    citation: str | None
    source: Source
    valid_from: date | None
    valid_to: date | None


class FailingRunAnswer(BaseModel):
    """A run in which the rule failed."""

    model_config = ConfigDict(from_attributes=True)

    run_id: UUID
    report_id: UUID
    report_name: str
    reporting_date: date
    count: int
    created_at: datetime


class RuleDetailAnswer(CatalogueRuleAnswer):
    """A rule with its parts and the newest runs in which it failed."""

    parts: list[RulePartAnswer]
    runs: list[FailingRunAnswer]

    @classmethod
    def of_detail(cls, detail: RuleDetail) -> RuleDetailAnswer:
        """The rule as it is now."""
        parts = [RulePartAnswer.model_validate(one) for one in detail.rule.parts]
        runs = [FailingRunAnswer.model_validate(one) for one in detail.runs]
        return cls.model_validate({**shown(detail.rule), "parts": parts, "runs": runs})


def shown(rule: CatalogueRule) -> dict[str, object]:
    """What every answer about a rule of the catalogue holds."""
    first: Rule = rule.parts[0]
    return {
        "key": rule.key,
        "owner": RuleOwnerAnswer.model_validate(rule.owner),
        "id": rule.id,
        "title": first.title,
        "message": first.message,
        "phase": first.phase,
        "severity": rule.severity,
        "scope": first.scope,
        "fields": list(rule.fields),
        "citation": first.citation,
        "source": rule.source,
        "is_enabled": rule.is_enabled,
        "valid_from": first.valid_from,
        "valid_to": first.valid_to,
        "part_count": len(rule.parts),
        "official": [OfficialRuleAnswer.of(one) for one in rule.official],
        "reports": [UsingReportAnswer(report_id=report, name=name) for report, name in rule.reports],
        "failed": RuleFailuresAnswer.model_validate(rule.failed),
    }


class RuleTextRequest(BaseModel):
    """What of a rule is tried."""

    model_config = ConfigDict(extra="forbid")

    expression: Expression
    phase: Phase
    severity: Severity = Severity.WARNING
    message: Annotated[str, Field(max_length=500)] = ""

    @property
    def text(self) -> RuleText:
        """As the service takes it."""
        return RuleText(self.expression, self.phase, self.severity, self.message or "The rule fails.")


class RuleCheckRequest(RuleTextRequest):
    """A rule to be read against the columns of a report, or of a regime; against nothing, only what is certain."""

    pack_id: Annotated[str | None, Field(max_length=60)] = None
    report_id: UUID | None = None


class KnownColumnAnswer(BaseModel):
    """A column that the rule may read."""

    name: str
    type: str


class RuleCheckAnswer(BaseModel):
    """What is wrong with a rule, the columns it reads, and those it may read; none where they are not known."""

    ok: bool
    faults: list[FaultAnswer]
    columns: list[str]
    known_columns: list[KnownColumnAnswer]

    @classmethod
    def of(cls, check: RuleCheck) -> RuleCheckAnswer:
        """What the check found."""
        return cls(
            ok=not check.faults,
            faults=[FaultAnswer.model_validate(one) for one in check.faults],
            columns=list(check.columns),
            known_columns=[KnownColumnAnswer(name=name, type=str(kind)) for name, kind in check.known_columns.items()],
        )


class RuleTestRequest(RuleTextRequest):
    """Rows that somebody typed. ``columns`` gives their types; with a pack, its columns have theirs already."""

    pack_id: Annotated[str | None, Field(max_length=60)] = None
    columns: Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], ParameterType], Field(max_length=200)]
    rows: Annotated[list[dict[str, JsonValue]], Field(min_length=1, max_length=MAX_ROWS)]
    reporting_date: date


class RuleReportTestRequest(RuleTextRequest):
    """The first rows of a report's source, as the rule's phase sees them."""

    report_id: UUID
    reporting_date: date
    parameters: dict[str, JsonValue] = {}
    limit: Annotated[int, Field(ge=1, le=50)] = 50


class RuleTestRowAnswer(BaseModel):
    """What the rule says of a row; ``unknown`` passes, for the condition is NULL there."""

    number: int
    values: dict[str, JsonValue]
    verdict: RowVerdict
    reason: str | None = Field(description="Why it could not be evaluated.")
    message: str | None = Field(description="What a finding would say.")


class RuleTestAnswer(BaseModel):
    """Every row with its verdict."""

    rows: list[RuleTestRowAnswer]
    counts: dict[RowVerdict, int]

    @classmethod
    def of(cls, rows: tuple[RuleTrialRow, ...], text: RuleText) -> RuleTestAnswer:
        """What the test said."""
        is_told = {RowVerdict.FAILED, RowVerdict.NOT_EVALUATED}
        return cls(
            rows=[
                RuleTestRowAnswer(
                    number=row.number,
                    values={name: as_json(value) for name, value in row.values.items()},
                    verdict=row.verdict,
                    reason=row.reason,
                    message=text.message if row.verdict in is_told else None,
                )
                for row in rows
            ],
            counts={verdict: sum(row.verdict is verdict for row in rows) for verdict in RowVerdict},
        )
