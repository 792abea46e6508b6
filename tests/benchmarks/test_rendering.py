"""Checks, rendering, packaging and schema validation of one batch, each against what the same bytes cost at least.

Both sides run in turn in the same process, one thread, batches as a run makes them. The best round of each side is
compared: these cases take milliseconds, so a median on a busy machine measures who else is running.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from lxml import etree

from backend.domain.regulations.loader import load_pack
from backend.domain.regulations.model import Pack
from backend.pipeline.plan import ROWS_PER_BATCH
from backend.pipeline.rendering.packaging import ZipPackager
from backend.pipeline.rendering.structure import StructureChecker
from backend.pipeline.rendering.xml import XmlRenderer
from backend.pipeline.xsd import SchemaSet
from tests.factories.target_frames import make_large_frame

ROUNDS = int(os.environ.get("OPENREG_BENCH_ROUNDS", "9"))
#: Records that fill the same columns, and records of every branch over nearly three times the columns.
MAX_RENDER_TO_WRITE = {"uniform": 3.0, "mixed": 8.0}
MAX_XSD_TO_XMLLINT = 1.1
MIN_RENDER_TO_XMLFILE = 15
ENVELOPE = {
    "sender": "SENDER",
    "receiver": "NCA",
    "business_message_identifier": "RUN-1",
    "message_definition": "auth.016.001.01",
    "created_at": "2024-03-02T06:00:00Z",
}


@dataclass(frozen=True)
class Batch:
    """One batch of records with what writes and checks it."""

    kind: str
    frame: pl.DataFrame
    renderer: XmlRenderer
    checker: StructureChecker
    content: bytes


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("mifir-rts22")


@pytest.fixture(scope="module", params=["uniform", "mixed"])
def batch(request: pytest.FixtureRequest, pack: Pack) -> Batch:
    frame = make_large_frame(pack, ROWS_PER_BATCH, is_uniform=request.param == "uniform")
    mapped = [name for name in frame.columns if name in pack.columns]
    renderer = XmlRenderer(pack.message, pack.columns, mapped, ENVELOPE)
    return Batch(
        request.param,
        frame,
        renderer,
        StructureChecker(pack.message.record, pack.columns, mapped),
        renderer.render(frame),
    )


@pytest.fixture
def best_rounds(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Callable[..., dict[str, float]]:
    """Run the cases in turn, print records per second, return the seconds of the best round."""

    def measure(batch: Batch, **cases: Callable[[], Any]) -> dict[str, float]:
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        for case in cases.values():
            case()
        for _ in range(ROUNDS):
            for name, case in cases.items():
                started = time.perf_counter()
                case()
                seconds[name].append(time.perf_counter() - started)
        found = {name: min(each) for name, each in seconds.items()}
        filled = (
            batch.frame.width * batch.frame.height - sum(batch.frame.null_count().row(0))
        ) / batch.frame.height - 1
        with capsys.disabled():
            size = len(batch.content) / batch.frame.height
            sys.stdout.write(
                f"\n{request.node.name}: {filled:.0f} filled of {batch.frame.width - 1} columns, {size:.0f} bytes\n"
            )
            for name, best in found.items():
                rate = batch.frame.height / best
                sys.stdout.write(
                    f"  {name:<12}{rate:>12,.0f} records/s {len(batch.content) / best / 1e6:>8,.0f} MB/s\n"
                )
        return found

    return measure


def test_rendering_stays_near_writing_the_same_bytes(
    batch: Batch, best_rounds: Callable[..., dict[str, float]], tmp_path: Path
) -> None:
    # One growing file, as a run would write it: rewriting the same pages would measure the cache.
    file = (tmp_path / "out.xml").open("wb", buffering=0)
    packager = ZipPackager("a.xml", datetime(2024, 3, 2, tzinfo=UTC))
    found = best_rounds(
        batch,
        write=lambda: file.write(batch.content),
        render=lambda: batch.renderer.render(batch.frame),
        check=lambda: batch.checker.find_failures(batch.frame),
        deflate=lambda: packager.block(batch.content),
    )

    file.close()
    assert batch.checker.find_failures(batch.frame) == []
    assert found["render"] <= MAX_RENDER_TO_WRITE[batch.kind] * found["write"]


def test_rendering_is_far_from_writing_element_by_element(
    batch: Batch, best_rounds: Callable[..., dict[str, float]], tmp_path: Path
) -> None:
    def rebuild(file: Any, element: etree._Element) -> None:
        with file.element(element.tag, element.attrib):
            if element.text:
                file.write(element.text)
            for child in element:
                rebuild(file, child)

    part = Batch(
        batch.kind,
        batch.frame.head(1_000),
        batch.renderer,
        batch.checker,
        batch.renderer.render(batch.frame.head(1_000)),
    )
    records = etree.fromstring(b"<r>" + part.content + b"</r>")

    def xmlfile() -> None:
        with etree.xmlfile(str(tmp_path / "out.xml"), encoding="utf-8") as file, file.element("r"):
            for record in records:
                rebuild(file, record)

    found = best_rounds(part, xmlfile=xmlfile, render=lambda: batch.renderer.render(batch.frame))

    assert found["xmlfile"] * batch.frame.height / 1_000 >= MIN_RENDER_TO_XMLFILE * found["render"]


@pytest.mark.schemas
@pytest.mark.skipif(shutil.which("xmllint") is None, reason="xmllint is not installed")
def test_schema_validation_is_as_fast_as_xmllint(
    batch: Batch, pack: Pack, official_schemas: Path, best_rounds: Callable[..., dict[str, float]], tmp_path: Path
) -> None:
    folder = official_schemas / "mifir"
    schemas = SchemaSet.for_message(
        pack.message, {one.namespace: (folder / one.file_name).read_bytes() for one in pack.message.schemas}
    )
    wrapper, document = tmp_path / "wrapper.xsd", tmp_path / "document.xml"
    imports = "".join(
        f'<xs:import namespace="{one.namespace}" schemaLocation="{folder / one.file_name}"/>'
        for one in pack.message.schemas
    )
    wrapper.write_text(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>')
    document.write_bytes(batch.renderer.header() + batch.content + batch.renderer.footer())
    command = ["xmllint", "--noout", "--sax", "--schema", str(wrapper), str(document)]

    found = best_rounds(
        batch,
        xmllint=lambda: subprocess.run(command, check=True, capture_output=True),
        xsd=lambda: schemas.validate(batch.renderer.header(), batch.content, batch.renderer.footer()),
    )

    assert schemas.validate(batch.renderer.header(), batch.content, batch.renderer.footer()) == []
    assert found["xsd"] <= MAX_XSD_TO_XMLLINT * found["xmllint"]
