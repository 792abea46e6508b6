"""The file formats of a report: for each output its renderer, its packager, its media type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final

from backend.domain.message_identifiers import identifier_of_file
from backend.domain.regulations.model import Pack
from backend.domain.reports.outputs import FILE_NUMBER, NumberForm, Output, OutputFormat, Packaging, content_name
from backend.pipeline.parquet_file import MEDIA_TYPE, ParquetAssembly
from backend.pipeline.plan import RunPlan
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.rendering.csv import CsvRenderer
from backend.pipeline.rendering.fixed_width import FixedWidthRenderer
from backend.pipeline.rendering.json import JsonRenderer, NdjsonRenderer
from backend.pipeline.rendering.packaging import GzipPackager, Packager, PlainPackager, ZipPackager
from backend.pipeline.rendering.parquet import ParquetRenderer
from backend.pipeline.rendering.schema_xml import SchemaRecords, SchemaXmlRenderer
from backend.pipeline.rendering.xlsx import SHEET_ENTRY, WORKBOOK_ENTRIES, XlsxRenderer
from backend.pipeline.rendering.xml import XmlRenderer

MEDIA_TYPES: Final[Mapping[OutputFormat, str]] = {
    OutputFormat.XML: "application/xml",
    OutputFormat.CSV: "text/csv",
    OutputFormat.JSON: "application/json",
    OutputFormat.NDJSON: "application/x-ndjson",
    OutputFormat.FIXED_WIDTH: "text/plain",
    OutputFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    OutputFormat.PARQUET: MEDIA_TYPE,
}
PACKED_MEDIA_TYPES: Final = {Packaging.ZIP: "application/zip", Packaging.GZIP: "application/gzip"}
_ANY_FILE: Final = MappingProxyType({FILE_NUMBER: "1"})


def create_renderer(output: Output, plan: RunPlan, own: SchemaRecords | None) -> Renderer:
    """The renderer of an output over the mapped columns of the report; ``own`` writes by the user's own schema."""
    if own is not None:
        return SchemaXmlRenderer(own, plan.file_tokens)
    return _RENDERERS[output.format](output, plan)


def create_assembly(output: Output, plan: RunPlan) -> ParquetAssembly | None:
    """What makes the files of an output at the end; None where they are made as the records come."""
    return ParquetAssembly(plan.program.target_types()) if output.format is OutputFormat.PARQUET else None


def create_packager(output: Output, plan: RunPlan, number: Mapping[str, str] = _ANY_FILE) -> Packager:
    """The packager of a file of an output."""
    if output.format is OutputFormat.XLSX:
        return ZipPackager(SHEET_ENTRY, plan.created_at, WORKBOOK_ENTRIES)
    if output.packaging is Packaging.NONE:
        return PlainPackager()
    kind = ZipPackager if output.packaging is Packaging.ZIP else GzipPackager
    return kind(content_name(output, {**plan.file_tokens, **number}), plan.created_at)


def media_type(output: Output) -> str:
    """The media type of the files of an output."""
    if output.packaging is not Packaging.NONE:
        return PACKED_MEDIA_TYPES[output.packaging]
    text = output.csv or output.fixed_width
    charset = text.encoding.value.removesuffix("-sig") if text else "utf-8"
    is_text = MEDIA_TYPES[output.format].startswith("text/")
    return f"{MEDIA_TYPES[output.format]}; charset={charset}" if is_text else MEDIA_TYPES[output.format]


def _envelope(plan: RunPlan, pack: Pack) -> dict[str, str]:
    return {
        **plan.document.envelope,
        **_identifier(plan, 1),
        "message_definition": pack.message.definition,
        "created_at": plan.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _identifier(plan: RunPlan, file_number: int) -> dict[str, str]:
    return {"business_message_identifier": identifier_of_file(plan.message_identifier, file_number)}


def _xml(_: Output, plan: RunPlan) -> Renderer:
    if plan.pack is None:
        raise RuntimeError("a document with XML and neither pack nor schema is refused when it is read")
    return XmlRenderer(
        plan.pack.message,
        plan.pack.columns,
        tuple(plan.program.fields),
        _envelope(plan, plan.pack),
        partial(_identifier, plan),
    )


def _csv(output: Output, plan: RunPlan) -> Renderer:
    return CsvRenderer(tuple(plan.program.fields), output.csv, plan.file_tokens)


def _fixed_width(output: Output, plan: RunPlan) -> Renderer:
    if output.fixed_width is None:
        raise RuntimeError("an output of fixed width without columns is refused when it is read")
    return FixedWidthRenderer(output.fixed_width, plan.file_tokens)


def _json(output: Output, plan: RunPlan) -> Renderer:
    return JsonRenderer(tuple(plan.program.fields), output.decimals or NumberForm.TEXT)


def _ndjson(output: Output, plan: RunPlan) -> Renderer:
    return NdjsonRenderer(tuple(plan.program.fields), output.decimals or NumberForm.TEXT)


def _xlsx(output: Output, plan: RunPlan) -> Renderer:
    return XlsxRenderer(tuple(plan.program.fields), output.decimals or NumberForm.NUMBER)


def _parquet(_: Output, plan: RunPlan) -> Renderer:
    return ParquetRenderer(plan.program.target_types())


_RENDERERS: Final[Mapping[OutputFormat, Callable[[Output, RunPlan], Renderer]]] = {
    OutputFormat.XML: _xml,
    OutputFormat.CSV: _csv,
    OutputFormat.JSON: _json,
    OutputFormat.NDJSON: _ndjson,
    OutputFormat.FIXED_WIDTH: _fixed_width,
    OutputFormat.XLSX: _xlsx,
    OutputFormat.PARQUET: _parquet,
}
