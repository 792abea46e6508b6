"""A finding: a rule that failed for one record, or for the whole set when it has no row number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.domain.validation.rule import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One failed check. ``row_number`` is the 1-based position in the extracted input, None for the whole set.

    ``error`` is set when the rule could not be evaluated (its code, e.g. ``cast_overflow``); such a finding is
    blocking whatever the rule's own severity. ``values`` holds the record's values of the rule's columns as text;
    whoever shows or stores it masks the columns the pack marks as ``pii``.
    """

    rule_id: str
    severity: Severity
    message: str
    row_number: int | None = None
    part: str | None = None
    error: str | None = None
    values: Mapping[str, str | None] = field(default_factory=dict)
