"""Waiting for what the platform does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

_PATIENCE_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 0.3
_Found = TypeVar("_Found")


def waited(find: Callable[[], _Found | None]) -> _Found | None:
    """What ``find`` gives at last; None when it has found nothing for two minutes."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (found := find()) is None and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    return found
