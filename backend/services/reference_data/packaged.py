"""Countries and currencies, from the packages that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

import iso4217
import pyarrow as pa
import pycountry

from backend.services.reference_data.shapes import COUNTRY_SHAPE, CURRENCY_SHAPE, IS_REMOVED, KEY, OfficialList


def packaged_source(listed: OfficialList) -> str:
    """The package a list comes with, and its version."""
    package = "pycountry" if listed is OfficialList.COUNTRIES else "iso4217"
    return f"{package} {version(package)}"


def read_countries() -> Iterator[pa.RecordBatch]:
    """Entries of the dataset ``country``."""
    rows = [
        {KEY: one.alpha_2, "alpha_3": one.alpha_3, "numeric": one.numeric, "name": one.name, IS_REMOVED: False}
        for one in sorted(pycountry.countries, key=lambda one: str(one.alpha_2))
    ]
    yield pa.RecordBatch.from_pylist(rows, schema=COUNTRY_SHAPE.schema)


def read_currencies() -> Iterator[pa.RecordBatch]:
    """Entries of the dataset ``currency``."""
    rows = [
        {
            KEY: one.code,
            "numeric": None if one.number is None else f"{one.number:03}",
            "name": one.currency_name,
            "minor_units": one.exponent,
            IS_REMOVED: False,
        }
        for one in sorted(iso4217.Currency, key=lambda one: str(one.code))
    ]
    yield pa.RecordBatch.from_pylist(rows, schema=CURRENCY_SHAPE.schema)
