"""What the regulator says of a rule, as it stands beside the rule everywhere."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.domain.validation.official_texts import OfficialRow, OfficialRule
from backend.services.official_rules import OfficialRules

MAX_FILE_NAME = 255


class OfficialTextAnswer(BaseModel):
    """A rule in the words of the regulator. Both days belong to the period."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    error_code: str = Field(description="Empty where the list has only one kind of code.")
    field: str
    severity: str
    text: str
    citation: str
    valid_from: date | None
    valid_to: date | None


class OfficialSourceAnswer(BaseModel):
    """The list that somebody of this tenant brought."""

    model_config = ConfigDict(from_attributes=True)

    list_id: UUID
    number: int
    title: str
    file_name: str
    imported_at: datetime


class OfficialRuleAnswer(OfficialTextAnswer):
    """What the regulator says of the rule, from the newest list that was imported."""

    withdrawn_in: int | None = Field(description="The number of the first list that no longer has it.")
    source: OfficialSourceAnswer

    @classmethod
    def of(cls, rule: OfficialRule) -> OfficialRuleAnswer:
        """The text with its list."""
        source = OfficialSourceAnswer.model_validate(rule.source)
        return cls(**text_fields(rule.text), withdrawn_in=rule.text.withdrawn_in, source=source)


def official_answers(official: OfficialRules, rule_id: str) -> list[OfficialRuleAnswer]:
    """What is said of one rule."""
    return [OfficialRuleAnswer.of(one) for one in official.get(rule_id, ())]


def text_fields(row: OfficialRow) -> dict[str, object]:
    """What every answer with an official text holds."""
    return OfficialTextAnswer.model_validate(row).model_dump()
