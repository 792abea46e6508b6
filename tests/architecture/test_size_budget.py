"""The size budget: a file that outgrows it holds more than one concept."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterable, Sequence

from tests.architecture.rules.source import MIGRATIONS, ROOT, SourceFile, source_files

MEDIAN_LINES, P90_LINES, MAX_LINES, MAX_FUNCTION_LINES = 100, 350, 500, 50


def over_budget(lengths: Sequence[int]) -> list[str]:
    """What is exceeded by the lengths of all files, in lines."""
    median = statistics.median(lengths)
    p90 = statistics.quantiles(lengths, n=10)[-1]
    checks = (("median", median, MEDIAN_LINES), ("p90", p90, P90_LINES), ("longest", max(lengths), MAX_LINES))
    return [f"{name} {found:g} > {allowed}" for name, found, allowed in checks if found > allowed]


def long_functions(sources: Iterable[SourceFile]) -> list[str]:
    """Functions of more lines than are read at once; the docstring does not count."""
    found = []
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
                lines = (node.end_lineno or 0) - first.lineno + 1
                if lines > MAX_FUNCTION_LINES:
                    found.append(f"{source.path}:{node.lineno}: {node.name} has {lines} lines")
    return found


def test_packages_keep_the_size_budget() -> None:
    """Files grow one convenient line at a time; the budget is where the missing concept has to be found."""
    assert over_budget([source.text.count("\n") for source in _written_by_hand()]) == []


def test_no_test_file_is_longer_than_a_module_may_be() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in (ROOT / "tests").rglob("*.py")}
    assert [f"{path}: {lines}" for path, lines in lengths.items() if lines > MAX_LINES] == []


def test_functions_fit_on_a_screen() -> None:
    """A function that must be scrolled is changed at its end by people who have forgotten its beginning."""
    assert long_functions(_written_by_hand()) == []


def test_what_is_over_budget_is_seen() -> None:
    assert over_budget([99] * 9 + [501]) == ["p90 460.8 > 350", "longest 501 > 500"]
    assert over_budget([101] * 10) == ["median 101 > 100"]
    long = SourceFile.parse("backend/core/sample.py", "def act():\n" + "    step()\n" * 51)
    assert long_functions([long]) == ["backend/core/sample.py:1: act has 51 lines"]


def _written_by_hand() -> list[SourceFile]:
    return [source for source in source_files() if not source.path.startswith(MIGRATIONS)]
