"""Values as texts and back: nothing is lost, nothing is guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, DOUBLE, INTEGER, TEXT, TIMESTAMP, DataType, decimal
from backend.domain.typed_text import read_value, show_value


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", TEXT),
        (None, TEXT),
        (" 'ß\n", TEXT),
        (-(2**63), INTEGER),
        (Decimal("-0.0000000001"), decimal(28, 10)),
        (Decimal(99999999999999999999999999999999999999), decimal(38, 0)),
        (0.1, DOUBLE),
        (True, BOOLEAN),
        (date(1, 1, 1), DATE),
        (datetime(2026, 11, 20, 9, 30, 0, 1, tzinfo=UTC), TIMESTAMP),
    ],
)
def test_a_value_survives_its_text(value: object, kind: DataType) -> None:
    assert read_value(show_value(value), kind) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", INTEGER),
        ("9223372036854775808", INTEGER),
        ("1.0", INTEGER),
        ("1e3", decimal(9, 2)),
        ("0.001", decimal(9, 2)),
        ("12345678", decimal(9, 2)),
        ("NaN", decimal(9, 2)),
        ("", decimal(9, 2)),
        ("inf", DOUBLE),
        ("True", BOOLEAN),
        ("20261120", DATE),
        ("2026-02-30", DATE),
        ("2026-11-20T09:30:00", TIMESTAMP),
        ("a\x00b", TEXT),
    ],
)
def test_what_is_no_value_of_the_type_is_refused(text: str, kind: DataType) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_value(text, kind)
