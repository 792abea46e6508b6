"""What a regulator has said of a record, and which field of its regime each rule is about."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from backend.domain.regulations.model import Field, Pack
from backend.persistence.models.feedback import RecordAdvice

#: In MiFIR the first two digits of a content rule are the number of its field: CON-412 is about field 41.
_CONTENT_RULE: Final = re.compile(r"CON-(\d\d)\d")


@dataclass(frozen=True, slots=True)
class RegulatorRule:
    """A rule as the regulator gave it; without a field where nothing says which it is about."""

    text: str | None
    field: Field | None


def rules_of(advices: Sequence[RecordAdvice], pack: Pack | None) -> Mapping[str, RegulatorRule]:
    """The rules of advices, newest first, by their identifier."""
    found: dict[str, RegulatorRule] = {}
    for advice in advices:
        for rule in advice.rules:
            text = rule.get("text")
            said = RegulatorRule(None if text is None else str(text), field_of(str(rule["id"]), pack))
            found.setdefault(str(rule["id"]), said)
    return found


def field_of(rule_id: str, pack: Pack | None) -> Field | None:
    """The field of the regime that a rule is about."""
    number = _CONTENT_RULE.fullmatch(rule_id)
    if number is None or pack is None or not pack.feedback_format.startswith("auth.031"):
        return None
    return next((one for one in pack.fields if one.number == int(number[1])), None)
