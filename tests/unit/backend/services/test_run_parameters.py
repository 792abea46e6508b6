"""Parameters of a run: typed by their declaration, never guessed, and every refusal names the parameter."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.domain.reports.document import Source
from backend.services.run_parameters import RunParameterInvalid, bind_parameters, source_parameters


def source(**parameters: Any) -> Source:
    return Source.model_validate({"connector_id": UUID(int=1), "query": "select 1", "parameters": parameters})


@pytest.mark.parametrize(
    ("kind", "given", "bound"),
    [
        ("text", "", ""),
        ("text", "2026-01-01", "2026-01-01"),
        ("integer", 7, 7),
        ("integer", "-7", -7),
        ("decimal", "1.10", Decimal("1.10")),
        ("decimal", 7, Decimal(7)),
        ("decimal", 0.1, Decimal("0.1")),
        ("boolean", False, False),
        ("date", "2026-02-28", date(2026, 2, 28)),
        ("timestamp", "2026-02-28T10:00:00+01:00", datetime(2026, 2, 28, 10, tzinfo=timezone(timedelta(hours=1)))),
        ("timestamp", "2026-02-28T10:00:00Z", datetime(2026, 2, 28, 10, tzinfo=UTC)),
    ],
)
def test_a_value_is_read_as_its_type(kind: str, given: object, bound: object) -> None:
    (value,) = bind_parameters(source(x={"type": kind}), {"x": given}).values()
    assert value == bound
    assert type(value) is type(bound)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("text", 7),
        ("text", True),
        ("text", ["a"]),
        ("integer", "seven"),
        ("integer", True),
        ("integer", 7.0),
        ("integer", "7.0"),
        ("integer", "9" * 5000),
        ("integer", 2**63),
        ("integer", -(2**63) - 1),
        ("decimal", "much"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("decimal", float("nan")),
        ("decimal", True),
        ("decimal", {"a": 1}),
        ("boolean", "true"),
        ("boolean", 1),
        ("date", "2026-02-29"),
        ("date", "28.02.2026"),
        ("date", 20260228),
        ("timestamp", "2026-02-28T10:00:00"),
        ("timestamp", "yesterday"),
        ("timestamp", 0),
    ],
)
def test_a_value_of_another_type_is_refused_by_name_and_not_repeated(kind: str, given: object) -> None:
    with pytest.raises(RunParameterInvalid) as refused:
        bind_parameters(source(book={"type": kind}), {"book": given})
    assert "book" in refused.value.message
    assert kind in refused.value.message
    assert refused.value.extra == {"parameter": "book"}


def test_a_parameter_nobody_declared_is_refused() -> None:
    with pytest.raises(RunParameterInvalid, match="boook"):
        bind_parameters(source(book={"type": "text"}), {"boook": "A"})


def test_a_missing_value_is_the_default_else_nothing_else_refused() -> None:
    declared = source(
        book={"type": "text", "default": "A"}, limit={"type": "decimal", "default": "1.5"}, other={"type": "date"}
    )
    assert bind_parameters(declared, {}) == {"book": "A", "limit": Decimal("1.5"), "other": None}
    with pytest.raises(RunParameterInvalid, match="book"):
        bind_parameters(source(book={"type": "text", "required": True}), {})
    with pytest.raises(RunParameterInvalid, match="book"):
        bind_parameters(source(book={"type": "text", "required": True}), {"book": None})


def test_a_given_value_wins_over_the_default() -> None:
    assert bind_parameters(source(book={"type": "text", "default": "A"}), {"book": ""}) == {"book": ""}


def test_the_reporting_date_is_always_a_parameter_of_the_query() -> None:
    declared = source(book={"type": "text"}, size={"type": "integer"})
    bound = source_parameters(declared, {"book": "A", "size": None}, date(2026, 11, 19))
    assert {name: (one.type, one.value) for name, one in bound.items()} == {
        "book": (TEXT, "A"),
        "size": (INTEGER, None),
        "reporting_date": (DATE, date(2026, 11, 19)),
    }


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("decimal", "1.5", decimal(38, 10)),
        ("boolean", True, BOOLEAN),
        ("timestamp", "2026-02-28T10:00:00Z", TIMESTAMP),
        ("date", "2026-02-28", DATE),
    ],
)
def test_what_was_bound_can_be_given_to_a_source(kind: str, given: object, expected: object) -> None:
    declared = source(x={"type": kind})
    bound = source_parameters(declared, bind_parameters(declared, {"x": given}), date(2026, 11, 19))
    assert bound["x"].type == expected
