"""A report run: extract, then one stream over the input's row groups, checkpointed, resumable, all or nothing."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa

from backend.domain.object_keys import decisions_key, findings_key, ledger_key, tails_prefix
from backend.domain.reports.document import OnEmpty
from backend.domain.runs import RunCounts, RunStep, StepState
from backend.pipeline.context import RunContext
from backend.pipeline.errors import CountsNotReconciled, NothingToReport, RunBlocked
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.set_sql import SetEngine
from backend.pipeline.file_formats import create_packager
from backend.pipeline.findings import BatchFindings
from backend.pipeline.finished_files import check_finished
from backend.pipeline.gather import Gathered, gather, stored_lookups
from backend.pipeline.history import History
from backend.pipeline.input_reader import InputReader
from backend.pipeline.judge import BatchJudge, JudgedBatch, is_blocking
from backend.pipeline.ledger import MEDIA_TYPE, LedgerColumns, LedgerWriter, placed
from backend.pipeline.output_schemas import OutputSchemas
from backend.pipeline.outputs import OutputFiles, open_outputs
from backend.pipeline.plan import RunPlan
from backend.pipeline.ports import Checkpoint, ProducedFile, StoredInput, StoredLedger
from backend.pipeline.program import compile_program
from backend.pipeline.reference_data import pinned_reference
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.set_pass import run_set_pass
from backend.pipeline.splitting import align
from backend.pipeline.steps.extract import extract
from backend.pipeline.steps.render import RenderedSlice, SliceRenderer
from backend.pipeline.window import ordered_map

PRODUCE_STEPS = (
    RunStep.VALIDATE_SOURCE,
    RunStep.TRANSFORM,
    RunStep.VALIDATE_TARGET,
    RunStep.RENDER,
    RunStep.STORE,
)
#: What DuckDB keeps in memory before it spills: for set rules, and for the join.
SET_MEMORY_LIMIT = "256MB"


@dataclass(frozen=True, slots=True)
class _Rendered:
    """A judged batch, rendered; ``entries`` are what the ledger says of its records, but for their places."""

    batch: JudgedBatch
    slices: Sequence[RenderedSlice]
    entries: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Rendering:
    """The same while threads work on it."""

    batch: JudgedBatch
    slices: Sequence[Future[RenderedSlice]]
    entries: Future[pl.DataFrame]

    def finished(self) -> _Rendered:
        return _Rendered(self.batch, [one.result() for one in self.slices], self.entries.result())


@dataclass(frozen=True, slots=True)
class ReportPipeline:
    """One attempt at a run; ``folder`` is its own."""

    context: RunContext
    folder: Path
    schemas: OutputSchemas

    def execute(self) -> None:
        """Run what is left of the run and complete it. Raises RunBlocked and the errors of the ports."""
        gathered = self._gather()
        # What extracting freed is given back before producing takes its own.
        pa.default_memory_pool().release_unused()
        files = self._produce(gathered) if gathered.stored.rows else self._produce_nothing()
        self.context.journal.complete(files)
        self.context.store.delete_prefix(tails_prefix(self.context.plan.prefix))

    def _gather(self) -> Gathered:
        plan = self.context.plan
        known = plan.resumption.stored_input
        if known is not None:
            return Gathered(known, plan.resumption.inputs)
        if plan.inherited is not None:
            return Gathered(extract(self.context), plan.inherited)
        if plan.document.inputs or plan.join is not None:
            return gather(self.context, self.folder, SET_MEMORY_LIMIT)
        return Gathered(extract(self.context), {})

    def _produce_nothing(self) -> list[ProducedFile]:
        journal, on_empty = self.context.journal, self.context.plan.document.on_empty
        journal.log("info", "nothing_to_report", on_empty=on_empty.value)
        if on_empty is OnEmpty.FAIL:
            raise NothingToReport(fix="Check the reporting date and the source query, or set on_empty to no_file.")
        if on_empty is OnEmpty.NO_FILE:
            return []
        opened = open_outputs(self.context, self.schemas)
        files = [file for output, _ in opened for file in output.complete(nil=True)]
        check_finished(self.context, self.schemas, files)
        return files

    def _produce(self, gathered: Gathered) -> list[ProducedFile]:
        plan, journal, stored = self.context.plan, self.context.journal, gathered.stored
        for step in PRODUCE_STEPS:
            journal.step(step, StepState.RUNNING)
        lookups = stored_lookups(self.context, gathered.inputs)
        reference = pinned_reference(plan.reference, plan.program, plan.reporting_date, self.context.store)
        run_date = plan.created_at.astimezone(UTC).date()
        bindings = Bindings(
            plan.reporting_date, plan.parameters, reference, lookups, calendars=plan.calendars, run_date=run_date
        )
        document = plan.document
        compiled = compile_program(
            plan.program, plan.pack, bindings, document.record_key, plan.overrides, self.schemas.written
        )
        reader = InputReader.of_stored(self.context.store, stored)
        engine = SetEngine(memory_limit=SET_MEMORY_LIMIT, threads=plan.workers, temp_directory=self.folder)
        history = History(
            self.context.store, engine, LedgerColumns.of(plan), plan.reporting_date, self.context.plan.reported
        )
        evaluate = partial(engine.evaluate, bindings=bindings)
        verdicts = run_set_pass(reader, plan.program, compiled, evaluate, history)
        judge = BatchJudge(compiled, verdicts, self.context.meter)
        outputs = open_outputs(self.context, self.schemas)
        renderer = self._slice_renderer([one for _, one in outputs])
        stream = _ProduceStream(self.context, judge, outputs, renderer, compiled.unasked)
        counts = plan.resumption.counts
        # Polars judges one batch on all its threads: a second one at a time would only double the memory.
        with (
            ThreadPoolExecutor(1, thread_name_prefix="judge") as judging,
            ThreadPoolExecutor(plan.workers, thread_name_prefix="render") as rendering,
            ThreadPoolExecutor(1, thread_name_prefix="commit") as committing,
        ):
            for done in stream.row_groups(reader, judging, rendering, committing):
                counts += done
        self._reconcile(counts, stored)
        files = [file for output, _ in outputs for file in output.complete(nil=False)]
        check_finished(self.context, self.schemas, files)
        for step in PRODUCE_STEPS:
            journal.step(step, StepState.SUCCEEDED)
        return files

    def _slice_renderer(self, renderers: list[Renderer]) -> SliceRenderer:
        plan = self.context.plan
        # Packaging a block needs no state of a file; one packager per output serves all threads.
        packagers = [create_packager(output, plan) for output in plan.document.outputs]
        return SliceRenderer(renderers, packagers, self.schemas.slice_sets(), self.context.meter)

    def _reconcile(self, counts: RunCounts, stored: StoredInput) -> None:
        if counts.rows_in != stored.rows or not counts.is_reconciled:
            raise CountsNotReconciled(
                f"{stored.rows} rows were extracted; {counts.rows_in} were seen, {counts.rows_out} written, "
                f"{counts.set_aside} set aside, {counts.filtered} filtered, {counts.excluded} excluded and "
                f"{counts.held} held."
            )


class _ProduceStream:
    """The ordered window: batches are judged and rendered in threads, written in order, committed per row group."""

    def __init__(
        self,
        context: RunContext,
        judge: BatchJudge,
        outputs: Sequence[tuple[OutputFiles, Renderer]],
        renderer: SliceRenderer,
        unasked: pl.DataFrame,
    ) -> None:
        self._context = context
        self._judge = judge
        self._outputs = [files for files, _ in outputs]
        self._renderer = renderer
        self._ledger = LedgerWriter(LedgerColumns.of(context.plan))
        self._about_no_row = BatchFindings.of_details(unasked)

    def row_groups(
        self,
        reader: InputReader,
        judging: ThreadPoolExecutor,
        rendering: ThreadPoolExecutor,
        committing: ThreadPoolExecutor,
    ) -> Iterator[RunCounts]:
        """Process every row group that has no checkpoint yet; yields the counts of each as it is committed."""
        plan: RunPlan = self._context.plan
        # A frame of source rows is several times its Parquet size: two of them are alive, never more.
        batches = reader.batches(plan.resumption.row_groups_done, plan.rows_per_batch)
        judged = ordered_map(judging, self._judge.judge, batches, 2)
        counts, findings, written = RunCounts(), BatchFindings.none(), list[pl.DataFrame]()
        if not plan.resumption.row_groups_done:
            findings += self._about_no_row
        commit: Future[RunCounts] | None = None
        for rendered in self._rendered(judged, rendering):
            batch = rendered.batch
            faults = (BatchFindings.of_details(one.faults) for one in rendered.slices)
            found = BatchFindings.joined([batch.findings, *faults])
            # While a group is uploaded and committed the next ones are rendered; files and journal wait for it.
            if commit is not None:
                yield commit.result()
                commit = None
            if is_blocking(found):
                self._block(findings + found)
            written += self._append(rendered)
            counts, findings = counts + batch.counts, findings + found
            if batch.ends_group:
                commit = committing.submit(self._commit, batch.row_group, counts, findings, written)
                counts, findings, written = RunCounts(), BatchFindings.none(), []
            del batch, rendered  # the next ones are as large
        if commit is not None:
            yield commit.result()

    def _append(self, rendered: _Rendered) -> list[pl.DataFrame]:
        """Write the records of a batch; what the ledger says of them."""
        slices = [
            part
            for one in rendered.slices
            for part in align([files.append(block) for files, block in zip(self._outputs, one.blocks, strict=True)])
        ]
        return [placed(rendered.entries, slices)] if slices else []

    def _rendered(self, judged: Iterator[JudgedBatch], threads: ThreadPoolExecutor) -> Iterator[_Rendered]:
        """Render judged batches, one batch ahead of the writer."""
        waiting: deque[_Rendering] = deque()
        planned = [files.room() for files in self._outputs]
        for batch in judged:
            slices = list(self._slices(batch.target, planned)) if not is_blocking(batch.findings) else []
            rendering = [threads.submit(self._renderer.render, part) for part in slices]
            waiting.append(_Rendering(batch, rendering, threads.submit(self._ledger.entries, batch.target)))
            if len(waiting) >= 2:  # noqa: PLR2004 - one being written, one being rendered
                yield waiting.popleft().finished()
        while waiting:
            yield waiting.popleft().finished()

    def _slices(self, target: pl.DataFrame, room: list[int | None]) -> Iterator[pl.DataFrame]:
        """Cut a batch where a file of any output becomes full; ``room`` is carried from batch to batch."""
        offset = 0
        while offset < target.height:
            free = [space for space in room if space is not None]
            size = min([target.height - offset, self._context.plan.rows_per_slice, *free])
            yield target.slice(offset, size)
            offset += size
            for number, space in enumerate(room):
                if space is not None:
                    limit = self._context.plan.document.outputs[number].record_limit or 0
                    room[number] = space - size if space > size else limit

    def _commit(
        self, row_group: int, counts: RunCounts, findings: BatchFindings, written: Sequence[pl.DataFrame]
    ) -> RunCounts:
        prefix = self._context.plan.prefix
        found = self._store(findings_key(prefix, row_group), findings.details)
        decided = self._store(decisions_key(prefix, row_group), findings.decisions)
        ledger = self._store_ledger(ledger_key(prefix, row_group, self._context.attempt), written)
        progress = tuple(one for files in self._outputs for one in files.checkpoint(row_group))
        self._context.journal.checkpoint(
            Checkpoint(row_group, counts, findings, found, progress, self._context.meter.drain(), decided, ledger)
        )
        return counts

    def _store(self, key: str, frame: pl.DataFrame) -> str | None:
        """Keep what there is of a row group; its key, None when there is nothing."""
        if frame.is_empty():
            return None
        self._context.store.put(key, _parquet(frame), MEDIA_TYPE)
        return key

    def _store_ledger(self, key: str, written: Sequence[pl.DataFrame]) -> StoredLedger | None:
        """Keep what there is to say of written records."""
        if not written:
            return None
        content = self._ledger.write(written)
        self._context.store.put(key, content, MEDIA_TYPE)
        return StoredLedger(key, len(content))

    def _block(self, findings: BatchFindings) -> None:
        self._context.journal.blocked(findings)
        for files in self._outputs:
            files.abort()
        first = findings.blocking.row(0, named=True)
        detail = f" ({first['error']})" if first["error"] else ""
        raise RunBlocked(
            f"Rule {first['rule_id']} stopped the run at row {first['row_number']}: {first['message']}{detail}",
            fix="Correct the row in the source, or the rule or expression in a new version, and run again.",
            extra={"rule_id": first["rule_id"], "row_number": first["row_number"], "error": first["error"]},
        )


def _parquet(frame: pl.DataFrame) -> bytes:
    target = io.BytesIO()
    frame.write_parquet(target, compression="zstd")
    return target.getvalue()
