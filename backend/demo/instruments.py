"""The instrument master: listed instruments known by their ISIN, and contracts described in full.

An instrument ``in_reference_data`` is reported by its ISIN alone; any other is described field by field.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from backend.demo.contracts import CONTRACTS, ISSUERS, Contract
from backend.demo.identifiers import make_isin, with_wrong_check_digit
from backend.demo.parties import IdRange, Row
from backend.demo.products import INSTRUMENT_RANGES

_LISTED = {
    "share": ("ESVUFR", "EQUITY"),
    "bond": ("DBFTFB", "DEBT"),
    "fund": ("CIOGES", "FUND"),
    "listed_option": ("OCASPS", "EQUITY"),
    "commodity_future": ("FCEPSX", "COMMODITY"),
}
_COUNTRIES = ("DE", "FR", "NL", "IT", "ES", "SE", "FI", "IE", "AT", "NA")
_TOO_LONG = 351
#: XML 1.0 has no way to write the vertical tab (production Char), not even as a reference.
_FORBIDDEN = "\x0b"


def instrument_rows(seed: int) -> list[Row]:
    """Every instrument, with valid identifiers and texts except in the broken families."""
    source = random.Random(f"{seed}:instruments")  # noqa: S311 - made-up test material
    return [
        _instrument(source, family, instrument_id)
        for family in INSTRUMENT_RANGES
        for instrument_id in _ids(INSTRUMENT_RANGES[family])
    ]


def basket_rows(seed: int) -> list[Row]:
    """What the baskets hold: the ``underlying``, ``received`` or ``paid`` basket of an instrument, in order."""
    source = random.Random(f"{seed}:baskets")  # noqa: S311
    return [
        {
            "instrument_id": instrument["instrument_id"],
            "basket": basket,
            "position": position,
            "isin": make_isin(source, "US"),
        }
        for instrument in instrument_rows(seed)
        if (basket := _basket(instrument)) is not None
        for position in range(1, source.randrange(3, 7))
    ]


def _basket(instrument: Row) -> str | None:
    if instrument.get("underlying_type") == "BASKET":
        return "underlying"
    if str(instrument["full_name"]).endswith("BASKET SWAP"):
        return "received" if instrument.get("paid_index_name") else "paid"
    return None


def _instrument(source: random.Random, family: str, instrument_id: int) -> Row:
    kind = {"broken_isin": "share"}.get(family, family)
    if kind in _LISTED:
        row = _listed(source, kind)
    else:
        row = CONTRACTS.get(kind, CONTRACTS["share_option"])(Contract(source))
        row |= {"in_reference_data": False, "asset_class": row.get("asset_class", "EQUITY")}
    _break(row, family)
    return row | {"instrument_id": instrument_id}


def _listed(source: random.Random, family: str) -> Row:
    cfi, asset_class = _LISTED[family]
    return {
        "isin": make_isin(source, source.choice(_COUNTRIES)),
        "in_reference_data": True,
        "full_name": f"{source.choice(ISSUERS)} {family.replace('_', ' ')}",
        "cfi": cfi,
        "asset_class": asset_class,
        "currency": source.choice(("EUR", "EUR", "EUR", "USD", "SEK", "NAD")),
        "settlement": "PHYSICAL",
    }


def _break(row: Row, family: str) -> None:
    if family == "broken_isin":
        row["isin"] = with_wrong_check_digit(str(row["isin"]))
    elif family == "broken_underlying":
        row["underlying_isin"] = with_wrong_check_digit(str(row["underlying_isin"]))
    elif family == "broken_name":
        row["full_name"] = f"{row['full_name']}{_FORBIDDEN}"
    elif family == "broken_classification":
        row["cfi"] = "HQ" + str(row["cfi"])[2:]
    elif family == "broken_length":
        row["full_name"] = str(row["full_name"]).ljust(_TOO_LONG, "X")


def _ids(ids: IdRange) -> Iterator[int]:
    yield from range(ids.start, sum(ids))
