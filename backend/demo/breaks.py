"""Which trades are broken and how: 20 of every 1,000, one per kind, two for the pair that shares a reference.

Everything follows from seed and number of rows alone, so the demo can say beforehand what a run must set aside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

import numpy as np

from backend.demo.draws import BLOCK, Draws, Flags, Integers


class Break(StrEnum):
    """One way in which a trade can be wrong."""

    LEI_CHECK_DIGIT = "lei_check_digit"
    ISIN_CHECK_DIGIT = "isin_check_digit"
    UNDERLYING_CHECK_DIGIT = "underlying_check_digit"
    BIRTH_DATE_MISSING = "birth_date_missing"
    SURNAME_MISSING = "surname_missing"
    FORBIDDEN_CHARACTER = "forbidden_character"
    EXECUTED_IN_FUTURE = "executed_in_future"
    PRINCIPAL_WITHOUT_FIRM = "principal_without_firm"
    CLASSIFICATION_UNKNOWN = "classification_unknown"
    REFERENCE_LOWER_CASE = "reference_lower_case"
    CAPACITY_MISSING = "capacity_missing"
    REFERENCE_REPEATED = "reference_repeated"
    REFERENCE_REPEATED_AGAIN = "reference_repeated_again"
    QUANTITY_ZERO = "quantity_zero"
    CURRENCY_MALFORMED = "currency_malformed"
    VENUE_MALFORMED = "venue_malformed"
    TRADER_ID_MALFORMED = "trader_id_malformed"
    COUNTERPARTY_UNKNOWN = "counterparty_unknown"
    PRICE_MISSING = "price_missing"
    NAME_TOO_LONG = "name_too_long"


BREAKS: Final = tuple(Break)
#: Broken trades of 1,000.
BROKEN_PER_MILLE: Final = len(BREAKS)

#: The rule that sets the record aside: of the pack (MR) or of the report itself (OWN).
RULE_OF_BREAK: Final[Mapping[Break, str]] = MappingProxyType(
    {
        Break.LEI_CHECK_DIGIT: "MR-02",
        Break.ISIN_CHECK_DIGIT: "MR-03",
        Break.UNDERLYING_CHECK_DIGIT: "MR-03",
        Break.BIRTH_DATE_MISSING: "MR-01",
        Break.SURNAME_MISSING: "MR-01",
        Break.FORBIDDEN_CHARACTER: "MR-01",
        Break.EXECUTED_IN_FUTURE: "OWN-01",
        Break.PRINCIPAL_WITHOUT_FIRM: "OWN-02",
        Break.CLASSIFICATION_UNKNOWN: "MR-04",
        Break.REFERENCE_LOWER_CASE: "MR-01",
        Break.CAPACITY_MISSING: "MR-01",
        Break.REFERENCE_REPEATED: "OWN-90",
        Break.REFERENCE_REPEATED_AGAIN: "OWN-90",
        Break.QUANTITY_ZERO: "MR-01",
        Break.CURRENCY_MALFORMED: "MR-01",
        Break.VENUE_MALFORMED: "MR-01",
        Break.TRADER_ID_MALFORMED: "MR-01",
        Break.COUNTERPARTY_UNKNOWN: "OWN-03",
        Break.PRICE_MISSING: "MR-01",
        Break.NAME_TOO_LONG: "MR-01",
    }
)

_SOUND = len(BREAKS)
_SLOT_STEP = 357
_FIRST_TWIN = BREAKS.index(Break.REFERENCE_REPEATED)
_SECOND_TWIN = BREAKS.index(Break.REFERENCE_REPEATED_AGAIN)


def break_numbers(draws: Draws, rows: int) -> Integers:
    """Per trade the number of its break in ``BREAKS``, or ``len(BREAKS)`` for a sound one.

    A twin whose partner lies beyond the last of ``rows`` trades shares its reference with nobody: it is sound.
    """
    numbers = np.minimum(_slots(draws), _SOUND)
    is_twin = (numbers == _FIRST_TWIN) | (numbers == _SECOND_TWIN)
    is_alone = is_twin & (twin_of(draws, numbers) >= rows)
    return np.where(is_alone, _SOUND, numbers)


def has_break(numbers: Integers, *kinds: Break) -> Flags:
    """True where the trade's break is one of the kinds."""
    return np.isin(numbers, [BREAKS.index(kind) for kind in kinds])


def twin_of(draws: Draws, numbers: Integers) -> Integers:
    """For the two that share a reference the index of the other one; for any other trade its own index."""
    offset = np.zeros_like(draws.index)
    inverse = pow(_SLOT_STEP, -1, BLOCK)
    place = draws.index % BLOCK
    offset[numbers == _FIRST_TWIN] = 1
    offset[numbers == _SECOND_TWIN] = -1
    return draws.index - place + (place + offset * inverse) % BLOCK


def expected_breaks(rows: int, seed: int) -> dict[Break, int]:
    """How many of the trades are broken in each way."""
    draws = Draws(seed, np.arange(rows, dtype=np.int64))
    counts = np.bincount(break_numbers(draws, rows), minlength=_SOUND + 1)
    return {kind: int(counts[number]) for number, kind in enumerate(BREAKS)}


def expected_set_aside(rows: int, seed: int) -> dict[str, int]:
    """How many records each rule sets aside; rules that set none aside are left out."""
    counts: Counter[str] = Counter()
    for kind, count in expected_breaks(rows, seed).items():
        counts[RULE_OF_BREAK[kind]] += count
    return {rule: count for rule, count in sorted(counts.items()) if count}


def _slots(draws: Draws) -> Integers:
    return draws.slots("break", _SLOT_STEP)
