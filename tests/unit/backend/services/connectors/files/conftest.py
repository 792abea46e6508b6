"""Files in memory, and what a table makes of them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from backend.services.connectors.files.rows import TableIntake
from backend.services.connectors.files.scan import FaultBox, TableScan
from backend.services.connectors.files.settings import TableSettings
from backend.services.connectors.files.shelf import SourceFile


@dataclass
class MemoryShelf:
    """Implements ``FileShelf``; ``piece`` is how many bytes come at a time."""

    files: dict[str, bytes]
    piece: int = 1 << 20
    changed: set[str] = field(default_factory=set)

    def uploaded(self, table: str) -> Sequence[SourceFile]:
        return [SourceFile(name, name, len(content), "e") for name, content in self.files.items()]

    def found(self, prefix: str) -> Sequence[SourceFile]:
        names = [name for name in self.files if name.startswith(prefix)]
        return [SourceFile(name.removeprefix(prefix), name, len(self.files[name]), "e") for name in names]

    def stream(self, file: SourceFile) -> Iterator[bytes]:
        content = self.files[file.key]
        for start in range(0, len(content), self.piece):
            yield content[start : start + self.piece]

    def open(self, file: SourceFile) -> IO[bytes]:
        return io.BytesIO(self.files[file.key])

    def is_unchanged(self, file: SourceFile) -> bool:
        return file.key not in self.changed


def table_of(file: dict[str, Any], columns: dict[str, str] | list[dict[str, Any]], **more: Any) -> TableSettings:
    """A table that puts bad rows aside; columns as name and type, or in full."""
    listed = (
        [{"name": name, "type": type_} for name, type_ in columns.items()] if isinstance(columns, dict) else columns
    )
    return TableSettings.model_validate(
        {"name": "t", "file": file, "columns": listed, "on_bad_row": "quarantine", "max_bad_rows": 10_000, **more}
    )


def read(table: TableSettings, content: bytes, piece: int = 1 << 20) -> tuple[list[tuple[object, ...]], TableIntake]:
    """The rows of one file, and what was put aside."""
    scan = TableScan(table, MemoryShelf({"f": content}, piece), None, FaultBox())
    rows = [row for batch in scan.batches() for row in zip(*(one.to_pylist() for one in batch.columns), strict=True)]
    return rows, scan.intake
