"""The forms of identifiers that need no check digit."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CFI_GROUPS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "E": "SPCFLDYM",
        "C": "IHBEFSPM",
        "D": "BCWTSEGANDMY",
        "R": "ASPWFDM",
        "O": "CPM",
        "F": "FC",
        "S": "RTECFM",
        "H": "RTECFM",
        "I": "FT",
        "J": "EFCRT",
        "K": "RTECFYM",
        "L": "LRS",
        "T": "CTRIBDM",
        "M": "CM",
    }
)
"""ISO 10962: the groups (second letter) of each category (first letter)."""

CFI_PATTERN: Final = (
    r"\A(?:" + "|".join(f"{category}[{groups}]" for category, groups in CFI_GROUPS.items()) + r")[A-Z]{4}\z"
)
UTI_TAIL_PATTERN: Final = r"\A[A-Z0-9]{20}[A-Z0-9]{1,32}\z"
"""ISO 23897: the LEI of the generating entity, then up to 32 capitals and digits."""

MIC_PATTERN: Final = r"\A[A-Z0-9]{4}\z"
