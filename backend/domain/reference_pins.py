"""What a run is bound to of datasets and mapping sets, and what its expressions may ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from backend.domain.datasets import DECIMALS, WHOLE_DIGITS, ColumnType, DatasetKind
from backend.domain.expressions.lookups import ReferenceShape
from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, DataType, decimal
from backend.domain.reports.document import MissingKey

#: Types of columns, in expressions.
DATA_TYPES: Final[Mapping[ColumnType, DataType]] = MappingProxyType(
    {
        ColumnType.TEXT: TEXT,
        ColumnType.INTEGER: INTEGER,
        ColumnType.DECIMAL: decimal(WHOLE_DIGITS + DECIMALS, DECIMALS),
        ColumnType.BOOLEAN: BOOLEAN,
        ColumnType.DATE: DATE,
    }
)


@dataclass(frozen=True, slots=True)
class ReferencePin:
    """A version that a run is bound to: where its entries lie, and what they are.

    ``stale_since`` is when its data had become older than they may be, None where they had not.
    """

    kind: DatasetKind
    dataset_id: str
    version: int
    key: str
    sha256: str
    size_bytes: int
    rows: int
    columns: Mapping[str, ColumnType]
    missing: MissingKey
    stale_since: datetime | None = None

    def shape(self) -> ReferenceShape:
        """What an expression may ask of it."""
        return shape_of(self.kind, self.columns)


def shape_of(kind: DatasetKind, columns: Mapping[str, ColumnType]) -> ReferenceShape:
    """What an expression may ask of a dataset with these columns."""
    types = {name: DATA_TYPES[one] for name, one in columns.items()}
    return ReferenceShape(types, kind is DatasetKind.MAPPING_SET)
