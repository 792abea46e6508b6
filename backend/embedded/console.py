"""What a person sees of the platform: prefixed lines, one table, plain messages."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

_COLORS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
_PREFIX_WIDTH = 13


class PlatformConsole:
    """Lines of many processes on one terminal, each under its coloured name."""

    def __init__(self, console: Console, *, is_quiet: bool = False) -> None:
        """``is_quiet`` leaves the processes' lines to their log files."""
        self._console = console
        self.is_quiet = is_quiet
        self._colors = itertools.cycle(_COLORS)

    def line_printer(self, name: str) -> Callable[[str], None]:
        """A function that prints a line of process ``name``; callable from any thread."""
        prefix = Text(f"{name:<{_PREFIX_WIDTH}}| ", style=next(self._colors))

        def print_line(line: str) -> None:
            if not self.is_quiet:
                self._print(Text.assemble(prefix, Text.from_ansi(line)))

        return print_line

    def announce(self, sentence: str) -> None:
        """One line of the platform itself."""
        self._print(Text.assemble(Text(f"{'openreg':<{_PREFIX_WIDTH}}| ", style="bold"), sentence))

    def show_table(self, title: str, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values; values are never cut, since they are there to be copied."""
        table = Table(show_header=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows:
            table.add_row(name, Text(value))
        self._print(Group(Text(title, style="bold"), table))

    def _print(self, what: Text | Group) -> None:
        try:
            self._console.print(what, soft_wrap=isinstance(what, Text))
        except OSError:
            # The terminal is gone (its window was closed); the log files have every line.
            self.is_quiet = True
