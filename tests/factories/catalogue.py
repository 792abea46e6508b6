"""Questions to a database's catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Ask with a query and its values; every row as a tuple.
Ask = Callable[..., list[tuple[Any, ...]]]
