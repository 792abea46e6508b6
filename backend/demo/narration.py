"""What the demo tells while it works; the screen implements it, tests collect it."""

from __future__ import annotations

from typing import Protocol

from backend.demo.run_watch import RunEvent


class Narrator(Protocol):
    """Hears what happens, in order."""

    def stage(self, text: str) -> None:
        """A new stage begins."""

    def loading(self, rows: int, total: int) -> None:
        """So many more rows of the source are written."""

    def run_event(self, event: RunEvent, total: int) -> None:
        """The run said something."""
