"""The columns that hold ciphertext of the key ring, found in the models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.persistence.models import all_models
from backend.persistence.models.entity import Sealed


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of secrets, and what a row of its table is found by."""

    table: str
    column: str
    key_columns: tuple[str, ...]

    def __str__(self) -> str:
        """As people write it: ``table.column``."""
        return f"{self.table}.{self.column}"


SEALED_COLUMNS: Final = tuple(
    SealedColumn(table.name, column.name, tuple(key.name for key in table.primary_key))
    for table in all_models.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Sealed)
)
