"""The trades of a day: deterministic, realistic in form, broken only where announced."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest

from backend.demo.breaks import Break, break_numbers, has_break
from backend.demo.draws import Draws
from backend.demo.parties import CLIENT_RANGES, UNKNOWN_CLIENTS
from backend.demo.products import PRODUCTS, Mix, shares_of
from backend.demo.trades import Day, count_gifts, make_trades

REPORTING_DATE = date(2026, 11, 20)
ROWS = 20_000
DAY = Day(seed=7, reporting_date=REPORTING_DATE, rows=ROWS)


@pytest.fixture(scope="module")
def trades() -> pl.DataFrame:
    return make_trades(DAY, 0, ROWS)


def _broken(trades: pl.DataFrame, *kinds: Break) -> pl.DataFrame:
    draws = Draws(DAY.seed, (trades["trade_id"] - trades["trade_id"][0]).to_numpy())
    return trades.filter(pl.Series(has_break(break_numbers(draws, ROWS), *kinds)))


def _sound(trades: pl.DataFrame) -> pl.DataFrame:
    return trades.join(_broken(trades, *Break), on="trade_id", how="anti", maintain_order="left")


def test_rows_are_the_same_however_the_day_is_cut(trades: pl.DataFrame) -> None:
    cuts = [0, 1, 333, 7000, 7001, ROWS]
    parts = [make_trades(DAY, start, stop) for start, stop in pairwise(cuts)]
    assert pl.concat(parts).equals(trades, null_equal=True)


def test_another_seed_gives_other_trades(trades: pl.DataFrame) -> None:
    other = make_trades(Day(8, REPORTING_DATE, ROWS), 0, 1000)
    assert not other["instrument_id"].equals(trades["instrument_id"].head(1000))


def test_the_table_is_as_wide_as_a_real_one(trades: pl.DataFrame) -> None:
    assert trades.width >= 50
    assert {pl.Boolean, pl.String, pl.Date, pl.Int64} <= {dtype.base_type() for dtype in trades.dtypes}


def test_references_are_unique_but_for_the_announced_pairs(trades: pl.DataFrame) -> None:
    repeated = trades.filter(pl.struct("trade_ref", "entity_id").is_duplicated())
    announced = _broken(trades, Break.REFERENCE_REPEATED, Break.REFERENCE_REPEATED_AGAIN)
    assert repeated["trade_id"].to_list() == announced["trade_id"].to_list()
    assert _sound(trades)["trade_ref"].str.contains(r"^[A-Z0-9]{1,52}$").all()


def test_trades_are_spread_over_the_day_to_the_microsecond(trades: pl.DataFrame) -> None:
    times = _sound(trades)["executed_at"]
    start = datetime(2026, 11, 20, 6, tzinfo=UTC)
    assert times.min() >= start
    assert times.max() < start + timedelta(hours=12)
    assert times.dt.hour().n_unique() == 12
    assert (times.dt.microsecond() % 1000 != 0).mean() > 0.99


def test_only_the_announced_trades_lie_in_the_future(trades: pl.DataFrame) -> None:
    late = trades.filter(pl.col("executed_at").dt.date() > REPORTING_DATE)
    assert late["trade_id"].to_list() == _broken(trades, Break.EXECUTED_IN_FUTURE)["trade_id"].to_list()


def test_own_account_has_a_client_only_where_announced(trades: pl.DataFrame) -> None:
    wrong = trades.filter((pl.col("capacity") == "PRINCIPAL") & pl.col("client_id").is_not_null())
    assert wrong["trade_id"].to_list() == _broken(trades, Break.PRINCIPAL_WITHOUT_FIRM)["trade_id"].to_list()


def test_unknown_counterparties_occur_only_where_announced(trades: pl.DataFrame) -> None:
    known = range(min(one.start for one in CLIENT_RANGES.values()), max(sum(one) for one in CLIENT_RANGES.values()))
    assert UNKNOWN_CLIENTS.start not in known
    wrong = trades.filter(pl.col("counterparty_id") >= UNKNOWN_CLIENTS.start)
    assert wrong["trade_id"].to_list() == _broken(trades, Break.COUNTERPARTY_UNKNOWN)["trade_id"].to_list()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (Break.CAPACITY_MISSING, pl.col("capacity").is_null()),
        (Break.REFERENCE_LOWER_CASE, pl.col("trade_ref").str.contains("[a-z]")),
        (Break.QUANTITY_ZERO, pl.col("quantity").cast(pl.Decimal(35, 17)) == 0),
        (Break.CURRENCY_MALFORMED, ~pl.col("price_currency").str.contains("^[A-Z]{3}$")),
        (Break.VENUE_MALFORMED, ~pl.col("venue").str.contains("^[A-Z0-9]{4}$")),
        (Break.TRADER_ID_MALFORMED, pl.col("execution_trader_id") > 900),
        (Break.PRICE_MISSING, pl.col("price").is_null() & ~pl.col("price_form").is_in(["PENDING", "NONE"])),
    ],
)
def test_a_fault_stands_exactly_in_the_announced_rows(trades: pl.DataFrame, kind: Break, wrong: pl.Expr) -> None:
    assert trades.filter(wrong)["trade_id"].to_list() == _broken(trades, kind)["trade_id"].to_list()


def test_sizes_and_prices_use_all_the_digits_the_message_allows(trades: pl.DataFrame) -> None:
    quantities = [Decimal(text) for text in trades["quantity"].to_list()]
    prices = [Decimal(text) for text in trades["price"].drop_nulls().to_list()]
    assert max(-int(value.as_tuple().exponent) for value in quantities) == 17
    assert max(len(value.as_tuple().digits) for value in prices) == 18
    assert min(prices) < 0


def test_empty_texts_stay_apart_from_missing_values(trades: pl.DataFrame) -> None:
    assert trades["waivers"].null_count() == 0
    assert (trades["waivers"] == "").any()
    assert trades["trader_comment"].null_count() > 0
    assert (trades["trader_comment"] == "").any()
    assert (trades["trader_comment"] == "NA").any()


def test_warnings_are_announced_for_gifts(trades: pl.DataFrame) -> None:
    gifts = _sound(trades).filter((pl.col("price_form") == "NONE") & (pl.col("action") == "NEW"))
    assert count_gifts(DAY) == gifts.height
    assert gifts.height > 0


@pytest.mark.parametrize("mix", list(Mix))
def test_the_shares_of_a_mix_make_a_thousand(mix: Mix) -> None:
    assert sum(shares_of(mix)) == 1000
    assert len(shares_of(mix)) == len(PRODUCTS)


def test_a_dense_day_holds_only_contracts_between_people() -> None:
    dense = make_trades(Day(7, REPORTING_DATE, 5000, Mix.DENSE), 0, 5000)
    on_venue = dense.filter(pl.col("counterparty_mic").is_not_null())
    assert on_venue.height < dense.height / 100
