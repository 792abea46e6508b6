"""The files of a run: which renderer and packaging each output has, and where a record goes when files are split."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backend.domain.artifacts import SchemaStatus
from backend.domain.object_keys import artifact_key, spool_key
from backend.domain.reports.outputs import FILE_NUMBER, Output, OutputFormat, check_names, file_name
from backend.domain.reports.page_texts import Moment, Page
from backend.pipeline.context import RunContext
from backend.pipeline.file_formats import create_assembly, create_packager, create_renderer, media_type
from backend.pipeline.ledger import Placement
from backend.pipeline.output_schemas import OutputSchemas
from backend.pipeline.ports import OutputProgress, ProducedFile
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.splitting import Cutter, Placed, RecordTooLarge
from backend.pipeline.steps.render import RenderedBlock
from backend.pipeline.steps.store import FilePlace, FileWriter


@dataclass(slots=True)
class _OpenFile:
    number: int
    name: str
    writer: FileWriter
    is_full: bool = False


class OutputFiles:
    """All files of one output, written in order; a new one starts when one is full."""

    def __init__(
        self, context: RunContext, number: int, output: Output, renderer: Renderer, *, is_checked: bool
    ) -> None:
        self._context = context
        self._number = number
        self._output = output
        self._limit = output.record_limit
        self._assembly = create_assembly(output, context.plan)
        self._renderer = renderer
        self._is_checked = is_checked
        self._has_late_header = renderer.header_moment > Moment.FILE_BEGINS
        self._closes_at = max(renderer.header_moment, renderer.footer_moment)
        self._packager = create_packager(output, context.plan)
        self._cutter = Cutter(renderer, self._packager)
        self._files = [self._resumed(one) for one in context.plan.resumption.outputs if one.output_number == number]
        #: Files that a checkpoint holds as they will stay.
        self._settled = max(len(self._files) - 1, 0)

    def room(self) -> int | None:
        """How many records still fit the current file; None when it is not their number alone that says so."""
        limit = self._limit
        if limit is None or self._output.max_bytes is not None:
            return None
        current = self._files[-1].writer.records if self._files else 0
        return limit - current if current < limit else limit

    def append(self, rendered: RenderedBlock) -> list[Placed]:
        """Write a block; it must fit the room. Where its records stand."""
        if self._output.max_bytes is None:
            return [self._append(self._open_file(), rendered)]
        return list(self._append_cut(rendered, self._output.max_bytes))

    def _append_cut(self, rendered: RenderedBlock, limit: int) -> Iterator[Placed]:
        """Write as many records as fit, then the next ones into another file."""
        size, rest = len(rendered.raw), rendered.target
        while rest.height:
            file = self._open_file()
            free_bytes = self._free_bytes(file, limit)
            free_records = (self._limit or sys.maxsize) - file.writer.records
            if rest.height == rendered.records <= free_records and size <= free_bytes:
                yield self._append(file, rendered)
                return
            count = self._cutter.count_fitting(rest.head(free_records), size / rendered.records, free_bytes)
            if count:
                yield self._append(file, self._cutter.render(rest.slice(0, count)))
                rest = rest.slice(count)
            elif file.writer.records:
                self._fill(file)
            else:
                raise RecordTooLarge(
                    f"The record of row {rest['row_number'][0]} does not fit a file of {limit} bytes.",
                    fix="Raise max_bytes of the output.",
                )

    def checkpoint(self, row_group: int) -> list[OutputProgress]:
        """Where the files of this output stand after a row group; those that an earlier one holds are left out."""
        progress = [file.writer.checkpoint(row_group) for file in self._files[self._settled :]]
        self._settled = max(len(self._files) - 1, 0)
        return progress

    def complete(self, *, nil: bool) -> list[ProducedFile]:
        """Finish and verify every file; ``nil`` asks for a file without records."""
        if nil and not self._files:
            self._start()
        total = sum(file.writer.records for file in self._files)
        return [self._produced(file, total) for file in self._files]

    def abort(self) -> None:
        """Take every upload back."""
        for file in self._files:
            file.writer.abort()

    def _open_file(self) -> _OpenFile:
        """The file that takes the next record."""
        limit = self._limit
        if self._files and limit is not None and self._files[-1].writer.records >= limit:
            self._fill(self._files[-1])
        return self._files[-1] if self._files and not self._files[-1].is_full else self._start()

    def _start(self) -> _OpenFile:
        number = len(self._files) + 1
        plan, name = self._context.plan, self._name(number)
        key = spool_key(plan.prefix, self._number, number) if self._assembly else self._key(number, name)
        place = FilePlace(self._number, number, key)
        packager = create_packager(self._output, plan, _numbered(number))
        writer = FileWriter.start(
            self._context, place, media_type(self._output), packager, has_late_header=self._has_late_header
        )
        file = _OpenFile(number, name, writer)
        self._files.append(file)
        if not self._has_late_header:
            self._append_part(file, self._renderer.header(Page(number)))
        return file

    def _resumed(self, progress: OutputProgress) -> _OpenFile:
        number = progress.file_number
        packager = create_packager(self._output, self._context.plan, _numbered(number))
        writer = FileWriter.resume(self._context, progress, packager, has_late_header=self._has_late_header)
        return _OpenFile(number, self._name(number), writer, writer.is_closed)

    def _append(self, file: _OpenFile, rendered: RenderedBlock) -> Placed:
        place = Placement(file.number, file.writer.records + 1)
        if file.writer.records and rendered.records:
            self._append_part(file, self._renderer.separator)
        file.writer.append(rendered.raw, rendered.block, rendered.records)
        return rendered.records, place

    def _append_part(self, file: _OpenFile, raw: bytes) -> None:
        if raw:
            file.writer.append(raw, self._packager.block(raw), 0)

    def _free_bytes(self, file: _OpenFile, limit: int) -> int:
        written = file.writer.content_size
        if not self._has_late_header:
            written -= len(self._renderer.header(Page(file.number)))
        between = len(self._renderer.separator) if file.writer.records else 0
        return limit - self._renderer.frame_size - written - between

    def _fill(self, file: _OpenFile) -> None:
        """The file gets no more records."""
        file.is_full = True
        if self._closes_at <= Moment.FILE_ENDS:
            self._close(file, Page(file.number, record_count=file.writer.records))
        file.writer.park()

    def _close(self, file: _OpenFile, page: Page) -> None:
        if file.writer.is_closed:
            return
        if self._has_late_header:
            file.writer.prepend(self._packager.block(self._renderer.header(page)))
        self._append_part(file, self._renderer.footer(page))
        file.writer.close()

    def _produced(self, file: _OpenFile, total: int) -> ProducedFile:
        self._close(file, Page(file.number, len(self._files), file.writer.records, total))
        stored, key = file.writer.complete(), file.writer.place.key
        if self._assembly is not None:
            spool, key = key, self._key(file.number, file.name)
            stored = self._assembly.assemble(self._context.store, spool, key)
        status = SchemaStatus.NOT_APPLICABLE
        if self._output.format is OutputFormat.XML:
            status = SchemaStatus.VALID if self._is_checked else SchemaStatus.UNVERIFIED
        return ProducedFile(
            self._number,
            file.number,
            file.name,
            self._output.format.value,
            media_type(self._output),
            key,
            stored.size_bytes,
            stored.sha256,
            stored.content_size_bytes,
            stored.content_sha256,
            file.writer.records,
            status.value,
        )

    def _key(self, file_number: int, name: str) -> str:
        return artifact_key(self._context.plan.prefix, self._number, file_number, name)

    def _name(self, file_number: int) -> str:
        return file_name(self._output, {**self._context.plan.file_tokens, **_numbered(file_number)})


def open_outputs(context: RunContext, schemas: OutputSchemas) -> Sequence[tuple[OutputFiles, Renderer]]:
    """The outputs of the report with their renderers. Raises OutputNamesCollide."""
    plan = context.plan
    check_names(plan.document.outputs, plan.file_tokens)
    outputs = []
    for number, output in enumerate(plan.document.outputs):
        renderer = create_renderer(output, plan, schemas.written.records.get(number))
        is_checked = number in schemas.sets
        outputs.append((OutputFiles(context, number, output, renderer, is_checked=is_checked), renderer))
    return outputs


def _numbered(file_number: int) -> dict[str, str]:
    return {FILE_NUMBER: str(file_number)}
