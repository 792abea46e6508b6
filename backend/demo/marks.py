"""Marks of trades: venue, waivers, flags, short sales, and the people or algorithms who decided and executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from backend.demo.breaks import Break, has_break
from backend.demo.draws import Draws, Flags, Integers, pick
from backend.demo.parties import ALGORITHMS, BROKEN_TRADERS, CLIENT_RANGES, TRADERS
from backend.demo.products import PRODUCTS, Place
from backend.demo.scenarios import Sides

VENUES: Final = ("XPAR", "XAMS", "XETR", "XMAD", "XHEL", "XSTO", "XWBO", "CEUX", "TQEX", "XEUR")
_MEMBER_COUNTRIES: Final = ("DE", "FR", "NL", "IE")
_ORDER_COUNTRIES: Final = ("DE", "FR", "NL", "IE", "NA")
_WAIVERS: Final = ("RFPT", "NLIQ", "OILQ", "PRIC", "SIZE", "ILQD", "SIZE,ILQD", "RFPT,NLIQ,OILQ,PRIC,SIZE,ILQD")
_OTC_FLAGS: Final = (
    "BENC", "ACTX", "LRGS", "ILQD", "SIZE", "CANC", "AMND", "SDIV", "RPRI", "DUPL", "TNCP", "TPAC", "XFPH",
    "LRGS,RPRI", "BENC,ACTX,LRGS,ILQD,SIZE,CANC,AMND,SDIV,RPRI,DUPL,TNCP,TPAC,XFPH",
)  # fmt: skip
_SHORT_SALES: Final = ("NOT_SHORT", "SHORT", "SHORT_EXEMPT", "NOT_KNOWN")
_SHORT_SALE_WEIGHTS: Final = np.repeat(np.arange(4), (6, 2, 1, 1))
_OFF, _OTC = len(VENUES), len(VENUES) + 1


@dataclass(frozen=True, slots=True)
class Situation:
    """What the marks of the trades depend on."""

    draws: Draws
    products: Integers
    breaks: Integers
    sides: Sides
    is_selling: Flags

    def product_has(self, attribute: str) -> Flags:
        """Whether the trade's product has the attribute."""
        return np.array([bool(getattr(product, attribute)) for product in PRODUCTS])[self.products]

    @property
    def is_discretionary(self) -> Flags:
        """The firm decides for a client under a mandate."""
        is_free = (self.sides.near >= 0) & ~self.sides.has_representative
        return is_free & self.draws.happens("discretionary", 100)


def venue_columns(situation: Situation) -> dict[str, pl.Series]:
    """Where the trade took place, with the venue's own reference and the marks a venue trade carries."""
    draws = situation.draws
    place = np.array([list(Place).index(product.place) for product in PRODUCTS])[situation.products]
    # The client's leg of an order that went through the aggregate account is never itself on a venue.
    on_venue = (place == 0) & ~situation.sides.is_far_aggregate & ~situation.sides.is_far_client
    venue = np.where(
        on_venue,
        draws.integers("venue", 0, len(VENUES)),
        np.where(place == list(Place).index(Place.OVER_THE_COUNTER), _OTC, _OFF),
    )
    reference = pl.concat_str(pl.lit("V"), pl.Series(draws.integers("venue trade", 10**14, 10**15)).cast(pl.String))
    columns = {
        "venue": pick((*VENUES, "XOFF", "XXXX"), venue).set(
            pl.Series(has_break(situation.breaks, Break.VENUE_MALFORMED)), "XPA"
        ),
        "venue_trade_id": _only(pl.select(reference).to_series(), on_venue),
        "membership_country": _only(pick(_MEMBER_COUNTRIES, draws.integers("membership", 0, 4)), on_venue),
        "counterparty_mic": _only(pick((*VENUES, "XOFF", "XXXX"), venue), situation.sides.is_far_market),
        "waivers": _marks(draws, "waivers", _WAIVERS, on_venue & draws.happens("waived", 150)),
        "otc_flags": _marks(draws, "otc flags", _OTC_FLAGS, ~on_venue & draws.happens("flagged", 300)),
        "short_sale": _short_sale(situation),
        "is_commodity_hedge": _nullable(draws.happens("hedge", 400), situation.product_has("is_commodity")),
    }
    return columns | _notional_and_package(situation)


