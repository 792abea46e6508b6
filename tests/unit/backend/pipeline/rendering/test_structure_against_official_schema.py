"""The structure checks and the official schema give the same verdict on every record."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import reduce

import polars as pl
import pytest

from backend.domain.regulations.model import Pack, Requirement
from backend.pipeline.rendering.structure import StructureChecker
from backend.pipeline.rendering.xml import XmlRenderer
from backend.pipeline.xsd import SchemaSet
from tests.factories.target_frames import RecordMaker, to_frame

pytestmark = [pytest.mark.schemas, pytest.mark.thorough]
ROWS = 300
#: A value the renderer leaves out is refused by us although the rest of the record is valid.
LEFT_OUT = "has a value, but"


def refused_rows(schema_set: SchemaSet, renderer: XmlRenderer, frame: pl.DataFrame) -> list[bool]:
    # Values that failed their checks are written as they are, line breaks too: a record ends with its last tag.
    records = [record + b"</Tx>\n" for record in renderer.render(frame).split(b"</Tx>\n")[:-1]]
    assert len(records) == frame.height
    return [bool(schema_set.validate(renderer.header(), record, renderer.footer())) for record in records]


@pytest.mark.parametrize("seed", range(3))
def test_consistent_records_of_every_branch_pass_the_checks_and_the_schema(
    pack: Pack, schema_set: SchemaSet, make_renderer: Callable[..., XmlRenderer], seed: int
) -> None:
    maker = RecordMaker(pack, seed)
    frame = to_frame(pack, [maker.make(share) for share in (0.1, 0.5, 0.9) for _ in range(ROWS // 3)])
    renderer = make_renderer()

    assert StructureChecker(pack.message.record, pack.columns, pack.columns).find_failures(frame) == []
    assert schema_set.validate(renderer.header(), renderer.render(frame), renderer.footer()) == []


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 60))])
def test_a_record_is_refused_by_the_schema_exactly_when_it_fails_a_check(
    pack: Pack, schema_set: SchemaSet, make_renderer: Callable[..., XmlRenderer], seed: int
) -> None:
    maker = RecordMaker(pack, 100 + seed)
    mapped = list(pack.columns)
    if seed % 2:
        needed = {name for field in pack.fields if field.requirement is Requirement.MANDATORY for name in field.columns}
        left_out = random.Random(seed).sample(sorted(set(mapped) - needed), 50)
        mapped = [name for name in mapped if name not in left_out]
    frame = to_frame(pack, [maker.make_broken() for _ in range(ROWS)], mapped)
    failures = StructureChecker(pack.message.record, pack.columns, mapped).find_failures(frame)

    refused = pl.Series(refused_rows(schema_set, make_renderer(mapped), frame))
    nowhere = pl.repeat(False, ROWS, eager=True, dtype=pl.Boolean)
    failed = reduce(pl.Series.__or__, (one.rows for one in failures), nowhere)
    failed_by_schema_rules = reduce(
        pl.Series.__or__, (one.rows for one in failures if LEFT_OUT not in one.message), nowhere
    )

    assert not (refused & ~failed).any(), frame.filter(refused & ~failed).head(1).to_dicts()
    assert not (failed_by_schema_rules & ~refused).any(), [
        one.message for one in failures if (one.rows & ~refused).any() and LEFT_OUT not in one.message
    ]
    assert 0.2 < refused.mean() < 0.98
