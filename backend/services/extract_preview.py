"""The beginning of an extract, shown with the fields of a report, so that somebody can say which column is which."""

from __future__ import annotations

import asyncio
import codecs
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import IO, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.csv_text import from_cell
from backend.core.errors import ErrorKind, OpenRegError
from backend.core.ids import ReportId, TenantId
from backend.domain.extract_mapping import ExtractMapping, ExtractMappingInvalid, suggested
from backend.domain.regulations.model import Pack
from backend.persistence.repositories.reports import ReportRepository
from backend.pipeline.reconciliation.extract_csv import check_header, read_head
from backend.services.reports import find_pack, get_report, read_document
from backend.services.scope import TenantScope
from backend.services.table_files import is_workbook, table_rows

SHOWN_ROWS: Final = 5


class ReportNotSubmitted(OpenRegError):
    """No regulator is told what the report produces, so there is nothing to compare."""

    code: ClassVar[str] = "report_not_submitted"
    kind: ClassVar[ErrorKind] = ErrorKind.CONFLICT


@dataclass(frozen=True, slots=True)
class ExtractPreview:
    """Header and first rows of a file, the fields it may be mapped to, and a mapping by names where there is one."""

    header: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    delimiter: str | None
    pack: Pack
    suggestion: ExtractMapping | None


async def pack_of_report(session: AsyncSession, tenant: TenantId, report_id: ReportId) -> Pack:
    """The pack of a report's newest version. Raises ReportNotFound, ReportNotSubmitted."""
    reports = ReportRepository(session, tenant)
    await get_report(reports, report_id)
    version = await reports.find_newest_active(report_id) or await reports.find_newest(report_id)
    pack = find_pack(read_document(dict(version.document))) if version is not None else None
    if pack is None:
        raise ReportNotSubmitted(fix="Choose a report that has a regulation pack.")
    return pack


async def preview_extract(
    scope: TenantScope, report_id: ReportId, file: IO[bytes], name: str, encoding: str
) -> ExtractPreview:
    """What a file begins with, and what its columns may be.

    Raises ReportNotFound, ReportNotSubmitted, ExtractMappingInvalid, ExtractRefused, FileUnreadable, FileTooLarge.
    """
    try:
        codec = codecs.lookup(encoding).name
    except LookupError as error:
        raise ExtractMappingInvalid(f"There is no encoding {encoding!r}.") from error
    async with scope.reading() as session:
        pack = await pack_of_report(session, scope.tenant, report_id)
    header, rows, delimiter = await asyncio.to_thread(_begin, file, name, codec)
    return ExtractPreview(header, rows, delimiter, pack, suggested(list(header), pack))


def _begin(
    file: IO[bytes], name: str, encoding: str
) -> tuple[Sequence[str], Sequence[Sequence[str | None]], str | None]:
    if is_workbook(file):
        found = [cells for _, cells in islice(table_rows(name, file), SHOWN_ROWS + 1)]
        header = list(found[0]) if found else []
        check_header(header)
        return [one or "" for one in header], found[1:], None
    head = read_head(file, encoding, rows=SHOWN_ROWS)
    return head.header, [[from_cell(cell) for cell in row] for row in head.rows], head.delimiter
