"""A rule as a value: its key and the dates it is in force."""

from __future__ import annotations

from datetime import date

import pytest

from backend.domain.validation.rule import Phase, Rule, Scope, Severity


def make_rule(part: str | None = None, valid_from: date | None = None, valid_to: date | None = None) -> Rule:
    return Rule(
        id="MR-99",
        title="A test",
        phase=Phase.TARGET,
        severity=Severity.WARNING,
        scope=Scope.FIELD,
        expression="venue IS NOT NULL",
        message="Venue is missing.",
        part=part,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def test_parts_of_a_rule_share_its_id_and_differ_in_their_key() -> None:
    assert make_rule().key == "MR-99"
    assert make_rule(part="buyer").key == "MR-99.buyer"
    assert make_rule(part="buyer").id == make_rule(part="seller").id


@pytest.mark.parametrize(
    ("day", "applies"),
    [("2023-12-31", False), ("2024-01-01", True), ("2024-06-30", True), ("2024-07-01", False)],
)
def test_a_rule_applies_from_its_first_day_until_before_its_end(day: str, applies: bool) -> None:
    rule = make_rule(valid_from=date(2024, 1, 1), valid_to=date(2024, 7, 1))
    assert rule.applies_on(date.fromisoformat(day)) is applies


def test_a_rule_without_dates_always_applies() -> None:
    assert make_rule().applies_on(date(1999, 1, 1))
