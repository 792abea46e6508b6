"""What the firm trades: the product families, how often they occur and how they are quoted.

Instruments stand in ranges of ids by family, so that a trade picks one by arithmetic. A ``broken_*`` family holds
instruments with exactly one fault each; only broken trades refer to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backend.demo.parties import IdRange


class Quantity(StrEnum):
    """How the size of a trade is given: pieces, nominal value, amount of money."""

    UNITS = "U"
    NOMINAL = "N"
    MONEY = "M"


class Quote(StrEnum):
    """How the price of a trade is given."""

    MONEY = "MONEY"
    SIGNED_MONEY = "SIGNED_MONEY"
    PERCENT = "PERCENT"
    YIELD = "YIELD"
    BASIS_POINTS = "BPS"
    PENDING = "PENDING"
    NONE = "NONE"


class Place(StrEnum):
    """Where trades of a family happen: on venues, off venue in a listed instrument, over the counter."""

    VENUE = "venue"
    OFF_VENUE = "off_venue"
    OVER_THE_COUNTER = "over_the_counter"


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of business: ``share`` of 1,000 trades, ``family`` of instruments, way of quoting, marks it may carry."""

    name: str
    share: int
    family: str
    quantity: Quantity
    quote: Quote
    place: Place
    is_institutional: bool = False
    is_debt: bool = False
    is_commodity: bool = False
    is_financing: bool = False
    has_short_sales: bool = False
    has_upfront: bool = False
    has_notional_changes: bool = False
    has_packages: bool = False


class Mix(StrEnum):
    """What kind of day it is: everything a firm does, or only business with many reported fields (benchmarks)."""

    EVERYDAY = "everyday"
    DENSE = "dense"


_U, _N, _M = Quantity.UNITS, Quantity.NOMINAL, Quantity.MONEY
_BPS, _SIGNED = Quote.BASIS_POINTS, Quote.SIGNED_MONEY
_ON, _OFF, _OTC = Place.VENUE, Place.OFF_VENUE, Place.OVER_THE_COUNTER

PRODUCTS: Final = (
    Product("share", 330, "share", _U, Quote.MONEY, _ON, has_short_sales=True),
    Product("share_off_venue", 90, "share", _U, Quote.MONEY, _OFF, has_short_sales=True),
    Product("share_transfer", 10, "share", _U, Quote.NONE, _OFF),
    Product("bond", 70, "bond", _N, Quote.PERCENT, _ON, is_debt=True, has_short_sales=True),
    Product("bond_off_venue", 40, "bond", _N, Quote.PERCENT, _OFF, is_debt=True),
    Product("bond_by_yield", 20, "bond", _N, Quote.YIELD, _OFF, is_debt=True),
    Product("bond_price_awaited", 10, "bond", _N, Quote.PENDING, _OFF, is_debt=True),
    Product("repo", 20, "bond", _N, Quote.PERCENT, _OFF, is_debt=True, is_financing=True, is_institutional=True),
    Product("fund", 30, "fund", _M, Quote.MONEY, _OFF),
    Product("listed_option", 70, "listed_option", _U, Quote.MONEY, _ON, has_packages=True),
    Product("commodity_future", 40, "commodity_future", _U, _SIGNED, _ON, is_commodity=True),
    Product("share_option", 40, "share_option", _U, Quote.MONEY, _OTC),
    Product("basket_option", 20, "basket_option", _U, Quote.PERCENT, _OTC, is_institutional=True),
    Product("index_option", 20, "index_option", _U, Quote.MONEY, _OTC),
    Product("rate_option", 15, "rate_option", _N, _BPS, _OTC, is_institutional=True),
    Product("commodity_option", 10, "commodity_option", _U, _SIGNED, _OTC, is_institutional=True, is_commodity=True),
    Product("credit_swap", 20, "credit_swap", _N, _BPS, _OTC, is_institutional=True, has_upfront=True),
    Product("credit_index_swap", 15, "credit_index_swap", _N, _BPS, _OTC, is_institutional=True, has_upfront=True),
    Product("rate_swap", 30, "rate_swap", _N, Quote.PERCENT, _OTC, is_institutional=True, has_notional_changes=True),
    Product("basis_swap", 15, "basis_swap", _N, _BPS, _OTC, is_institutional=True, has_notional_changes=True),
    Product("currency_swap", 10, "currency_swap", _N, _BPS, _OTC, is_institutional=True),
    Product("share_swap", 10, "share_swap", _U, Quote.MONEY, _OTC, is_institutional=True),
    Product("basket_swap", 10, "basket_swap", _N, Quote.PERCENT, _OTC, is_institutional=True),
    Product("currency_forward", 20, "currency_forward", _M, Quote.MONEY, _OTC, is_institutional=True),
    Product("index_basket_forward", 5, "index_basket_forward", _U, Quote.MONEY, _OTC, is_institutional=True),
    Product("hybrid_swap", 5, "hybrid_swap", _N, Quote.PERCENT, _OTC, is_institutional=True),
    Product("commodity_swap", 15, "commodity_swap", _U, _SIGNED, _OTC, is_institutional=True, is_commodity=True),
    Product("structured_note", 10, "structured_note", _M, Quote.PERCENT, _OTC, is_debt=True),
)  # fmt: skip

_FAMILY_SIZES = {
    "share": 900, "bond": 500, "fund": 150, "listed_option": 300, "commodity_future": 100,
    "share_option": 240, "basket_option": 120, "index_option": 120, "rate_option": 120, "commodity_option": 80,
    "credit_swap": 150, "credit_index_swap": 60, "rate_swap": 200, "basis_swap": 100, "currency_swap": 80,
    "share_swap": 80, "basket_swap": 60, "currency_forward": 120, "index_basket_forward": 40, "hybrid_swap": 40,
    "commodity_swap": 60, "structured_note": 80,
    "broken_isin": 20, "broken_underlying": 20, "broken_name": 20, "broken_classification": 20, "broken_length": 20,
}  # fmt: skip
_FIRST_INSTRUMENT_ID = 1001


def _ranges() -> dict[str, IdRange]:
    found: dict[str, IdRange] = {}
    start = _FIRST_INSTRUMENT_ID
    for family, size in _FAMILY_SIZES.items():
        found[family] = IdRange(start, size)
        start += size
    return found


INSTRUMENT_RANGES: Final = _ranges()


#: Shares of 1,000 trades of a dense day; listed business only as far as broken trades need it.
_DENSE_SHARES: Final = {"share_option": 600, "index_option": 200, "rate_option": 100, "commodity_option": 100}


def shares_of(mix: Mix) -> list[int]:
    """How many of 1,000 trades each product has, in the order of ``PRODUCTS``."""
    if mix is Mix.EVERYDAY:
        return [product.share for product in PRODUCTS]
    return [_DENSE_SHARES.get(product.name, 0) for product in PRODUCTS]


def product_number(name: str) -> int:
    """Where a product stands in ``PRODUCTS``."""
    return next(number for number, product in enumerate(PRODUCTS) if product.name == name)
