"""Identifiers with check characters, computed on the bytes of a whole column.

Texts of the right length lie one after the other in the Arrow buffer, so a column is a table of bytes; an
automaton with one lookup per character walks all rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from string import ascii_uppercase, digits
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa

from backend.pipeline.expressions.buffers import Bytes, Flags
from backend.pipeline.expressions.text_views import TextViews

#: The next state by state and byte; a state is the row of the table it leads to, so that its byte need only be added.
Steps = npt.NDArray[np.intp]

LEI_LENGTH: Final = 20
ISIN_LENGTH: Final = 12
_BYTES: Final = 256
_MODULUS: Final = 97
_DIGITS: Final = {ord(character): value for value, character in enumerate(digits)}
_LETTERS: Final = {ord(character): value for value, character in enumerate(ascii_uppercase, len(digits))}


def check_column(texts: pl.Series, length: int, check: Callable[[Bytes], Flags]) -> pl.Series:
    """Whether each text has this many bytes and passes; NULL stays NULL."""
    views = TextViews(texts)
    fitting = views.lengths == length
    if fitting.all():
        return pl.Series(check(views.table(length)) if len(texts) else [], dtype=pl.Boolean)
    verdict = np.zeros(len(texts), dtype=np.bool_)
    if fitting.any():
        verdict[fitting] = check(views.table(length, np.flatnonzero(fitting)))
    if views.known is None:
        return pl.Series(verdict)
    return pl.Series(pa.array(verdict, pa.bool_(), mask=~views.known))


def _walk(table: Bytes, steps: Sequence[Steps]) -> Steps:
    """The state of every row after all its characters; a step leads from state and byte to the next state."""
    columns = np.ascontiguousarray(table.T)
    state = np.zeros(columns.shape[1], dtype=np.intp)
    for column, step in zip(columns, steps, strict=True):
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


def lei_passes(table: Bytes) -> Flags:
    """ISO 17442: capitals and digits, the last two digits so that the number modulo 97 is 1 (ISO 7064)."""
    passes: Flags = _walk(table, _LEI_STEPS) == _BYTES
    return passes


def _isin_steps() -> Steps:
    """(parity and Luhn sum of the digits to the right, byte) → the same one character further left."""
    states = 20
    steps = np.full((states + 1, _BYTES), states, dtype=np.intp)
    for state in range(states):
        doubled, luhn = divmod(state, 10)
        for byte, value in (_DIGITS | _LETTERS).items():
            is_doubled, total = bool(doubled), luhn
            for digit in (value,) if byte in _DIGITS else (value % 10, value // 10):
                total += sum(divmod(2 * digit, 10)) if is_doubled else digit
                is_doubled = not is_doubled
            steps[state, byte] = is_doubled * 10 + total % 10
    return steps.reshape(-1) * _BYTES


_ISIN_STEPS: Final = (_isin_steps(),) * ISIN_LENGTH
_IS_CAPITAL: Final = np.isin(np.arange(_BYTES), [ord(letter) for letter in ascii_uppercase])
_IS_DIGIT: Final = np.isin(np.arange(_BYTES), [ord(digit) for digit in digits])


def isin_passes(table: Bytes) -> Flags:
    """ISO 6166: two capitals, nine capitals or digits, a Luhn check digit over the letters written as numbers."""
    state = _walk(table[:, ::-1], _ISIN_STEPS)
    is_sound = (state == 0) | (state == 10 * _BYTES)
    passes: Flags = is_sound & _IS_CAPITAL[table[:, 0]] & _IS_CAPITAL[table[:, 1]] & _IS_DIGIT[table[:, -1]]
    return passes
