"""What a measurement found, for the one who measures."""

from __future__ import annotations

import sys


def show(figures: str) -> None:
    """Write a line; pytest lets it through with ``-s``."""
    sys.stdout.write(f"{figures}\n")
