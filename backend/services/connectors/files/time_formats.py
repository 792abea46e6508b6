"""Days and times written in other ways than ISO 8601, turned into it column by column."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_PARTS: Final = {
    "YYYY": "([0-9]{4})",
    "MM": "([0-9]{2})",
    "DD": "([0-9]{2})",
    "HH": "([0-9]{2})",
    "mm": "([0-9]{2})",
    "ss": "([0-9]{2})",
    "f": "((?:[.,][0-9]{1,6})?)",
    "Z": "(Z|[+-][0-9]{2}:?[0-9]{2})",
}
_PART: Final = re.compile("YYYY|MM|DD|HH|mm|ss|f|Z")
_TIME: Final = ("HH", "mm", "ss")


class TimeFormat:
    """A format such as ``DD.MM.YYYY HH:mm``; every part it names has all its digits."""

    def __init__(self, text: str) -> None:
        """``text`` names year, month and day, as the settings have checked."""
        self._text = text
        self._parts = _PART.findall(text)

    @property
    def has_offset(self) -> bool:
        """Whether a time says itself how far it is from UTC."""
        return "Z" in self._parts

    def to_iso(self, texts: pa.Array) -> pa.Array:
        """The same moments in ISO 8601; a text that is not of the format becomes one that is no time."""
        fits = pc.match_substring_regex(texts, self._pattern)
        iso = pc.replace_substring_regex(texts, self._pattern, self._replacement)
        if "f" in self._parts:
            iso = pc.replace_substring(iso, ",", ".")
        return pc.if_else(pc.invert(fits), "?", iso)

    @cached_property
    def _pattern(self) -> str:
        between = _PART.split(self._text)
        groups = [_PARTS[part] for part in self._parts]
        return "^" + "".join(re.escape(text) + group for text, group in zip(between, [*groups, ""], strict=True)) + "$"

    @cached_property
    def _replacement(self) -> str:
        def of(part: str, missing: str = "00") -> str:
            return rf"\{self._parts.index(part) + 1}" if part in self._parts else missing

        day = f"{of('YYYY')}-{of('MM')}-{of('DD')}"
        if "HH" not in self._parts:
            return day
        return f"{day} {':'.join(of(part) for part in _TIME)}{of('f', '')}{of('Z', '')}"
