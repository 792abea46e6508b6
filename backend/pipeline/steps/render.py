"""Render: judged records become packaged blocks of every output, checked against the installed schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from backend.domain.runs import RunStep
from backend.domain.validation.rule import Severity
from backend.pipeline.context import StepMeter
from backend.pipeline.findings import DETAIL_SCHEMA
from backend.pipeline.rendering.contract import Renderer
from backend.pipeline.rendering.packaging import Block, Packager
from backend.pipeline.xsd import SchemaSet

SCHEMA_RULE = "XSD"


@dataclass(frozen=True, slots=True)
class RenderedBlock:
    """Records of one output: the raw bytes, their packaged form, how many records they hold."""

    raw: bytes | memoryview
    block: Block
    records: int


@dataclass(frozen=True, slots=True)
class RenderedSlice:
    """One slice of target rows in every output; ``faults`` (DETAIL_SCHEMA) are records the schema refuses."""

    blocks: tuple[RenderedBlock, ...]
    faults: pl.DataFrame


class SliceRenderer:
    """Renders slices of the target frame; called from several threads at once."""

    def __init__(
        self, renderers: Sequence[Renderer], packagers: Sequence[Packager], schema: SchemaSet | None, meter: StepMeter
    ) -> None:
        self._renderers = renderers
        self._packagers = packagers
        self._schema = schema
        self._meter = meter

    def render(self, target: pl.DataFrame) -> RenderedSlice:
        """All outputs of one slice."""
        blocks: list[RenderedBlock] = []
        faults = [pl.DataFrame(schema=DETAIL_SCHEMA)]
        for renderer, packager in zip(self._renderers, self._packagers, strict=True):
            with self._meter.timed(RunStep.RENDER, target.height if not blocks else 0):
                raw = renderer.render(target)
                if self._schema is not None and renderer.has_schema:
                    faults.append(self._schema_faults(self._schema, renderer, target, raw))
                blocks.append(RenderedBlock(raw, packager.block(raw), target.height))
        return RenderedSlice(tuple(blocks), pl.concat(faults))

    def _schema_faults(
        self, schema: SchemaSet, renderer: Renderer, target: pl.DataFrame, raw: bytes | memoryview
    ) -> pl.DataFrame:
        if not target.height:
            return pl.DataFrame(schema=DETAIL_SCHEMA)
        errors = schema.validate(renderer.header, raw, renderer.footer)
        if not errors:
            return pl.DataFrame(schema=DETAIL_SCHEMA)
        if target.height > 1:
            # Halve until the record is found: the checks of the pack let it pass, so the author must see which one.
            half = target.height // 2
            return pl.concat(
                self._schema_faults(schema, renderer, part, renderer.render(part))
                for part in (target.slice(0, half), target.slice(half))
            )
        return pl.DataFrame(
            [(target["row_number"][0], SCHEMA_RULE, Severity.BLOCKING.value, "", errors[0].message, "schema_invalid")],
            schema=DETAIL_SCHEMA,
            orient="row",
        )
