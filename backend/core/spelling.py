"""The nearest right spelling of a wrong name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_MAX_COMPARED: Final = 64
"""Names longer than this are compared by their beginning: difflib takes quadratic time."""


def suggest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to this one, whatever the case, or None when none is near."""
    by_lowered = {candidate.lower()[:_MAX_COMPARED]: candidate for candidate in known}
    nearest = get_close_matches(name.lower()[:_MAX_COMPARED], by_lowered, n=1, cutoff=0.7)
    return by_lowered[nearest[0]] if nearest else None
