"""Indicators: what they are made from, what is unknown, and when a limit is crossed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from backend.domain.quality import DayFigures, Indicator, QualitySeverity, Threshold, breaches, worse_than

DUE = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
WARNING, CRITICAL = QualitySeverity


def figures(**changes: Any) -> DayFigures:
    values: dict[str, Any] = {
        "expected": 200,
        "reported": 190,
        "checked": 150,
        "with_findings": 30,
        "amended": 4,
        "repeated": 1,
        "finished_at": DUE + timedelta(minutes=90, seconds=30),
        "due_at": DUE,
    }
    return DayFigures(**{**values, **changes})


def test_indicators_are_shares_of_records_and_minutes_after_the_due_time() -> None:
    assert figures().values() == {
        Indicator.COMPLETENESS: Decimal("0.95"),
        Indicator.TIMELINESS: Decimal("90.5"),
        Indicator.VALIDITY: Decimal("0.8"),
        # Without feedback it is unknown, and not nought.
        Indicator.REJECTION_RATE: None,
        Indicator.AMENDMENTS: Decimal("0.02"),
        Indicator.REPEATS: Decimal("0.005"),
    }


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        ({"expected": 0}, {Indicator.COMPLETENESS, Indicator.AMENDMENTS, Indicator.REPEATS}),
        ({"checked": 0}, {Indicator.VALIDITY}),
        ({"with_findings": None}, {Indicator.VALIDITY}),
        ({"due_at": None}, {Indicator.TIMELINESS}),
        ({"finished_at": None}, {Indicator.TIMELINESS}),
    ],
    ids=["nothing expected", "nothing checked", "findings not counted", "no due time", "not finished"],
)
def test_what_cannot_be_known_is_unknown(changes: dict[str, Any], unknown: set[Indicator]) -> None:
    found = {one for one, value in figures(**changes).values().items() if value is None}
    assert found == unknown | {Indicator.REJECTION_RATE}


@pytest.mark.parametrize(
    ("indicator", "value", "severity"),
    [
        (Indicator.COMPLETENESS, "0.99", None),
        (Indicator.COMPLETENESS, "0.98", WARNING),
        (Indicator.COMPLETENESS, "0.89", CRITICAL),
        (Indicator.AMENDMENTS, "0.89", None),
        (Indicator.AMENDMENTS, "0.95", WARNING),
        (Indicator.AMENDMENTS, "1", WARNING),
        (Indicator.AMENDMENTS, None, None),
    ],
)
def test_a_limit_is_crossed_on_its_bad_side_and_not_by_what_is_unknown(
    indicator: Indicator, value: str | None, severity: QualitySeverity | None
) -> None:
    higher = Threshold(warning=Decimal("0.99"), critical=Decimal("0.9"))
    lower = Threshold(warning=Decimal("0.9"))
    limit = higher if indicator.is_higher_better else lower
    assert limit.crossed(indicator, None if value is None else Decimal(value)) is severity


def test_a_threshold_has_a_limit() -> None:
    with pytest.raises(ValidationError):
        Threshold()


def test_people_are_told_once_and_again_when_it_becomes_critical() -> None:
    limits = {Indicator.COMPLETENESS: Threshold(warning=Decimal(1)), Indicator.VALIDITY: Threshold(critical=Decimal(1))}
    found = breaches(figures().values(), limits)
    assert found == {Indicator.COMPLETENESS: WARNING, Indicator.VALIDITY: CRITICAL}
    assert worse_than(found, {}) == found
    assert worse_than(found, {"completeness": "warning", "validity": "warning"}) == {Indicator.VALIDITY: CRITICAL}
    assert worse_than(found, {"completeness": "critical", "validity": "critical"}) == {}
