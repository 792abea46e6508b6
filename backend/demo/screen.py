"""The demo on the terminal: progress while it works, one table of figures and one of checks at its end."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from backend.demo.outcome import DemoOutcome, ProducedFile
from backend.demo.run_watch import RunEvent

_MEBIBYTE: Final = 1024 * 1024


class DemoScreen:
    """A narrator with a progress bar; writes to the given console."""

    def __init__(self, console: Console) -> None:
        self._console = console
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        self._progress = Progress(*columns, console=console, transient=True)
        self._bars: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stage(self, text: str) -> None:
        """Print the stage above the bars."""
        self._progress.console.print(f"[bold]›[/bold] {text}", highlight=False)

    def loading(self, rows: int, total: int) -> None:
        """Advance the bar of the source database."""
        bar = self._bar("trades written", total)
        self._progress.advance(bar, rows)
        self._hide_full(bar)

    def run_event(self, event: RunEvent, total: int) -> None:
        """Show the state of the run, and rows per step."""
        if event.type == "progress":
            rows = event.data.get(
                "rows",
                sum(
                    int(event.data.get(name) or 0) for name in ("rows_out", "set_aside", "filtered", "excluded", "held")
                ),
            )
            bar = self._bar(str(event.data.get("step", "rows")), total)
            self._progress.update(bar, completed=int(rows))
            self._hide_full(bar)
        elif event.type == "state":
            self.stage(f"The run is {event.data.get('state')}")

    def _bar(self, name: str, total: int) -> TaskID:
        if name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=total)
        return self._bars[name]

    def _hide_full(self, bar: TaskID) -> None:
        task = next(task for task in self._progress.tasks if task.id == bar)
        if task.finished:
            self._progress.update(bar, visible=False)


def show_outcome(console: Console, outcome: DemoOutcome) -> None:
    """The figures, then what was verified."""
    console.print(_figures(outcome))
    table = _table("Checks", show_header=True)
    for heading in ("verified", "", "found"):
        table.add_column(heading, overflow="fold")
    for check in outcome.checks:
        mark = "[green]yes[/green]" if check.is_ok else "[bold red]NO[/bold red]"
        table.add_row(check.name, mark, check.detail)
    console.print(table)
    good, bad = (
        "[bold green]Everything agrees.[/bold green]",
        "[bold red]Something disagrees, see the checks above.[/bold red]",
    )
    console.print(good if outcome.is_success else bad)


def _figures(outcome: DemoOutcome) -> Table:
    document = outcome.document()
    table = _table(f"Run {document['run_id']}", show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    table.add_row("rows in", f"{document['rows_in']:,}")
    table.add_row("records out", f"{document['rows_out']:,}")
    table.add_row("set aside", _by_rule(document["set_aside"]))
    table.add_row("warnings", _by_rule(document["warnings"]) or "none")
    for file in (*outcome.artifacts, *outcome.csv):
        table.add_row("file", _file(file))
    table.add_row("speed", f"{document['rows_per_second']:,} rows/s ({document['seconds']:.1f} s)")
    table.add_row("memory", f"{document['peak_rss_mb']:,.0f} MB at most, all processes of the run")
    table.add_row("steps", ", ".join(f"{step['name']} {step['seconds']:.1f} s" for step in document["steps"]))
    table.add_row("delivery", f"{document['delivery']['state']} to {document['delivery']['server']}")
    table.add_row("webhook", _webhook(document["webhook"]))
    table.add_row("submission", str(document["submission"]["state"]))
    table.add_row("source", document["source"]["dsn"])
    return table


def _table(title: str, *, show_header: bool) -> Table:
    # Hashes and addresses are for copying: they are folded, never cut.
    return Table(title=title, title_justify="left", show_header=show_header)


def _by_rule(counts: dict[str, int]) -> str:
    return ", ".join(f"{rule}: {count:,}" for rule, count in counts.items())


def _file(file: ProducedFile) -> str:
    verdict = file.xsd if isinstance(file.xsd, str) else f"{len(file.xsd)} errors"
    lines = [file.path, f"{file.size_bytes / _MEBIBYTE:,.1f} MiB, SHA-256 {file.sha256}"]
    return "\n".join([*lines, f"official schemas: {verdict}"] if verdict != "not_applicable" else lines)


def _webhook(webhook: dict[str, Any]) -> str:
    verdict = "both signature forms verified" if webhook["verified"] else "NOT verified"
    return f"{webhook['requests']} requests, {verdict}"
