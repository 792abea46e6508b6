"""Canonical JSON: one spelling per value, as RFC 8785 has it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.canonical_json import canonical_json


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (0, "0"),
        ({"b": 1, "a": [False, "x"]}, '{"a":[false,"x"],"b":1}'),
        ('"\\\b\f\n\r\t\x0f', '"\\"\\\\\\b\\f\\n\\r\\t\\u000f"'),
        ("ö€𝄞\u2028", '"ö€𝄞\u2028"'),
        (Decimal("100.50"), '"100.50"'),
        (Decimal("1E+3"), '"1000"'),
        (date(2026, 11, 19), '"2026-11-19"'),
        (datetime(2026, 11, 19, 8, 30, tzinfo=UTC), '"2026-11-19T08:30:00+00:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ({"b", "a"}, '["a","b"]'),
    ],
)
def test_a_value_has_one_spelling(value: object, text: str) -> None:
    assert canonical_json(value) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        # The samples of RFC 8785, appendix B.
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.3333332, "333333333.3333332"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
    ],
)
def test_floats_are_spelled_as_ecmascript_spells_them(number: float, text: str) -> None:
    assert canonical_json(number) == text


def test_names_are_sorted_by_utf_16() -> None:
    """The sample of RFC 8785, section 3.2.3."""
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    ordered = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    assert list(json.loads(canonical_json(dict.fromkeys(names, 1)))) == ordered


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="no such number"):
        canonical_json({"a": value})


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="bytes has no form"):
        canonical_json(b"secret")


texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(values)
def test_reading_the_text_gives_the_value_and_the_same_text_again(value: object) -> None:
    text = canonical_json(value)
    assert json.loads(text) == value
    assert canonical_json(json.loads(text)) == text
