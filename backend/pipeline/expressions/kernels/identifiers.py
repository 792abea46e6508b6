"""Functions that judge regulatory identifiers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final

import iso4217
import polars as pl
import pycountry

from backend.domain.expressions.identifiers import CFI_PATTERN, MIC_PATTERN, UTI_TAIL_PATTERN
from backend.pipeline.expressions.kernels.check_digits import (
    ISIN_LENGTH,
    LEI_LENGTH,
    check_column,
    isin_passes,
    lei_passes,
)
from backend.pipeline.expressions.kernels.reference import is_listed
from backend.pipeline.expressions.kernels.site import Kernel, Site


def _lei_valid(value: pl.Expr) -> pl.Expr:
    return value.map_batches(partial(check_column, length=LEI_LENGTH, check=lei_passes), return_dtype=pl.Boolean())


def _isin_valid(value: pl.Expr) -> pl.Expr:
    return value.map_batches(partial(check_column, length=ISIN_LENGTH, check=isin_passes), return_dtype=pl.Boolean())


def _uti_valid(site: Site) -> pl.Expr:
    text = site.values[0]
    return text.str.contains(UTI_TAIL_PATTERN) & _lei_valid(text.str.head(LEI_LENGTH))


@cache
def _currency_codes() -> tuple[str, ...]:
    return tuple(sorted(currency.code for currency in iso4217.Currency))


@cache
def _country_codes() -> tuple[str, ...]:
    return tuple(sorted(country.alpha_2 for country in pycountry.countries))


def _coded(site: Site, dataset: str, shipped: Callable[[], tuple[str, ...]]) -> pl.Expr:
    """One of the installed codes on the reporting date, or of the list that comes with OpenReg."""
    installed = site.bindings.reference.find_table(dataset)
    if installed is None:
        return site.values[0].is_in(shipped())
    return is_listed(installed, site.values[0], site.bindings.reporting_date)


def _mic_active(site: Site) -> pl.Expr:
    """Without an installed list of venues the form alone is judged."""
    mic, day = site.values
    installed = site.bindings.reference.find_table("mic")
    if installed is None:
        return pl.when(day.is_not_null()).then(mic.str.contains(MIC_PATTERN))
    return is_listed(installed, mic, day)


IDENTIFIERS: Final[Mapping[str, Kernel]] = {
    "lei_valid": lambda site: _lei_valid(site.values[0]),
    "isin_valid": lambda site: _isin_valid(site.values[0]),
    "cfi_valid": lambda site: site.values[0].str.contains(CFI_PATTERN),
    "uti_valid": _uti_valid,
    "ccy_valid": lambda site: _coded(site, "currency", _currency_codes),
    "country_valid": lambda site: _coded(site, "country", _country_codes),
    "mic_active": _mic_active,
}
