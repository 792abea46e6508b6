"""Which columns identify natural persons, for somebody with these permissions."""

from __future__ import annotations

from collections.abc import Collection

from backend.domain.permissions import Permission
from backend.domain.regulations.model import Pack
from backend.domain.reports.analysis import ReportProgram
from backend.pipeline.trial import MaskedColumns


def personal_columns(pack: Pack | None, program: ReportProgram) -> MaskedColumns:
    """Target columns that identify natural persons, and the source columns they are made from."""
    if pack is None:
        return MaskedColumns()
    target = frozenset(name for name in program.fields if pack.columns[name].pii)
    return MaskedColumns(frozenset(column for name in target for column in program.fields[name].columns), target)


def masked_columns(pack: Pack | None, program: ReportProgram, permissions: Collection[str]) -> MaskedColumns:
    """Columns whose values are not shown to somebody."""
    return MaskedColumns() if Permission.PII_READ.value in permissions else personal_columns(pack, program)
