"""Identifiers with check characters, computed on the bytes of a whole column.

An automaton with one lookup per character walks all rows at once; what it finds of texts of another length is thrown
away, which costs less than to leave them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase, digits
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from backend.pipeline.expressions.buffers import IN_TURN, Bytes, Flags
from backend.pipeline.expressions.text_views import TextViews

#: The next state by state and byte; a state is the row of the table it leads to, so that its byte need only be added.
Steps = npt.NDArray[np.intp]

LEI_LENGTH: Final = 20
ISIN_LENGTH: Final = 12
_BYTES: Final = 256
_MODULUS: Final = 97
_DIGITS: Final = {ord(character): value for value, character in enumerate(digits)}
_LETTERS: Final = {ord(character): value for value, character in enumerate(ascii_uppercase, len(digits))}


def check_column(texts: pl.Series, length: int, check: Callable[[Sequence[Bytes]], Flags]) -> pl.Series:
    """Whether each text has this many bytes and passes; NULL stays NULL."""
    if not len(texts):
        return pl.Series([], dtype=pl.Boolean)
    with IN_TURN:
        views = TextViews(texts)
        verdict = check(views.characters(length))
        verdict &= views.has_length(length)
        return pl.Series(pa.array(verdict, pa.bool_(), mask=None if views.known is None else ~views.known))


def _walk(characters: Sequence[Bytes], steps: Sequence[Steps]) -> Steps:
    """The state of every row after all its characters; a step leads from state and byte to the next state."""
    state = np.zeros(len(characters[0]), dtype=np.intp)
    for column, step in zip(characters, steps, strict=True):
        state += column
        state = step.take(state)
    return state


def _lei_steps(values: Mapping[int, int]) -> Steps:
    """(remainder so far, byte) → remainder; the state after the last remainder is "no such character"."""
    steps = np.full((_MODULUS + 1, _BYTES), _MODULUS, dtype=np.intp)
    for byte, value in values.items():
        shift = 10 if byte in _DIGITS else 100  # a letter stands for two digits
        steps[:_MODULUS, byte] = (np.arange(_MODULUS) * shift + value) % _MODULUS
    return steps.reshape(-1) * _BYTES


_LEI_STEPS: Final = (
    *(_lei_steps(_DIGITS | _LETTERS),) * (LEI_LENGTH - 2),
    *(_lei_steps(_DIGITS),) * 2,
)


def lei_passes(characters: Sequence[Bytes]) -> Flags:
    """ISO 17442: capitals and digits, the last two digits so that the number modulo 97 is 1 (ISO 7064)."""
    passes: Flags = _walk(characters, _LEI_STEPS) == _BYTES
    return passes


def _isin_steps(values: Mapping[int, int]) -> Steps:
    """(parity and Luhn sum of the digits to the right, byte) → the same one character further left."""
    states = 20
    steps = np.full((states + 1, _BYTES), states, dtype=np.intp)
    for state in range(states):
        doubled, luhn = divmod(state, 10)
        for byte, value in values.items():
            is_doubled, total = bool(doubled), luhn
            for digit in (value,) if byte in _DIGITS else (value % 10, value // 10):
                total += sum(divmod(2 * digit, 10)) if is_doubled else digit
                is_doubled = not is_doubled
            steps[state, byte] = is_doubled * 10 + total % 10
    return steps.reshape(-1) * _BYTES


#: From the right: the check digit, nine capitals or digits, two capitals.
_ISIN_STEPS: Final = (
    _isin_steps(_DIGITS),
    *(_isin_steps(_DIGITS | _LETTERS),) * (ISIN_LENGTH - 3),
    *(_isin_steps(_LETTERS),) * 2,
)


def isin_passes(characters: Sequence[Bytes]) -> Flags:
    """ISO 6166: two capitals, nine capitals or digits, a Luhn check digit over the letters written as numbers."""
    state = _walk(characters[::-1], _ISIN_STEPS)
    passes: Flags = (state == 0) | (state == 10 * _BYTES)
    return passes
