"""The form ``YYYY-MM-DD``, judged on the bytes of a whole column."""

from __future__ import annotations

from typing import Final

import numpy as np

from backend.pipeline.expressions.buffers import Bytes, Flags

ISO_DATE_WIDTH: Final = len("2024-01-31")
_DIGIT_PLACES: Final = (0, 1, 2, 3, 5, 6, 8, 9)
_DASH_PLACES: Final = (4, 7)


def looks_like_date(table: Bytes) -> Flags:
    """Whether each row of ten bytes has digits and dashes where a date has them."""
    fits = np.ones(len(table), dtype=np.bool_)
    for place in _DASH_PLACES:
        fits &= table[:, place] == ord("-")
    for place in _DIGIT_PLACES:
        # Bytes below "0" wrap around to large numbers.
        fits &= (table[:, place] - np.uint8(ord("0"))) < 10  # noqa: PLR2004 - ten digits
    return fits
