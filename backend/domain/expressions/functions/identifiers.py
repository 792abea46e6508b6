"""Functions of regulatory identifiers and reference data."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.functions import literal_checks as checks
from backend.domain.expressions.functions.signature import Function, Group, Parameter, Signature, integer, of, text
from backend.domain.expressions.types import BOOLEAN, DATE, TEXT, Kind

_AS_OF = Parameter("as_of", frozenset({Kind.DATE}), DATE, optional=True)
_ONE_TEXT = (Signature((text("a"),), BOOLEAN),)


def _identifier(name: str, summary: str, example: str) -> Function:
    return Function(name, Group.IDENTIFIERS, f"{name}(a)", summary, example, _ONE_TEXT)


IDENTIFIERS: Final = (
    _identifier(
        "lei_valid",
        "A legal entity identifier (ISO 17442): 20 characters, check digits by ISO 7064 MOD 97-10.",
        "lei_valid(buyer_lei)",
    ),
    _identifier("isin_valid", "An ISIN (ISO 6166): 12 characters, Luhn check digit.", "isin_valid(isin)"),
    _identifier("cfi_valid", "A CFI code (ISO 10962): six letters, a category and group that exist.", "cfi_valid(cfi)"),
    _identifier("uti_valid", "A UTI (ISO 23897): a valid LEI and 1 to 32 capitals or digits.", "uti_valid(uti)"),
    _identifier("ccy_valid", "A currency code of ISO 4217.", "ccy_valid(price_currency)"),
    _identifier("country_valid", "A two-letter country code of ISO 3166.", "country_valid(branch_country)"),
    Function(
        "mic_active",
        Group.IDENTIFIERS,
        "mic_active(mic, date)",
        "A market identifier code (ISO 10383) in use on that date; without a MIC list only its form is checked.",
        "mic_active(venue, trade_date)",
        (Signature((text("mic"), of("date", Kind.DATE)), BOOLEAN),),
    ),
)
REFERENCE: Final = (
    Function(
        "map",
        Group.REFERENCE,
        "map(set, code [, as_of])",
        "The target code of a mapping set on a date (without one on the reporting date); NULL, a finding or an error"
        " without an entry, as the mapping set says.",
        "map('broker_to_lei', broker_code, trade_date)",
        (Signature((text("set", constant=True), text("code"), _AS_OF), TEXT),),
        check=checks.check_named,
    ),
    Function(
        "lookup",
        Group.REFERENCE,
        "lookup(name, key [, column] [, as_of])",
        "The column of the row of an input, or of a dataset on a date, that has the key; NULL, a finding or an error"
        " without one, as the input or dataset says. An input with several key columns takes as many keys, and has no"
        " as_of.",
        "lookup('instruments', isin, 'cfi')",
        (
            Signature((text("name", constant=True), text("key"), _AS_OF), TEXT),
            Signature((text("name", constant=True), text("key"), text("column", constant=True), _AS_OF), TEXT),
        ),
        check=checks.check_named,
    ),
    Function(
        "business_day",
        Group.REFERENCE,
        "business_day(date, n, calendar)",
        "The n-th working day after (negative: before); 0: the date itself or the next working day.",
        "business_day(trade_date, 1, 'TARGET')",
        (Signature((of("date", Kind.DATE), integer("n"), text("calendar", constant=True)), DATE),),
        check=checks.check_calendar,
    ),
    Function(
        "run_date",
        Group.REFERENCE,
        "run_date()",
        "The day, in UTC, on which the run was requested.",
        "run_date() <= business_day(trade_date, 1, 'TARGET')",
        (Signature((), DATE),),
    ),
)
