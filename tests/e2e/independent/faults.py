"""What is wrong with a source row, found from its content alone: by the formats of the message definition, by check
digits computed here, and by what the bank's tables mean. A sound row has no fault, a broken one exactly one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Final

from described import MISSING, Leaf, Row
from stdnum import cfi

# Formats of auth.016.001.01 (ESMA guideline 1.1.0), by the last steps of a path.
PATTERNS: Final[tuple[tuple[str, str], ...]] = (
    (r"(^|/)TxId$", r"[A-Z0-9]{1,52}"),
    (r"TradPlcMtchgId$", r"[A-Z0-9]{1,52}"),
    (r"CmplxTradCmpntId$", r"[A-Z0-9]{1,35}"),
    (r"Algo$", r"[A-Z0-9]{1,50}"),
    (r"(ExctgPty|SubmitgPty|LEI|TrnsmttgBuyr|TrnsmttgSellr)$", r"[A-Z0-9]{18}[0-9]{2}"),
    (r"(MIC|TradVn)$", r"[A-Z0-9]{4}"),
    (r"(FinInstrm/Id|FinInstrmGnlAttrbts/Id|ISIN(\[\d+\])?)$", r"[A-Z]{2}[A-Z0-9]{9}[0-9]"),
    (r"ClssfctnTp$", r"[A-Z]{6}"),
    (r"CtryOfBrnch$", r"[A-Z]{2}"),
    (r"(@Ccy|NtnlCcy|NoPric/Ccy)$", r"[A-Z]{3}"),
    (
        r"Prsn/Othr/Id$",
        r"[A-Z]{2}[A-Z0-9]{1,33}|[A-Z]{2}[0-9]{8}[A-Z][A-Z#]{4}[A-Z][A-Z#]{4}|FI[A-Z0-9\-+]{1,33}|LV[A-Z0-9\-]{1,33}",
    ),
    (r"(FrstNm|Prsn/Nm)$", r"(?s:.{1,140})"),
    (r"FullNm$", r"(?s:.{1,350})"),
    (r"RefRate/Nm$", r"(?s:.{1,25})"),
)
# (fraction digits, lowest value, whether that value itself is allowed); 18 digits in all, 11 for rates.
NUMBERS: Final[tuple[tuple[str, int, int, Decimal | None, bool], ...]] = (
    (r"(Qty/Unit|PricMltplr)$", 18, 17, Decimal(0), False),
    (r"Qty/(NmnlVal|MntryVal)$", 18, 5, Decimal(0), False),
    (r"(NetAmt|UpFrntPmt/Amt)$", 18, 5, Decimal(0), True),
    (r"Pric/MntryVal/Amt$", 18, 13, Decimal(0), True),
    (r"(Pctg|Yld)$", 11, 10, None, True),
    (r"BsisPts$", 18, 17, None, True),
)
# XML 1.0, production Char.
FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Formats:
    """The formats a leaf must have; the rules for a path are found once per path."""

    def __init__(self) -> None:
        self._patterns: dict[str, re.Pattern[str] | None] = {}
        self._numbers: dict[str, tuple[int, int, Decimal | None, bool] | None] = {}

    def fault(self, path: str, value: Any) -> str | None:
        """The kind of fault of one leaf, or None."""
        if value is MISSING:
            return f"missing {path.rsplit('/', maxsplit=1)[-1]}"
        if isinstance(value, str):
            if FORBIDDEN.search(value):
                return "forbidden character"
            pattern = self._pattern(path)
            return (
                None if pattern is None or pattern.fullmatch(value) else f"format of {path.rsplit('/', maxsplit=1)[-1]}"
            )
        if isinstance(value, Decimal):
            return self._number_fault(path, value)
        return None

    def _pattern(self, path: str) -> re.Pattern[str] | None:
        if path not in self._patterns:
            found = next((text for end, text in PATTERNS if re.search(end, path)), None)
            self._patterns[path] = re.compile(found) if found else None
        return self._patterns[path]

    def _number_fault(self, path: str, value: Decimal) -> str | None:
        if path not in self._numbers:
            self._numbers[path] = next((rest for end, *rest in NUMBERS if re.search(end, path)), None)  # type: ignore[assignment]
        limits = self._numbers[path]
        if limits is None:
            return f"no format known for {path}"
        total, fraction, lowest, may_equal = limits
        digits = value.normalize().as_tuple()
        places = max(0, -int(digits.exponent))
        if len(digits.digits) > total or places > fraction:
            return f"digits of {path.rsplit('/', maxsplit=1)[-1]}"
        if lowest is not None and (value < lowest or (value == lowest and not may_equal)):
            return f"range of {path.rsplit('/', maxsplit=1)[-1]}"
        return None


def faults_of(
    row: Row, leaves: Sequence[Leaf], formats: Formats, reporting_date: date, *, is_repeated: bool
) -> list[str]:
    """Every fault of the row."""
    found = dict.fromkeys(_business_faults(row, reporting_date))
    # Whoever is unknown cannot be named: one fault, not two.
    is_unknown = "unknown counterparty" in found
    for path, value in leaves:
        fault = formats.fault(path, value)
        if fault is not None and not (is_unknown and value is MISSING):
            found[fault] = None
        elif fault is None:
            found |= dict.fromkeys(_check_digit_faults(path, value))
    if is_repeated:
        found["repeated reference"] = None
    return list(found)


def _business_faults(row: Row, reporting_date: date) -> Iterator[str]:
    if row["executed_at"].date() > reporting_date:
        yield "executed in the future"
    if row["capacity"] == "PRINCIPAL" and row["client_id"] is not None:
        yield "own account with a client"
    far = "selling_type" if row["own_side"] == "BUY" else "buying_type"
    if row["counterparty_id"] is not None and row[far] is None:
        yield "unknown counterparty"


def _check_digit_faults(path: str, value: Any) -> Iterator[str]:
    end = path.rsplit("/", maxsplit=1)[-1].split("[", maxsplit=1)[0]
    if end in ("LEI", "ExctgPty", "SubmitgPty", "TrnsmttgBuyr", "TrnsmttgSellr") and not lei_is_right(value):
        yield "check digits of a LEI"
    if (end == "ISIN" or path.endswith(("FinInstrm/Id", "FinInstrmGnlAttrbts/Id"))) and not isin_is_right(value):
        yield f"check digit of {'the ISIN' if path.endswith('FinInstrm/Id') else 'an underlying'}"
    if end == "ClssfctnTp" and not cfi.is_valid(value):
        yield "unknown classification"


@cache
def lei_is_right(lei: str) -> bool:
    """ISO 7064 MOD 97-10: the number written with A=10 … Z=35 leaves 1."""
    return int("".join(str(int(character, 36)) for character in lei)) % 97 == 1


@cache
def isin_is_right(isin: str) -> bool:
    """ISO 6166: Luhn over the digits with A=10 … Z=35."""
    digits = [int(digit) for character in isin for digit in str(int(character, 36))]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
