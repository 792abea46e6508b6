"""Sizes and prices of trades, as text: they have up to 18 digits, more than a float keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from backend.demo.breaks import Break, has_break
from backend.demo.draws import Draws, Flags, Integers, pick
from backend.demo.products import PRODUCTS, Quantity, Quote

_CURRENCIES: Final = ("EUR", "EUR", "EUR", "USD", "GBP", "SEK")
_QUANTITIES: Final = tuple(Quantity)
_QUOTES: Final = tuple(Quote)
_QUANTITY: Final = np.array([_QUANTITIES.index(product.quantity) for product in PRODUCTS])
_QUOTE: Final = np.array([_QUOTES.index(product.quote) for product in PRODUCTS])
# How the source writes the form of a price: a signed one is money as well.
_FORMS: Final = tuple("MONEY" if quote is Quote.SIGNED_MONEY else quote.value for quote in _QUOTES)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Decimal numbers as whole part, number after the point, and how many digits that has."""

    whole: Integers
    fraction: Integers
    digits: Integers
    is_negative: Flags | None = None

    def text(self) -> pl.Series:
        """The numbers as decimal text; a zero has no sign."""
        parts = {"whole": self.whole, "fraction": self.fraction, "digits": self.digits}
        if self.is_negative is not None:
            parts["negative"] = self.is_negative & ((self.whole != 0) | (self.fraction != 0))
        sign = pl.when("negative").then(pl.lit("-")).otherwise(pl.lit("")) if "negative" in parts else pl.lit("")
        fraction = pl.col("fraction").cast(pl.String).str.pad_start(pl.col("digits"), "0")
        number = pl.concat_str(sign, pl.col("whole").cast(pl.String), pl.lit("."), fraction)
        return pl.DataFrame(parts).select(number).to_series()


def amount_columns(draws: Draws, products: Integers, breaks: Integers) -> dict[str, pl.Series]:
    """quantity, price, net amount and up-front payment with their currencies and forms."""
    quantity_kind = _QUANTITY[products]
    quote = _QUOTE[products]
    currency = draws.integers("currency", 0, len(_CURRENCIES))
    is_unit = quantity_kind == _QUANTITIES.index(Quantity.UNITS)
    quantity = _quantity(draws, is_unit)
    has_price = ~np.isin(quote, [_QUOTES.index(Quote.PENDING), _QUOTES.index(Quote.NONE)])
    has_currency = np.isin(_QUOTES, [Quote.MONEY, Quote.SIGNED_MONEY, Quote.PENDING])[quote]
    columns = {
        "quantity_type": pick([kind.value for kind in _QUANTITIES], quantity_kind),
        "quantity": quantity.text(),
        "quantity_currency": pick(_CURRENCIES, currency),
        "price_form": pick(_FORMS, quote),
        "price": _price(draws, quote).text(),
        "price_currency": pick(_CURRENCIES, currency),
        "net_amount": _net_amount(draws, quantity, products),
        "accrued_interest": _cents(draws, "accrued interest", 50_000),
        "commission": _cents(draws, "commission", 9_000),
        **_upfront(draws, products, currency),
    }
    empty = {
        "quantity_currency": is_unit,
        "price": ~has_price | has_break(breaks, Break.PRICE_MISSING),
        "price_currency": ~has_currency,
    }
    columns |= {name: _without(columns[name], flags) for name, flags in empty.items()}
    columns["quantity"] = _with(columns["quantity"], has_break(breaks, Break.QUANTITY_ZERO), "0")
    columns["price_currency"] = _with(columns["price_currency"], has_break(breaks, Break.CURRENCY_MALFORMED), "Eur")
    return columns


def _quantity(draws: Draws, is_unit: Flags) -> _Numbers:
    """Mostly whole pieces and round nominals; some fractions with all digits the message allows."""
    is_fine = draws.happens("fine quantity", 60)
    whole = np.where(is_unit, draws.integers("pieces", 1, 5000), draws.integers("thousands", 1, 20_000) * 1000)
    whole = np.where(is_unit & is_fine, whole % 9 + 1, whole)
    digits = np.where(is_unit, np.where(is_fine, 17, 1), np.where(is_fine, 5, 2))
    fraction = draws.below("quantity fraction", np.where(is_fine, 10**digits, 1))
    return _Numbers(whole, fraction, digits)


def _price(draws: Draws, quote: Integers) -> _Numbers:
    """Money up to 18 digits with 13 decimals, rates with 10, basis points with 17; some below zero."""
    is_fine = draws.happens("fine price", 150)
    limits = {
        Quote.MONEY: ((1, 90_000), 13, 2), Quote.SIGNED_MONEY: ((1, 900), 13, 4), Quote.PERCENT: ((80, 99), 9, 3),
        Quote.YIELD: ((0, 9), 10, 4), Quote.BASIS_POINTS: ((0, 9), 17, 2), Quote.PENDING: ((0, 1), 1, 1),
        Quote.NONE: ((0, 1), 1, 1),
    }  # fmt: skip
    low, high = (np.array([limits[one][0][end] for one in _QUOTES])[quote] for end in (0, 1))
    fine, coarse = (np.array([limits[one][place] for one in _QUOTES])[quote] for place in (1, 2))
    digits = np.where(is_fine, fine, coarse)
    can_be_negative = np.isin(_QUOTES, [Quote.SIGNED_MONEY, Quote.YIELD, Quote.BASIS_POINTS])[quote]
    return _Numbers(
        whole=low + draws.below("price", high - low),
        fraction=draws.below("price fraction", 10**digits),
        digits=digits,
        is_negative=can_be_negative & draws.happens("negative price", 200),
    )


def _net_amount(draws: Draws, quantity: _Numbers, products: Integers) -> pl.Series:
    is_debt = np.array([product.is_debt for product in PRODUCTS])[products]
    net = _Numbers(quantity.whole, draws.integers("net amount", 0, 100_000), np.full_like(products, 5))
    return _without(net.text(), ~is_debt)


def _upfront(draws: Draws, products: Integers, currency: Integers) -> dict[str, pl.Series]:
    has_upfront = np.array([product.has_upfront for product in PRODUCTS])[products] & draws.happens("up-front", 850)
    numbers = _Numbers(
        whole=draws.integers("up-front whole", 100, 900_000),
        fraction=draws.integers("up-front fraction", 0, 100_000),
        digits=np.full_like(products, 5),
        is_negative=draws.happens("up-front paid", 500),
    )
    return {
        "upfront_amount": _without(numbers.text(), ~has_upfront),
        "upfront_currency": _without(pick(_CURRENCIES, currency), ~has_upfront),
    }


def _cents(draws: Draws, name: str, limit: int) -> pl.Series:
    numbers = _Numbers(
        draws.integers(name, 0, limit), draws.integers(f"{name} cents", 0, 100), np.full_like(draws.index, 2)
    )
    return numbers.text()


def _without(column: pl.Series, flags: Flags) -> pl.Series:
    return column.set(pl.Series(flags), None)


def _with(column: pl.Series, flags: Flags, value: str) -> pl.Series:
    return column.set(pl.Series(flags), value)