def people_columns(situation: Situation) -> dict[str, pl.Series]:
    """Who decided to invest and who executed: a trader, an algorithm, or (execution only) the client."""
    draws, sides = situation.draws, situation.sides
    decides = sides.is_own_account | situation.is_discretionary
    is_broken = has_break(situation.breaks, Break.TRADER_ID_MALFORMED)
    decided_by_code = draws.happens("decided by algorithm", 350)
    executed_by_code = draws.happens("executed by algorithm", 300) & ~is_broken
    by_client = ~decides & draws.happens("executed by client", 120) & ~is_broken
    trader = np.where(
        is_broken,
        draws.integers("broken trader", *_bounds(BROKEN_TRADERS)),
        draws.integers("trader", *_bounds(TRADERS)),
    )
    return {
        "decision_trader_id": _nullable(draws.integers("decider", *_bounds(TRADERS)), decides & ~decided_by_code),
        "decision_algorithm_id": _nullable(
            draws.integers("deciding code", *_bounds(ALGORITHMS)), decides & decided_by_code
        ),
        "execution_trader_id": _nullable(trader, ~executed_by_code & ~by_client),
        "execution_algorithm_id": _nullable(
            draws.integers("code", *_bounds(ALGORITHMS)), executed_by_code & ~by_client
        ),
        "is_client_directed": pl.Series(by_client),
    }


def order_columns(situation: Situation) -> dict[str, pl.Series]:
    """How the client's order reached the firm and whether the firm passed it on."""
    draws = situation.draws
    has_client = situation.sides.near >= 0
    is_passed_on = draws.happens("order passed on", 60)
    transmitter = draws.integers("transmitter", *_bounds(CLIENT_RANGES["broker"]))
    return {
        "is_discretionary": pl.Series(situation.is_discretionary),
        "order_country": _only(
            pick(_ORDER_COUNTRIES, draws.integers("order country", 0, 5)),
            has_client & draws.happens("order taken by branch", 500),
        ),
        "is_order_passed_on": pl.Series(has_client & is_passed_on),
        "transmitter_id": _nullable(transmitter, has_client & ~is_passed_on & draws.happens("order received", 100)),
    }


def _short_sale(situation: Situation) -> pl.Series:
    drawn = _SHORT_SALE_WEIGHTS[situation.draws.integers("short sale", 0, len(_SHORT_SALE_WEIGHTS))]
    applies = situation.is_selling & situation.product_has("has_short_sales") & ~situation.sides.is_near_aggregate
    return _only(pick(_SHORT_SALES, drawn), applies)


def _notional_and_package(situation: Situation) -> dict[str, pl.Series]:
    draws = situation.draws
    changes = situation.product_has("has_notional_changes") & draws.happens("notional changes", 300)
    in_package = situation.product_has("has_packages") & draws.happens("in package", 400)
    package = pl.concat_str(pl.lit("STRAT"), pl.Series(draws.integers("package", 10**9, 10**10)).cast(pl.String))
    return {
        "notional_change": _only(pick(("INCREASE", "DECREASE"), draws.integers("notional", 0, 2)), changes),
        # The bank's system writes an empty text where a trade stands alone.
        "package_id": _only(pl.select(package).to_series(), in_package).fill_null(""),
    }


def _marks(draws: Draws, name: str, values: tuple[str, ...], applies: Flags) -> pl.Series:
    return _only(pick(values, draws.integers(name, 0, len(values))), applies).fill_null("")


def _only(column: pl.Series, applies: Flags) -> pl.Series:
    return column.set(pl.Series(~applies), None)


def _nullable(values: Integers | Flags, applies: Flags) -> pl.Series:
    return pl.DataFrame({"value": values, "applies": applies}).select(pl.when("applies").then("value")).to_series()


def _bounds(ids: tuple[int, int]) -> tuple[int, int]:
    return ids[0], ids[0] + ids[1]
