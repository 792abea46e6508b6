"""Contracts that no reference data lists, one function per family: what a full description is made of.

Classification codes follow ISO 10962; index codes are those of ISO 20022 (``BenchmarkCurveName2Code``) where one
exists, else a free name of at most 25 characters. Decimals are kept as text: they have up to 18 digits.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from backend.demo.identifiers import make_isin
from backend.demo.parties import Row

ISSUERS: Final = (
    "Ärzte & Apotheker", "S&P 500 <TOTAL RETURN>", "AT&T", 'Société "Générale"', "L'Oréal", "Nordkap", "Øresund Power",
    "Marks & Spencer", "Žabka", "Bérard > Fils", "NA", "Iberdrola", "Kesko", "Grupa Azoty", "Telekom",
)  # fmt: skip
_CURRENCIES = ("EUR", "USD", "GBP", "CHF", "SEK", "JPY")
_RATES = ("EURI", "STBO", "LIBO", "CIBO", "PRBO")
_OVERNIGHT = ("EURO STR COMPOUNDED", "SOFR", "SONIA")
_SECOND_INDICES = ("S&P 500", "SWAP", "EURI")
_TENORS = ("1M", "3M", "6M", "12M", "1Y", "1W", "90D")
_STYLES = ("EUROPEAN", "EUROPEAN", "AMERICAN", "AMERICAN", "BERMUDAN", "ASIAN", "OTHER")
_STYLE_COLUMN = {"EUROPEAN": 0, "AMERICAN": 1, "BERMUDAN": 2, "ASIAN": 0, "OTHER": 0}
_KIND_LETTERS = {"CALL": "ABC", "PUT": "DEF", "CHOOSER": "GHI"}
_DELIVERY_LETTERS = {"PHYSICAL": "P", "CASH": "C", "OPTIONAL": "E"}
_EPOCH = date(2027, 1, 4)


@dataclass(frozen=True, slots=True)
class Contract:
    """The draws a contract is made of."""

    source: random.Random

    def choice(self, *values: str) -> str:
        """One of the values."""
        return self.source.choice(values)

    def isin(self) -> str:
        """A valid ISIN."""
        return make_isin(self.source, self.choice("DE", "FR", "US", "CH", "NA"))

    def day(self) -> date:
        """A day in the next ten years."""
        return _EPOCH + timedelta(days=self.source.randrange(30, 3650))

    def decimal(self, low: int, high: int, digits: int) -> str:
        """A decimal number with that many digits after the point."""
        return f"{self.source.randrange(low, high)}.{self.source.randrange(10**digits):0{digits}d}"

    def name(self, suffix: str) -> str:
        """A full name that needs escaping now and then."""
        return f"{self.choice(*ISSUERS)} {suffix}"

    def currencies(self) -> tuple[str, str]:
        """Two different currencies."""
        first, second = self.source.sample(_CURRENCIES, k=2)
        return first, second


def _option(contract: Contract, group: str, underlying: str, suffix: str) -> Row:
    kind = contract.choice("CALL", "CALL", "PUT", "PUT", "CHOOSER")
    style = contract.choice(*_STYLES)
    delivery = contract.choice("PHYSICAL", "CASH", "CASH", "OPTIONAL")
    valuation = {"ASIAN": "A", "OTHER": "M"}.get(style, "V")
    letter = _KIND_LETTERS[kind][_STYLE_COLUMN[style]]
    expiry = contract.day()
    return {
        "full_name": contract.name(f"{suffix} {kind} {expiry:%d%b%y}".upper()),
        "cfi": f"H{group}{underlying}{letter}{valuation}{_DELIVERY_LETTERS[delivery]}",
        "multiplier": contract.choice("1", "10", "100", "0.5", "1.00000000000000001"),
        "option_kind": kind,
        "exercise": style,
        "settlement": delivery,
        "expiry_date": expiry,
    }


def _share_option(contract: Contract) -> Row:
    row = _option(contract, "E", "S", "OTC")
    row |= {"underlying_type": "SINGLE", "underlying_isin": contract.isin(), "notional_currency": "EUR"}
    if contract.source.random() < 0.3:  # noqa: PLR2004 - some contracts have an ISIN that no reference data lists yet
        row["isin"] = contract.isin()
    return row | _strike("MONEY", contract.decimal(1, 90_000, 13), "EUR")


def _basket_option(contract: Contract) -> Row:
    row = _option(contract, "E", "B", "BASKET") | {"underlying_type": "BASKET"}
    return row | _strike("PERCENT", contract.decimal(0, 10, 10))


def _index_option(contract: Contract) -> Row:
    row = _option(contract, "E", "I", "<INDEX> & CO") | {
        "underlying_type": "INDEX",
        "index_name": contract.choice("EURO STOXX 50", "S&P 500", "DAX <PERF>", "NA"),
        "index_isin": contract.isin() if contract.source.random() < 0.7 else None,  # noqa: PLR2004
        "notional_currency": "USD",
    }
    if contract.source.random() < 0.25:  # noqa: PLR2004 - forward start: the strike is not known yet
        return row | _strike("PENDING", None, contract.choice("USD", "USD", ""))
    return row | _strike("MONEY", contract.decimal(1000, 90_000, 2), "USD")


def _rate_option(contract: Contract) -> Row:
    row = _option(contract, "R", "C", "RATE") | {"asset_class": "RATES", "underlying_type": "INDEX"}
    row |= {
        "index_name": contract.choice(*_RATES),
        "index_tenor": contract.choice(*_TENORS),
        "notional_currency": "EUR",
    }
    if contract.source.random() < 0.5:  # noqa: PLR2004
        return row | _strike("YIELD", contract.choice("-", "") + contract.decimal(0, 5, 10))
    return row | _strike("BPS", contract.decimal(0, 9, 17))


def _commodity_option(contract: Contract) -> Row:
    row = _option(contract, "T", "J", "POWER SPREAD") | {"asset_class": "COMMODITY", "underlying_type": "INDEX"}
    row |= {"index_name": contract.choice("EPEX SPOT DE-LU", "TTF DAY AHEAD")}
    return row | _strike("MONEY", contract.choice("-", "") + contract.decimal(1, 90, 5), "EUR")


def _credit_swap(contract: Contract) -> Row:
    return {
        "full_name": contract.name("CDS SENIOR"),
        "cfi": f"SCUC{contract.choice('C', 'S', 'L')}{contract.choice('C', 'P', 'A')}",
        "asset_class": "CREDIT",
        "multiplier": "1",
        "underlying_type": "SINGLE",
        "underlying_isin": contract.isin(),
        "notional_currency": contract.choice("EUR", "USD"),
        "expiry_date": contract.day(),
        "settlement": contract.choice("CASH", "PHYSICAL"),
    }


def _credit_index_swap(contract: Contract) -> Row:
    return _credit_swap(contract) | {
        "full_name": "CDX/iTraxx <5Y> & ROLL",
        "cfi": "SCICCC",
        "underlying_type": "INDEX",
        "underlying_isin": None,
        "index_name": contract.choice("ITRAXX EUROPE S45", "ITRAXX XOVER S45", "CDX NA IG S46"),
        "index_tenor": contract.choice("5Y", "10Y", "3Y"),
    }


def _swap(contract: Contract, cfi: str, asset_class: str, suffix: str) -> Row:
    return {
        "full_name": contract.name(suffix),
        "cfi": cfi,
        "asset_class": asset_class,
        "multiplier": "1",
        "underlying_type": "LEGS",
        "notional_currency": contract.choice(*_CURRENCIES),
        "expiry_date": contract.day(),
        "settlement": "CASH",
    }


def _floating(contract: Contract, leg: str) -> Row:
    if contract.source.random() < 0.3:  # noqa: PLR2004
        return {f"{leg}_index_name": contract.choice(*_OVERNIGHT)}
    return {f"{leg}_index_name": contract.choice(*_RATES), f"{leg}_index_tenor": contract.choice(*_TENORS)}


def _rate_swap(contract: Contract) -> Row:
    row = _swap(contract, "SRCCSD", "RATES", "FIXED FLOATING SWAP") | {"underlying_type": "INDEX"}
    return row | {"index_name": contract.choice(*_RATES), "index_tenor": contract.choice(*_TENORS)}


def _basis_swap(contract: Contract) -> Row:
    row = _swap(contract, "SRACSD", "RATES", "BASIS SWAP 3M vs 6M")
    return row | _floating(contract, "received") | _floating(contract, "paid")


def _currency_swap(contract: Contract) -> Row:
    first, second = contract.currencies()
    row = _swap(contract, "SRACCD", "RATES", "CROSS CURRENCY SWAP")
    row |= {"notional_currency": first, "other_notional_currency": second}
    return row | _floating(contract, "received") | _floating(contract, "paid")


def _share_swap(contract: Contract) -> Row:
    row = _swap(contract, "SESTXC", "EQUITY", "TOTAL RETURN SWAP") | _floating(contract, "paid")
    row["received_isin"] = contract.isin()
    if contract.source.random() < 0.4:  # noqa: PLR2004 - outperformance: a share against another
        row |= {"paid_isin": contract.isin(), "paid_index_name": None, "paid_index_tenor": None}
    return row


def _basket_swap(contract: Contract) -> Row:
    """One leg is a basket (``instruments.basket_rows``): the one that has no rate."""
    leg = contract.choice("paid", "received")
    return _swap(contract, "SEBTXC", "EQUITY", "BASKET SWAP") | _floating(contract, leg)


def _currency_forward(contract: Contract) -> Row:
    first, second = contract.currencies()
    delivery = contract.choice("PHYSICAL", "CASH")
    row = _swap(contract, f"JFTXF{_DELIVERY_LETTERS[delivery]}", "FX", f"{first}/{second} FORWARD")
    row |= {"notional_currency": first, "other_notional_currency": second, "settlement": delivery}
    return row | {"underlying_type": "INDEX", "index_name": f"ECB {first}{second} FIXING"}


def _index_basket_forward(contract: Contract) -> Row:
    row = _swap(contract, "JEBXFC", "EQUITY", "DUAL INDEX FORWARD") | {"underlying_type": "INDEX_PAIR"}
    second = contract.choice(*_SECOND_INDICES)
    return row | {"index_name": "EURO STOXX 50", "index_isin": contract.isin(), "second_index_name": second}


def _hybrid_swap(contract: Contract) -> Row:
    paid, received = contract.source.sample(("paid", "received"), k=2)
    row = _swap(contract, "SEBTXC", "EQUITY", "HYBRID INDEX SWAP") | _floating(contract, paid)
    return row | {
        f"{received}_index_name": "DAX <PERF>",
        f"{received}_second_index_name": contract.choice(*_SECOND_INDICES),
    }


def _commodity_swap(contract: Contract) -> Row:
    row = _swap(contract, "STJTXC", "COMMODITY", "GAS SWAP") | {"underlying_type": "INDEX"}
    return row | {"index_name": contract.choice("TTF MONTH AHEAD", "PEGAS <NBP>")}


def _structured_note(contract: Contract) -> Row:
    row = _swap(contract, "DEEFRS", "DEBT", "EXPRESS CERTIFICATE 100 % & MORE") | {"expiry_date": None}
    return row | {"underlying_type": "SINGLE", "underlying_isin": contract.isin(), "maturity_date": contract.day()}


def _strike(form: str, strike: str | None, currency: str | None = None) -> Row:
    return {"strike_form": form, "strike": strike, "strike_currency": currency or None}


CONTRACTS: Final[Mapping[str, Callable[[Contract], Row]]] = MappingProxyType(
    {
        "share_option": _share_option,
        "basket_option": _basket_option,
        "index_option": _index_option,
        "rate_option": _rate_option,
        "commodity_option": _commodity_option,
        "credit_swap": _credit_swap,
        "credit_index_swap": _credit_index_swap,
        "rate_swap": _rate_swap,
        "basis_swap": _basis_swap,
        "currency_swap": _currency_swap,
        "share_swap": _share_swap,
        "basket_swap": _basket_swap,
        "currency_forward": _currency_forward,
        "index_basket_forward": _index_basket_forward,
        "hybrid_swap": _hybrid_swap,
        "commodity_swap": _commodity_swap,
        "structured_note": _structured_note,
    }
)
