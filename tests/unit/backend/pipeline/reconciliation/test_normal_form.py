"""Values of two systems that mean the same have one form; what means something else has another."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from backend.domain.extract_mapping import ValueKind
from backend.pipeline.reconciliation.normal_form import NormalForm, text_of


def form(kind: str, texts: list[str | None], **how: Any) -> list[str | None]:
    return NormalForm(ValueKind(kind), **how).of(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("kind", "how", "same"),
    [
        ("number", {}, ["1.50", "1.5", "+1.5", "01.500", "15e-1", " 1.5 "]),
        ("number", {}, ["0", "-0.0", "0.000", ".0", "0e5"]),
        ("number", {}, ["1000", "1e3", "1000.", "1000.00"]),
        ("number", {"decimal_comma": True}, ["1.234,50", "1234,5", "1 234,5", "1'234,50"]),
        ("date", {}, ["2026-11-19", "20261119"]),
        ("timestamp", {}, ["2026-11-19T09:30:00Z", "2026-11-19 10:30:00+01:00", "2026-11-19T04:30-0500"]),
        ("timestamp", {}, ["2026-11-19T09:30:00.25Z", "2026-11-19T09:30:00.250000Z", "2026-11-19T10:30:00,25+01"]),
        ("timestamp", {"time_zone": "Europe/Berlin"}, ["2026-07-01T10:00:00", "2026-07-01T08:00:00Z"]),
        ("timestamp", {"time_zone": "Europe/Berlin"}, ["2026-01-01T10:00:00", "2026-01-01T09:00:00Z"]),
        ("boolean", {}, ["true", "TRUE", "1", "Y", "yes"]),
        ("boolean", {}, ["false", "F", "0", "No"]),
        ("text", {"ignore_case": True}, ["XETR", " xetr", "XeTr "]),
        ("text", {"empty_words": ("N/A",)}, ["", "  ", "N/A", None]),
    ],
)
def test_these_are_the_same(kind: str, how: dict[str, Any], same: list[str | None]) -> None:
    assert len(set(form(kind, same, **how))) == 1


@pytest.mark.parametrize(
    ("kind", "different"),
    [
        ("number", ["1.5", "1.50001", "-1.5", "15", "1,5", "abc", "12345678901234567890.1", "12345678901234567890.2"]),
        ("date", ["2026-11-19", "2026-11-20", "19.11.2026", "2026-02-30"]),
        ("timestamp", ["2026-11-19T09:30:00Z", "2026-11-19T09:30:00.000001Z", "2026-11-19T09:30:00.0000001Z", "x"]),
        ("boolean", ["true", "false", "maybe"]),
        ("text", ["XETR", "xetr", "X ETR"]),
    ],
)
def test_these_are_not_the_same(kind: str, different: list[str | None]) -> None:
    assert len(set(form(kind, different))) == len(different)


def test_what_cannot_be_read_keeps_its_text() -> None:
    assert form("number", ["12 apples"]) == ["12 apples"]
    assert form("timestamp", ["2026-03-29T02:30:00"], time_zone="Europe/Berlin") == ["2026-03-29T02:30:00"]
    assert form("timestamp", ["yesterday"], format="%d.%m.%Y") == ["yesterday"]


def test_formats_of_an_extract_are_read() -> None:
    assert form("date", ["19/11/2026"], format="%d/%m/%Y") == ["2026-11-19"]
    berlin = form("timestamp", ["19.11.2026 10:30:00"], format="%d.%m.%Y %H:%M:%S", time_zone="Europe/Berlin")
    assert berlin == form("timestamp", ["2026-11-19T09:30:00Z"])


def test_our_values_have_the_form_of_theirs() -> None:
    instant = pl.Series([datetime(2026, 11, 19, 9, 30, 0, 250_000, tzinfo=UTC)])
    assert form("timestamp", text_of(instant).to_list()) == form("timestamp", ["2026-11-19T10:30:00.25+01:00"])
    assert form("number", text_of(pl.Series([Decimal("1.50000")])).to_list()) == ["1.5"]
    assert form("date", text_of(pl.Series([date(2026, 11, 19)])).to_list()) == ["2026-11-19"]
    assert form("boolean", text_of(pl.Series([True, None])).to_list()) == ["true", None]


@pytest.mark.parametrize("kind", list(ValueKind))
def test_nothing_is_nothing(kind: ValueKind) -> None:
    assert form(kind.value, [None, "", " "]) == [None, None, None]
    assert form(kind.value, []) == []
