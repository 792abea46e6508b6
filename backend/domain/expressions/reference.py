"""The page authors read, written from the function table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from backend.domain.expressions.calendar_units import Unit
from backend.domain.expressions.datetime_formats import WRITABLE
from backend.domain.expressions.functions.signature import Function, Group
from backend.domain.expressions.functions.table import ALIASES, FUNCTIONS
from backend.domain.expressions.patterns import MAX_PATTERN_LENGTH
from backend.domain.expressions.vocabulary import MAX_LENGTH, MAX_NESTING

_INTRODUCTION: Final = """# Expressions

Written by `openreg reference` from the function table; do not edit.

Fields, filters and rules are SQL in DuckDB's dialect over named columns. What is not on this page is refused when
the report is saved, with its place and, where one is near, the right spelling.

- **Names**: a column is written as it is called, in quotes if it has spaces or is a word of SQL. `$name` is a
  parameter of the run, `reporting_date()` its date.
- **NULL** spreads as in SQL: most functions of NULL are NULL, and a rule that gives NULL passes.
- **A row that cannot be evaluated** (a failing cast, a division by zero, a number that does not fit) is an error of
  that row, never NULL and never a wrong value. Only what is evaluated can fail: not the branch of a CASE that is
  not taken, not the arguments of `coalesce` after the first value, not what stands right of a decided AND or OR.
- **Types**: text, integer (64 bits), decimal (at most 38 digits, exact), double, boolean, date, timestamp (an instant,
  kept and shown in UTC), local timestamp (a wall-clock reading without a zone, as `strptime` gives it). Dates run
  from year 1 to year 9999.
- **Conversions** that lose nothing happen by themselves: integer to decimal to double, date to timestamp, and a quoted
  constant to whatever it is compared with. A local timestamp counts as UTC where an instant is needed; say
  `timezone('Europe/Paris', moment)` when it is not. Everything else is a CAST."""

_DIGITS: Final = """## Digits

| | digits of the result, with a of (p, s) and b of (q, t) |
| --- | --- |
| `a + b`, `a - b` | max(s, t) decimals, one whole digit more than the longer one |
| `a * b` | p + q digits, s + t decimals; more than 38 decimals are refused |
| `a / b` | 38 digits, max(13, s, t) decimals, rounded half away from zero |
| `a % b` | max(s, t) decimals |
| `round(a, n)` | n decimals, rounded half away from zero |

A whole constant counts only the digits it shows. A result of more than 38 digits fails its row."""


def render_reference() -> str:
    """The page as Markdown."""
    blocks = [_INTRODUCTION, *_chapters(), _DIGITS, _formats(), _limits()]
    return "\n\n".join(blocks) + "\n"


def _chapters() -> Iterator[str]:
    ordered = sorted(FUNCTIONS.values(), key=lambda function: list(Group).index(function.group))
    for group, functions in groupby(ordered, key=lambda function: function.group):
        rows = "\n".join(_row(function) for function in functions)
        yield f"## {group.value.capitalize()}\n\n| form | what it gives | example |\n| --- | --- | --- |\n{rows}"


def _row(function: Function) -> str:
    summary = function.summary
    if function.departure:
        summary += f" Unlike DuckDB: {function.departure}."
    aliases = [alias for alias, name in ALIASES.items() if name == function.name]
    if aliases:
        summary += f" Also {', '.join(f'`{alias}`' for alias in aliases)}."
    return f"| `{_cell(function.form)}` | {_cell(summary)} | `{_cell(function.example)}` |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _formats() -> str:
    rows = "\n".join(f"| `%{letter}` | {meaning} |" for letter, meaning in WRITABLE.items())
    return (
        f"## Formats\n\n| directive | means |\n| --- | --- |\n{rows}\n\n"
        "`strptime` reads all of them but `%j %g %a %A`, and `%z` (an offset such as +02:00) besides.\n"
        f"Units are {', '.join(unit.value for unit in Unit)}, singular or plural."
    )


def _limits() -> str:
    return (
        "## Limits\n\n"
        f"An expression has at most {MAX_LENGTH} characters and is nested at most {MAX_NESTING} deep;"
        f" a pattern has at most {MAX_PATTERN_LENGTH} characters.\n"
        "Patterns know characters, classes, groups, alternatives, repetitions and anchors; no look-around and no\n"
        "references back. `\\d`, `\\w` and `\\s` mean ASCII characters only."
    )
