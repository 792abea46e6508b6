"""National calendars, those of markets and TARGET, from the package ``holidays``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Final

import holidays
import pycountry

from backend.domain.calendars import FIRST_YEAR, LAST_YEAR, SATURDAY, SUNDAY, CalendarBaseUnknown

TARGET: Final = "TARGET"
#: The days on which the European Central Bank's settlement is closed have this code in the package.
_EUROPEAN_CENTRAL_BANK: Final = "XECB"
_CODE_LETTERS: Final = 2
_MIC_LETTERS: Final = 4
_HELD: Final = 64


@dataclass(frozen=True, slots=True)
class NationalCalendar:
    """A calendar that comes with OpenReg; ``weekend`` as in ``CalendarDefinition``."""

    code: str
    title: str
    days: Mapping[date, str]
    weekend: tuple[int, ...]


def national_source() -> str:
    """The package the days are from, and its version."""
    return f"holidays {version('holidays')}"


@cache
def national_titles() -> Mapping[str, str]:
    """Code → title of every calendar: TARGET, countries, markets by their MIC; parts of countries have codes too."""
    found = {TARGET: "TARGET (settlement in euro)"}
    for code in sorted(holidays.list_supported_countries(include_aliases=False)):
        country = pycountry.countries.get(alpha_2=code)
        found[code] = str(getattr(country, "common_name", None) or getattr(country, "name", code))
    for code in sorted(holidays.list_supported_financial(include_aliases=False)):
        if len(code) == _MIC_LETTERS and code != _EUROPEAN_CENTRAL_BANK:
            found[code] = f"Market {code}"
    return found


@cache
def national_codes() -> frozenset[str]:
    """Every code, also of parts of countries."""
    parts = holidays.list_supported_countries(include_aliases=False)
    return frozenset({*national_titles(), *(f"{code}-{part}" for code, own in parts.items() for part in own)})


@lru_cache(_HELD)
def national_calendar(code: str) -> NationalCalendar:
    """The days of all years. Raises CalendarBaseUnknown."""
    country, _, part = code.partition("-")
    title = national_titles().get(country)
    if title is None:
        raise CalendarBaseUnknown(f"There is no national calendar {code}.", fix="Choose one of the list.")
    days = _days(country, part)
    if days is None:
        raise CalendarBaseUnknown(
            f"{title} has no part {part or code} with days of its own.", fix=f"Choose {country} itself."
        )
    weekend = tuple(sorted(getattr(days, "weekend", {SATURDAY, SUNDAY})))
    return NationalCalendar(code, f"{title}, {part}" if part else title, dict(sorted(days.items())), weekend)


def _days(country: str, part: str) -> holidays.HolidayBase | None:
    """The days of all years, None for a part that is not known."""
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    is_market = country == TARGET or len(country) == _MIC_LETTERS
    try:
        if is_market:
            code = _EUROPEAN_CENTRAL_BANK if country == TARGET else country
            return None if part else holidays.financial_holidays(code, years=years)
        return holidays.country_holidays(country, subdiv=part or None, years=years)
    except NotImplementedError:
        return None
