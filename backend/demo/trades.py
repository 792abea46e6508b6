"""The trades of one day: any block of rows can be made on its own, and is the same however the day is cut.

Column meanings are in ``source.sql`` and the folder's README.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from backend.demo.amounts import amount_columns
from backend.demo.breaks import Break, break_numbers, has_break, twin_of
from backend.demo.draws import Draws, Flags, Integers, pick
from backend.demo.marks import Situation, order_columns, people_columns, venue_columns
from backend.demo.parties import ENTITIES
from backend.demo.products import INSTRUMENT_RANGES, PRODUCTS, Mix, product_number, shares_of
from backend.demo.scenarios import choose_sides

_PRODUCT_STEP: Final = 631
_OPENS: Final = timedelta(hours=6)
_DAY_MICROSECONDS: Final = 12 * 3600 * 1_000_000
_FUTURE_DAYS: Final = 400
_CANCELLED_PER_MILLE: Final = 15
_FIRST_TRADE_ID: Final = 700_000_001

# A broken trade is one of a product in which its fault shows, and nothing else does.
_PRODUCT_OF_BREAK: Final = {
    Break.LEI_CHECK_DIGIT: "share_off_venue",
    Break.ISIN_CHECK_DIGIT: "share",
    Break.UNDERLYING_CHECK_DIGIT: "share_option",
    Break.BIRTH_DATE_MISSING: "share_off_venue",
    Break.SURNAME_MISSING: "share_off_venue",
    Break.FORBIDDEN_CHARACTER: "share_option",
    Break.PRINCIPAL_WITHOUT_FIRM: "share_off_venue",
    Break.CLASSIFICATION_UNKNOWN: "share_option",
    Break.CAPACITY_MISSING: "share_off_venue",
    Break.EXECUTED_IN_FUTURE: "bond_off_venue",
    Break.REFERENCE_LOWER_CASE: "fund",
    Break.REFERENCE_REPEATED: "rate_swap",
    Break.REFERENCE_REPEATED_AGAIN: "listed_option",
    Break.QUANTITY_ZERO: "bond",
    Break.TRADER_ID_MALFORMED: "credit_swap",
    Break.CURRENCY_MALFORMED: "share",
    Break.COUNTERPARTY_UNKNOWN: "share_off_venue",
    Break.PRICE_MISSING: "share",
    Break.VENUE_MALFORMED: "share_off_venue",
    Break.NAME_TOO_LONG: "share_option",
}
_FAMILY_OF_BREAK: Final = {
    Break.ISIN_CHECK_DIGIT: "broken_isin",
    Break.UNDERLYING_CHECK_DIGIT: "broken_underlying",
    Break.FORBIDDEN_CHARACTER: "broken_name",
    Break.CLASSIFICATION_UNKNOWN: "broken_classification",
    Break.NAME_TOO_LONG: "broken_length",
}
_COMMENTS: Final = (None, None, None, "", "a < b & c > d", 'client said: "go"', "NA", "line one\nline two", "tab\there")


@dataclass(frozen=True, slots=True)
class Day:
    """A day of trading: which one, of how many trades of which mix, drawn from which seed."""

    seed: int
    reporting_date: date
    rows: int
    mix: Mix = Mix.EVERYDAY


def make_trades(day: Day, start: int, stop: int) -> pl.DataFrame:
    """The trades with index ``start`` up to ``stop`` (excluded) as rows of the table ``trades``; decimals as text."""
    draws = Draws(day.seed, np.arange(start, stop, dtype=np.int64))
    breaks = break_numbers(draws, day.rows)
    products = _products(draws, breaks, day.mix)
    sides = choose_sides(draws, products, breaks, day.mix)
    situation = Situation(draws, products, breaks, sides, is_selling=draws.happens("selling", 500))
    twin = twin_of(draws, breaks)
    columns = {
        **_identity_columns(day, situation, twin),
        **_party_columns(situation),
        **_time_columns(day, situation),
        "instrument_id": pl.Series(_instruments(draws, products, breaks)),
        **amount_columns(draws, products, breaks),
        **order_columns(situation),
        **venue_columns(situation),
        **people_columns(situation),
        "is_securities_financing": pl.Series(situation.product_has("is_financing")),
        **_office_columns(draws),
    }
    return pl.DataFrame(columns)


def count_gifts(day: Day) -> int:
    """Sound trades without a price that applies, which are not cancelled."""
    draws = Draws(day.seed, np.arange(day.rows, dtype=np.int64))
    breaks = break_numbers(draws, day.rows)
    is_gift = _products(draws, breaks, day.mix) == product_number("share_transfer")
    is_sound = breaks == len(Break)
    return int(np.count_nonzero(is_gift & is_sound & ~_is_cancelled(draws, breaks)))


def _products(draws: Draws, breaks: Integers, mix: Mix) -> Integers:
    shares = np.cumsum(shares_of(mix))
    products = np.searchsorted(shares, draws.slots("product", _PRODUCT_STEP), side="right").astype(np.int64)
    for kind, name in _PRODUCT_OF_BREAK.items():
        products[has_break(breaks, kind)] = product_number(name)
    return products


def _instruments(draws: Draws, products: Integers, breaks: Integers) -> Integers:
    starts = np.array([INSTRUMENT_RANGES[product.family].start for product in PRODUCTS])[products]
    counts = np.array([INSTRUMENT_RANGES[product.family].size for product in PRODUCTS])[products]
    for kind, family in _FAMILY_OF_BREAK.items():
        is_broken = has_break(breaks, kind)
        starts[is_broken], counts[is_broken] = INSTRUMENT_RANGES[family]
    return starts + draws.below("instrument", counts)


def _is_cancelled(draws: Draws, breaks: Integers) -> Flags:
    return draws.happens("cancelled", _CANCELLED_PER_MILLE) & np.equal(breaks, len(Break))


def _identity_columns(day: Day, situation: Situation, twin: Integers) -> dict[str, pl.Series]:
    draws = situation.draws
    # Of two that share a reference, both carry the number and the executing entity of the earlier one.
    earlier = np.minimum(draws.index, twin)
    number = pl.Series(earlier + _FIRST_TRADE_ID).cast(pl.String).str.zfill(12)
    reference = pl.select(pl.concat_str(pl.lit(f"TRX{day.reporting_date:%Y%m%d}"), number)).to_series()
    lower = has_break(situation.breaks, Break.REFERENCE_LOWER_CASE)
    entity = Draws(draws.seed, earlier).integers("entity", 0, 10)
    return {
        "trade_id": pl.Series(draws.index + _FIRST_TRADE_ID),
        "trade_ref": reference.zip_with(pl.Series(~lower), reference.str.to_lowercase()),
        "trade_date": pl.repeat(day.reporting_date, len(draws.index), dtype=pl.Date, eager=True),
        "settlement_date": pl.repeat(
            day.reporting_date + timedelta(days=2), len(draws.index), dtype=pl.Date, eager=True
        ),
        "action": pick(("NEW", "CANCEL"), _is_cancelled(draws, situation.breaks).astype(np.int64)),
        "entity_id": pl.Series(np.array((1, 1, 1, 1, 1, 1, 2, 2, 2, 3))[entity] + ENTITIES.start - 1),
    }


def _party_columns(situation: Situation) -> dict[str, pl.Series]:
    draws, sides, breaks = situation.draws, situation.sides, situation.breaks
    is_riskless = (sides.is_far_market | ~(sides.is_far_aggregate | sides.is_far_client)) & draws.happens(
        "riskless", 200
    )
    capacity = np.where(
        sides.is_own_account | has_break(breaks, Break.PRINCIPAL_WITHOUT_FIRM), 0, np.where(is_riskless, 1, 2)
    )
    capacity[has_break(breaks, Break.CAPACITY_MISSING)] = 3
    return {
        "own_side": pick(("BUY", "SELL"), situation.is_selling.astype(np.int64)),
        "capacity": pick(("PRINCIPAL", "RISKLESS", "AGENCY", None), capacity),
        "client_id": _ids(sides.near),
        "joint_client_id": _ids(sides.near_joint),
        "is_aggregated": pl.Series(sides.is_near_aggregate),
        "counterparty_id": _ids(sides.far),
        "is_counterparty_aggregated": pl.Series(sides.is_far_aggregate),
    }


def _time_columns(day: Day, situation: Situation) -> dict[str, pl.Series]:
    draws = situation.draws
    opening = datetime(day.reporting_date.year, day.reporting_date.month, day.reporting_date.day, tzinfo=UTC) + _OPENS
    micros = np.int64(opening.timestamp()) * 1_000_000 + draws.integers("time", 0, _DAY_MICROSECONDS)
    late = has_break(situation.breaks, Break.EXECUTED_IN_FUTURE) * np.int64(_FUTURE_DAYS * 86_400_000_000)
    booked = micros + draws.integers("booking delay", 1_000, 900_000_000)
    return {
        "executed_at": _timestamps(micros + late),
        "booked_at": _timestamps(booked),
        "updated_at": _timestamps(booked),
    }


def _office_columns(draws: Draws) -> dict[str, pl.Series]:
    return {
        "desk": pick(("EQ-CASH", "EQ-DERIV", "RATES", "CREDIT", "FX"), draws.integers("desk", 0, 5)),
        "book": pick(("BK01", "BK02", "BK03", "BK04"), draws.integers("book", 0, 4)),
        "fx_rate": pick(("1.00000000", "1.08314250", "0.91234567"), draws.integers("fx rate", 0, 3)),
        "is_amended": pl.Series(draws.happens("amended", 30)),
        "trader_comment": pick(_COMMENTS, draws.integers("comment", 0, len(_COMMENTS))),
        "booked_by": pick(("a.meier", "j.kowalska", "batch"), draws.integers("booked by", 0, 3)),
    }


def _ids(ids: Integers) -> pl.Series:
    return pl.DataFrame({"id": ids}).select(pl.when(pl.col("id") >= 0).then("id")).to_series()


def _timestamps(micros: Integers) -> pl.Series:
    return pl.Series(micros).cast(pl.Datetime("us", "UTC"))
