"""The table is complete in itself: every entry has an example that works, a kernel, and its line on the page."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.functions.table import (
    AGGREGATE_NAMES,
    ALIASES,
    FUNCTIONS,
    find_function,
    suggest_function,
)
from backend.domain.expressions.reference import render_reference
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.pipeline.expressions.branching import BRANCHING
from backend.pipeline.expressions.kernels.reference import REFERENCE_CALLS
from backend.pipeline.expressions.kernels.registry import KERNELS

PAGE = Path(__file__).resolve().parents[5] / "docs" / "reference" / "expressions.md"
STRUCTURAL = {"case", "cast", "try_cast"}
COLUMNS = {
    **dict.fromkeys(
        (
            *(
                "venue",
                "buyer",
                "seller",
                "trading_capacity",
                "country",
                "national_id",
                "trade_ref",
                "side",
                "desk_code",
            ),
            *(
                "buyer_lei",
                "isin",
                "email",
                "lei",
                "cfi",
                "account",
                "name",
                "code",
                "first_name",
                "surname",
                "waiver_1",
            ),
            *("waiver_2", "branch", "symbol", "trade_day", "local_time", "price_text", "uti", "price_currency"),
            *("branch_country", "broker_code", "chain_id", "complex_trade_id"),
        ),
        TEXT,
    ),
    **dict.fromkeys(
        ("net_amount", "fees", "gross_amount", "price", "quantity", "notional", "contracts", "bid", "ask"),
        decimal(18, 2),
    ),
    **dict.fromkeys(("lots", "sequence", "position", "version"), INTEGER),
    **dict.fromkeys(("birth_date", "trade_date", "expiry_date", "maturity_date"), DATE),
    "trading_datetime": TIMESTAMP,
    "is_short": BOOLEAN,
}


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_example_of_an_entry_uses_it_and_is_accepted(name: str) -> None:
    function = FUNCTIONS[name]
    expression = parse_expression(function.example, COLUMNS, allow_windows=name in AGGREGATE_NAMES)
    assert name in expression.functions | STRUCTURAL
    assert function.summary.endswith((".", "…"))


def test_every_function_has_exactly_one_way_to_be_computed() -> None:
    computed = KERNELS.keys() | BRANCHING.keys() | REFERENCE_CALLS
    assert computed == FUNCTIONS.keys() - STRUCTURAL - AGGREGATE_NAMES
    assert not KERNELS.keys() & BRANCHING.keys()


def test_second_names_lead_to_functions() -> None:
    for alias, name in ALIASES.items():
        assert find_function(alias.upper()) is FUNCTIONS[name]


def test_operators_cannot_be_called_by_name() -> None:
    assert find_function("and") is None
    assert find_function("+") is None


def test_a_function_of_other_dialects_leads_to_ours() -> None:
    assert suggest_function("IFNULL") == "coalesce(a, b)"
    assert suggest_function("uper") == "upper"
    assert suggest_function("x" * 100_000) is None


def test_reference_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(), "run: openreg reference"
