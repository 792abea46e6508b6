"""Tasks and log events: what leaves a process must be found again by its name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.architecture.rules.rule import rule
from tests.architecture.rules.source import SourceFile, Violation

_LEVELS = frozenset({"debug", "info", "warning", "error", "critical", "exception"})
_EVENT = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_TASK = re.compile(r"[a-z_]+\.[a-z_]+")
_MAX_STATEMENT_LINES = 10


@rule(sample='log.info(f"run {run_id} finished")\n')
def log_events_are_static(source: SourceFile) -> Iterator[Violation]:
    """An event with a value in its name cannot be counted, and carries the value past the redaction."""
    for node in source.nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id in {"log", "logger", "_log", "_logger"}):
            continue
        event = node.args[0] if node.args else None
        if not (isinstance(event, ast.Constant) and isinstance(event.value, str) and _EVENT.fullmatch(event.value)):
            yield source.violation(node, "the event must be a fixed snake_case text; values are keywords")


@rule(
    sample='"""Tasks."""\n\n\n@app.task\ndef send(webhook):\n    """Send."""\n',
    sample_path="backend/tasks/sample_tasks.py",
)
def tasks_have_names_and_take_ids(source: SourceFile) -> Iterator[Violation]:
    """A task named by its function is lost when the function moves; one that takes objects works on stale ones."""
    for node, call in _tasks(source):
        names = [key.value for key in call.keywords if key.arg == "name"] if call else []
        if not (names and isinstance(names[0], ast.Constant) and _TASK.fullmatch(str(names[0].value))):
            yield source.violation(node, f'task {node.name} needs an explicit name such as "runs.execute"')
        arguments = node.args
        if arguments.posonlyargs or arguments.args or arguments.vararg or arguments.kwarg:
            yield source.violation(node, f"task {node.name} must take its arguments as keywords only")
        for argument in arguments.kwonlyargs:
            if not re.search(r"(^|_)ids?$", argument.arg):
                yield source.violation(node, f"task {node.name} takes {argument.arg}; tasks take ids")


@rule(
    sample='"""Tasks."""\n\n\n@app.task(name="runs.count")\ndef count():\n    """Count."""\n' + "    step()\n" * 11,
    sample_path="backend/tasks/sample_tasks.py",
)
def tasks_are_short(source: SourceFile) -> Iterator[Violation]:
    """Work inside a task can be tested only through a broker; a task opens a unit of work and calls a service."""
    for node, _ in _tasks(source):
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
        if lines > _MAX_STATEMENT_LINES:
            yield source.violation(node, f"task {node.name} has {lines} lines, {_MAX_STATEMENT_LINES} are allowed")


def _tasks(source: SourceFile) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.Call | None]]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for mark in node.decorator_list:
                target = mark.func if isinstance(mark, ast.Call) else mark
                if ast.unparse(target).rpartition(".")[2] in {"task", "shared_task"}:
                    yield node, mark if isinstance(mark, ast.Call) else None
