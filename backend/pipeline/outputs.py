"""The files of a run: which renderer and packaging each output has, and where a record goes when files are split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.artifacts import SchemaStatus
from backend.domain.object_keys import artifact_key
from backend.domain.regulations.model import Pack
from backend.domain.reports.document import Output, OutputFormat, Packaging, file_name
from backend.pipeline.context import RunContext
from backend.pipeline.ledger import Placement
from backend.pipeline.plan import RunPlan
from backend.pipeline.ports import OutputProgress, ProducedFile
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.rendering.csv import CsvRenderer
from backend.pipeline.rendering.packaging import Packager, PlainPackager, ZipPackager
from backend.pipeline.rendering.xml import XmlRenderer
from backend.pipeline.steps.render import RenderedBlock
from backend.pipeline.steps.store import FileWriter

MEDIA_TYPES = {
    (OutputFormat.XML, Packaging.NONE): "application/xml",
    (OutputFormat.CSV, Packaging.NONE): "text/csv; charset=utf-8",
}
ZIP_MEDIA_TYPE = "application/zip"


def create_renderer(output: Output, plan: RunPlan) -> Renderer:
    """The renderer of an output over the mapped columns of the report."""
    mapped = tuple(plan.program.fields)
    if output.format is OutputFormat.XML and plan.pack is not None:
        return XmlRenderer(plan.pack.message, plan.pack.columns, mapped, _envelope(plan, plan.pack))
    return CsvRenderer(mapped)


def _envelope(plan: RunPlan, pack: Pack) -> dict[str, str]:
    return {
        **plan.document.envelope,
        "business_message_identifier": plan.message_identifier,
        "message_definition": pack.message.definition,
        "created_at": plan.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@dataclass(slots=True)
class _OpenFile:
    number: int
    name: str
    writer: FileWriter


class OutputFiles:
    """All files of one output, written in order; a new one starts when ``max_records`` is reached."""

    def __init__(
        self, context: RunContext, number: int, output: Output, renderer: Renderer, *, is_checked: bool
    ) -> None:
        self._context = context
        self._number = number
        self._output = output
        self._renderer = renderer
        self._is_checked = is_checked
        self._files: list[_OpenFile] = []
        for progress in context.plan.resumption.outputs:
            if progress.output_number == number:
                writer = FileWriter.resume(context, progress, self._packager(progress.file_number))
                self._files.append(_OpenFile(progress.file_number, self._name(progress.file_number), writer))

    def room(self) -> int | None:
        """How many records still fit the current file; None when there is no limit."""
        limit = self._output.max_records
        if limit is None:
            return None
        current = self._files[-1].writer.records if self._files else 0
        return limit - current if current < limit else limit

    def append(self, rendered: RenderedBlock) -> Placement:
        """Write a block; it must fit the room. Where its first record stands."""
        limit = self._output.max_records
        if not self._files or (limit is not None and self._files[-1].writer.records >= limit):
            self._finish_current()
            self._start()
        current = self._files[-1]
        place = Placement(current.number, current.writer.records + 1)
        current.writer.append(rendered.raw, rendered.block, rendered.records)
        return place

    def checkpoint(self, row_group: int) -> list[OutputProgress]:
        """Where every file of this output stands after a row group."""
        return [
            file.writer.checkpoint(self._number, file.number, f"{self._number}-{file.number}-{row_group}")
            for file in self._files
        ]

    def complete(self, *, nil: bool) -> list[ProducedFile]:
        """Finish and verify every file; ``nil`` asks for a file without records."""
        if nil and not self._files:
            self._start()
        self._finish_current()
        return [self._produced(file) for file in self._files]

    def abort(self) -> None:
        """Take every upload back."""
        for file in self._files:
            file.writer.abort()

    def _start(self) -> None:
        number = len(self._files) + 1
        name = self._name(number)
        key = artifact_key(self._context.plan.prefix, self._number, number, name)
        writer = FileWriter.start(self._context, key, self._media_type(), self._packager(number))
        self._files.append(_OpenFile(number, name, writer))
        self._append_part(self._renderer.header)

    def _finish_current(self) -> None:
        if self._files and not self._files[-1].writer.is_closed:
            self._append_part(self._renderer.footer)
            self._files[-1].writer.close()

    def _append_part(self, raw: bytes) -> None:
        if raw:
            writer = self._files[-1].writer
            writer.append(raw, self._packager(1).block(raw), 0)

    def _produced(self, file: _OpenFile) -> ProducedFile:
        stored = file.writer.complete()
        status = SchemaStatus.NOT_APPLICABLE
        if self._output.format is OutputFormat.XML:
            status = SchemaStatus.VALID if self._is_checked else SchemaStatus.UNVERIFIED
        return ProducedFile(
            self._number,
            file.number,
            file.name,
            self._output.format.value,
            self._media_type(),
            file.writer.key,
            stored.size_bytes,
            stored.sha256,
            stored.content_size_bytes,
            stored.content_sha256,
            file.writer.records,
            status.value,
        )

    def _name(self, file_number: int) -> str:
        return file_name(self._output, {**self._context.plan.file_tokens, "file_number": str(file_number)})

    def _packager(self, file_number: int) -> Packager:
        if self._output.packaging is Packaging.NONE:
            return PlainPackager()
        entry = self._name(file_number).removesuffix(".zip") + f".{self._output.format.value}"
        return ZipPackager(entry, self._context.plan.created_at)

    def _media_type(self) -> str:
        return MEDIA_TYPES.get((self._output.format, self._output.packaging), ZIP_MEDIA_TYPE)


def open_outputs(context: RunContext, *, is_checked: bool) -> Sequence[tuple[OutputFiles, Renderer]]:
    """The outputs of the report with their renderers."""
    outputs = []
    for number, output in enumerate(context.plan.document.outputs):
        renderer = create_renderer(output, context.plan)
        outputs.append((OutputFiles(context, number, output, renderer, is_checked=is_checked), renderer))
    return outputs
