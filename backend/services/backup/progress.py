"""How far a backup is, told to whoever shows it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Shows one thing after the other; may be called from any thread."""

    def begin(self, what: str, total: int) -> None:
        """Something new begins; ``total`` may be a guess."""

    def advance(self, by: int) -> None:
        """So much more of it is done."""


class NoProgress:
    """For those who only want the end."""

    def begin(self, what: str, total: int) -> None:
        """Say nothing."""

    def advance(self, by: int) -> None:
        """Say nothing."""
