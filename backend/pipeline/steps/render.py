"""Render: judged records become packaged blocks of every output, checked against the installed schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from backend.domain.reports.page_texts import Page
from backend.domain.runs import RunStep
from backend.domain.validation.rule import Severity
from backend.pipeline.context import StepMeter
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.output_schemas import SCHEMA_RULE
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.rendering.packaging import Block, Packager
from backend.pipeline.xsd import SchemaSet

_PLACE = re.compile(r"Element '[^']+'(?:, attribute '[^']+')?: (?:\[facet '[^']+'\])?")


@dataclass(frozen=True, slots=True)
class RenderedBlock:
    """Records of one output: the raw bytes, their packaged form, and the rows they were made from."""

    raw: bytes | memoryview
    block: Block
    target: pl.DataFrame

    @property
    def records(self) -> int:
        """How many records it holds."""
        return self.target.height


@dataclass(frozen=True, slots=True)
class RenderedSlice:
    """One slice of target rows in every output; ``faults`` (DETAIL_SCHEMA) are records the schema refuses."""

    blocks: tuple[RenderedBlock, ...]
    faults: pl.DataFrame


class SliceRenderer:
    """Renders slices of the target frame; called from several threads at once."""

    def __init__(
        self,
        renderers: Sequence[Renderer],
        packagers: Sequence[Packager],
        schemas: Sequence[SchemaSet | None],
        meter: StepMeter,
    ) -> None:
        """``schemas`` by output; None where none is asked about some of the records."""
        self._renderers = renderers
        self._packagers = packagers
        self._schemas = schemas
        self._meter = meter

    def render(self, target: pl.DataFrame) -> RenderedSlice:
        """All outputs of one slice."""
        blocks: list[RenderedBlock] = []
        faults = [pl.DataFrame(schema=DETAIL_SCHEMA)]
        for renderer, packager, schema in zip(self._renderers, self._packagers, self._schemas, strict=True):
            with self._meter.timed(RunStep.RENDER, target.height if not blocks else 0):
                raw = renderer.render(target)
                if schema is not None and renderer.has_schema:
                    faults.append(self._schema_faults(schema, renderer, target, raw))
                blocks.append(RenderedBlock(raw, packager.block(raw), target))
        return RenderedSlice(tuple(blocks), pl.concat(faults))

    def _schema_faults(
        self, schema: SchemaSet, renderer: Renderer, target: pl.DataFrame, raw: bytes | memoryview
    ) -> pl.DataFrame:
        """The records the schema refuses although the checks of the pack let them pass; row 0 is the wrapper."""
        if not target.height:
            return pl.DataFrame(schema=DETAIL_SCHEMA)
        found: dict[int, str] = {}
        page = Page(record_count=target.height, total_records=target.height)
        for error in schema.validate(renderer.header(page), raw, renderer.footer(page)):
            position = renderer.find_row(error.line)
            # Lines after the records are the wrapper's as well.
            row = int(target["row_number"][position]) if position is not None and position < target.height else 0
            found.setdefault(row, without_value(error.message))
        rows = [(row, SCHEMA_RULE, Severity.BLOCKING.value, "", what, "schema_invalid") for row, what in found.items()]
        return pl.DataFrame(rows, schema=DETAIL_SCHEMA, orient="row")


def without_value(message: str) -> str:
    """Where and what a schema refuses, without the value: it may be personal data."""
    place = _PLACE.match(message)
    return place.group(0).rstrip(": ") if place else "The schema refuses the record."
