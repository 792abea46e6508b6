"""The datasets that official lists fill: names and columns are fixed, for rules of packs are written with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import pyarrow as pa

from backend.domain.expressions.types import DATE, INTEGER, TEXT, DataType
from backend.services.connectors.base import arrow_type

KEY: Final = "key"
VALID_FROM: Final = "valid_from"
VALID_TO: Final = "valid_to"
"""Both inclusive; NULL is open."""
IS_REMOVED: Final = "is_removed"
"""True in a delta for an entry that is taken away."""


class LoadMode(StrEnum):
    """Whether a file holds the whole list, a further part of one that comes in parts, or what changed since."""

    FULL = "full"
    PART = "part"
    DELTA = "delta"


class OfficialList(StrEnum):
    """A list somebody publishes and OpenReg reads as it is published."""

    MIC = "mic"
    LEI = "lei"
    INSTRUMENTS = "instruments"
    COUNTRIES = "countries"
    CURRENCIES = "currencies"

    @property
    def needs_file(self) -> bool:
        """Whether it is read from a file; the others come with packages that are installed."""
        return self not in {OfficialList.COUNTRIES, OfficialList.CURRENCIES}

    @property
    def modes(self) -> tuple[LoadMode, ...]:
        """What its files may be."""
        return tuple(LoadMode) if self in {OfficialList.LEI, OfficialList.INSTRUMENTS} else (LoadMode.FULL,)


@dataclass(frozen=True, slots=True)
class DatasetShape:
    """A dataset as a list fills it; ``max_age_days`` is when it should have been loaded again."""

    name: str
    title: str
    columns: Mapping[str, DataType]
    max_age_days: int

    @property
    def schema(self) -> pa.Schema:
        """The schema of its batches: key, columns, the days from which and to which an entry holds, and removal."""
        fields = [(name, arrow_type(kind)) for name, kind in self.columns.items()]
        ends = [(VALID_FROM, pa.date32()), (VALID_TO, pa.date32()), (IS_REMOVED, pa.bool_())]
        return pa.schema([(KEY, pa.string()), *fields, *ends])


MIC_SHAPE: Final = DatasetShape(
    "mic",
    "Market identifier codes (ISO 10383)",
    {
        "operating_mic": TEXT,
        "segment": TEXT,
        "status": TEXT,
        "country": TEXT,
        "name": TEXT,
    },
    45,
)
LEI_SHAPE: Final = DatasetShape(
    "lei",
    "Legal entities (GLEIF, level 1)",
    {
        "legal_name": TEXT,
        "entity_status": TEXT,
        "entity_category": TEXT,
        "status": TEXT,
        "registered": DATE,
        "next_renewal": DATE,
    },
    7,
)
INSTRUMENTS_SHAPE: Final = DatasetShape(
    "instruments",
    "Financial instruments (FIRDS)",
    {
        "cfi": TEXT,
        "full_name": TEXT,
        "notional_currency": TEXT,
        "issuer": TEXT,
        "maturity": DATE,
        "first_trade": DATE,
        "termination": DATE,
    },
    7,
)
INSTRUMENT_VENUES_SHAPE: Final = DatasetShape(
    "instrument_venues",
    "Financial instruments by trading venue (FIRDS)",
    {"isin": TEXT, "mic": TEXT, "first_trade": DATE, "termination": DATE},
    7,
)
COUNTRY_SHAPE: Final = DatasetShape(
    "country",
    "Countries (ISO 3166)",
    {"alpha_3": TEXT, "numeric": TEXT, "name": TEXT},
    400,
)
CURRENCY_SHAPE: Final = DatasetShape(
    "currency",
    "Currencies (ISO 4217)",
    {"numeric": TEXT, "name": TEXT, "minor_units": INTEGER},
    400,
)

SHAPES: Final[Mapping[OfficialList, tuple[DatasetShape, ...]]] = {
    OfficialList.MIC: (MIC_SHAPE,),
    OfficialList.LEI: (LEI_SHAPE,),
    # Venues first: what is traded somewhere follows from where it is traded.
    OfficialList.INSTRUMENTS: (INSTRUMENT_VENUES_SHAPE, INSTRUMENTS_SHAPE),
    OfficialList.COUNTRIES: (COUNTRY_SHAPE,),
    OfficialList.CURRENCIES: (CURRENCY_SHAPE,),
}
