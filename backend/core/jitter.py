"""The random share by which a wait is longer than it has to be, so that not all come back at once."""

from __future__ import annotations

from random import SystemRandom
from typing import Final

_SOURCE: Final = SystemRandom()


def draw() -> float:
    """A random number from 0 (inclusive) to 1 (exclusive)."""
    return _SOURCE.random()
