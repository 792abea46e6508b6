"""Imports of report files."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.report_compare import ComparedVersionAnswer, DocumentDiffAnswer
from backend.api.schemas.report_drafts import FaultAnswer
from backend.api.schemas.reports import VersionAnswer
from backend.domain.reports.interchange import MAX_FILE_BYTES
from backend.services.report_transfer import ImportedReport


class ReportImport(BaseModel):
    """The text of a file that a report was exported to."""

    model_config = ConfigDict(extra="forbid")

    content: str = Field(min_length=1, max_length=MAX_FILE_BYTES, description="YAML.")


class FileFaultAnswer(FaultAnswer):
    """A fault with its place in the file; ``line`` and ``column`` are inside the expression or the query."""

    file_line: int | None = None
    file_column: int | None = None


class ImportAnswer(BaseModel):
    """What importing changes. With faults nothing is kept; ``version`` is what was made, null in a trial."""

    ok: bool
    is_trial: bool
    report_id: UUID | None = Field(description="None while there is no report of this slug.")
    report_name: str
    slug: str
    pack_differs: bool = Field(description="The file was written against another version of the pack.")
    compared_with: ComparedVersionAnswer | None
    diff: DocumentDiffAnswer
    faults: list[FileFaultAnswer]
    version: VersionAnswer | None

    @classmethod
    def of(cls, found: ImportedReport) -> ImportAnswer:
        """What would be, or was, imported."""
        return cls(
            ok=not found.faults,
            is_trial=found.version is None,
            report_id=found.report.id if found.report else None,
            report_name=found.file.report.name,
            slug=found.file.report.slug,
            pack_differs=found.pack_differs,
            compared_with=ComparedVersionAnswer.of(found.compared_with) if found.compared_with else None,
            diff=DocumentDiffAnswer.of(found.diff),
            faults=[FileFaultAnswer.model_validate(dict(fault)) for fault in found.faults],
            version=VersionAnswer.model_validate(found.version) if found.version else None,
        )
