"""Whether a text seems to be of fixed width: lines of one length with gaps at the same characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa

from backend.services.connectors.files.detected_types import DetectedFile, column_of, distinct, rules_of
from backend.services.connectors.files.settings import MAX_COLUMNS

_SAMPLE_ROWS: Final = 5000
_LEAST_ROWS: Final = 2
_MOST_TITLES: Final = 5
_MOST_ODD: Final = 0.05

Place = tuple[int, int]


def fixed_width(text: str, encoding: str, *, is_whole: bool) -> DetectedFile | None:
    """The columns between the gaps; None where lines differ in length or have no gap. ``is_whole``: with its end."""
    lines = [line.removesuffix("\r") for line in text.split("\n") if line.strip()]
    length, count = Counter(len(line) for line in lines).most_common(1)[0]
    before = next(number for number, line in enumerate(lines) if len(line) == length)
    after = next(number for number, line in enumerate(reversed(lines)) if len(line) == length) if is_whole else 0
    rows = lines[before : len(lines) - after][:_SAMPLE_ROWS]
    even = [line for line in rows if len(line) == length]
    if before > _MOST_TITLES or count < _LEAST_ROWS or len(rows) - len(even) > _MOST_ODD * len(rows):
        return None
    has_titles = len(even) > _LEAST_ROWS and not _has_digit(even[0]) and all(map(_has_digit, even[1:]))
    body = even[1:] if has_titles else even
    places = _places(body, length)
    if not 1 < len(places) <= MAX_COLUMNS:
        return None
    titles = [even[0][start:end].strip() if has_titles else "" for start, end in places]
    names = [title or f"column {number}" for number, title in enumerate(titles, 1)]
    texts = [pa.array([line[start:end].strip(" ") or None for line in body], pa.string()) for start, end in places]
    rules = rules_of(texts)
    columns = [
        replace(column_of(name, values, rules), position=start + 1, width=end - start)
        for name, values, (start, end) in zip(names, texts, places, strict=True)
    ]
    file = {
        "format": "fixed_width",
        "encoding": encoding,
        "header_lines": before + has_titles,
        "footer_lines": after,
        "line_length": length,
    }
    reasons = (
        f"Its lines have {length} characters, with gaps at the same places: check where its fields begin and end.",
        f"{before + has_titles} lines at its beginning and {after} at its end are no rows.",
    )
    return DetectedFile(file, rules.model_dump(exclude_defaults=True), distinct(columns), reasons)


def _has_digit(line: str) -> bool:
    return any(one.isdigit() for one in line)


def _places(lines: Sequence[str], length: int) -> list[Place]:
    """Where fields begin and end; a gap belongs to the field beside it that is filled up there."""
    filled = [False] * length
    for line in lines:
        for place in range(length):
            filled[place] = filled[place] or line[place] != " "
    starts = [place for place in range(length) if filled[place] and (not place or not filled[place - 1])]
    ends = [place + 1 for place in range(length) if filled[place] and (place + 1 == length or not filled[place + 1])]
    bounds = [0]
    for end, start, last in zip(ends, starts[1:], ends[1:], strict=False):
        is_right = all(line[last - 1] != " " for line in lines) and any(line[start] == " " for line in lines)
        bounds.append(end if is_right else start)
    return [(start, end) for start, end in zip(bounds, [*bounds[1:], length], strict=True) if starts]
