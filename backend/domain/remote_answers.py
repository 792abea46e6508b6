"""When the folder where a regulator answers is looked into, and when a file there is whole."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final

#: Between two looks into a folder, and while something in it may still grow.
LOOK_EVERY: Final = timedelta(seconds=30)
LOOK_AGAIN: Final = timedelta(seconds=5)
#: A look belongs to one worker for so long; after it another may look.
LOOK_LEASE: Final = timedelta(minutes=15)
_FIRST_DELAY: Final = timedelta(seconds=30)
_LONGEST_DELAY: Final = timedelta(hours=1)
_MOST_DOUBLINGS: Final = 10


class RemoteAnswerState(StrEnum):
    """Seen: it may still be written. Taken: its bytes are feedback."""

    SEEN = "seen"
    TAKEN = "taken"


def delay_after(failures: int) -> timedelta:
    """How long to wait after so many failures in a row, from 1: 30 s, doubled each time, an hour at most."""
    doublings: int = min(failures - 1, _MOST_DOUBLINGS)
    return min(_FIRST_DELAY * (1 << doublings), _LONGEST_DELAY)
