"""Finding the columns of a table in the names a file gives its fields."""

from __future__ import annotations

from collections.abc import Sequence

from backend.services.connectors.files.file_faults import FileUnreadable
from backend.services.connectors.files.settings import ColumnSettings

_SHOWN = 20


def positions_in_header(columns: Sequence[ColumnSettings], names: Sequence[str], file: str) -> list[int]:
    """Where each column stands, from 0. Raises FileUnreadable for one that is missing or there twice."""
    stripped = [name.strip() for name in names]
    places: list[int] = []
    for column in columns:
        count = stripped.count(column.field.strip())
        if count != 1:
            what = "is not in the header" if not count else f"is {count} times in the header"
            raise FileUnreadable(
                f"{file}: {column.field} {what}.",
                fix=f"The header has: {', '.join(stripped[:_SHOWN])}{' …' if len(stripped) > _SHOWN else ''}.",
                extra={"file": file, "column": column.name},
            )
        places.append(stripped.index(column.field.strip()))
    return places
