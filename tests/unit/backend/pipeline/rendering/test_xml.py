"""The columnar renderer writes what a person would write record by record."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from lxml import etree

from backend.domain.regulations.model import Element, Pack
from backend.pipeline.rendering import pieces
from backend.pipeline.rendering.xml import XmlRenderer
from tests.factories.target_frames import RecordMaker, to_frame


def text_of(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        digits = (
            "seconds" if not value.microsecond else "milliseconds" if not value.microsecond % 1000 else "microseconds"
        )
        return value.astimezone(UTC).isoformat(timespec=digits).replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else str(value)


def nodes_of(element: Element, record: Mapping[str, Any], pack: Pack) -> tuple[list[etree._Element], bool]:
    """The elements of one record, written one by one, and whether one of its values makes them present."""
    if element.when and record.get(element.when.column) not in element.when.values:
        return [], False
    value = record.get(element.column) if element.column else None
    below = [nodes_of(child, record, pack) for child in element.children]
    gives = (value is not None and element.presence) or any(present for _, present in below)
    values = [value]
    if value is not None and pack.columns[element.column].repeats > 1:
        values = value.split("|")
    nodes = []
    for single in values:
        node = etree.Element(
            element.name, {name: text_of(record[column]) for name, column in element.attributes if column in record}
        )
        node.text = None if single is None else text_of(single)
        for child, (children, present) in zip(element.children, below, strict=True):
            if present or child.required or (not child.presence and record.get(child.column) is not None):
                node.extend(children)
        nodes.append(node)
    return nodes, gives


def canonical(line: bytes) -> bytes:
    return etree.tostring(etree.fromstring(line), method="c14n")


@pytest.mark.parametrize("seed", range(3))
def test_every_record_equals_the_one_built_element_by_element(
    pack: Pack, make_renderer: Callable[..., XmlRenderer], seed: int
) -> None:
    maker = RecordMaker(pack, seed)
    records = [maker.make(share) for share in (0.0, 0.3, 0.7, 1.0) for _ in range(40)]
    maker.random.shuffle(records)

    lines = make_renderer().render(to_frame(pack, records)).splitlines(keepends=True)

    assert len(lines) == len(records)
    for line, record in zip(lines, records, strict=True):
        (expected,), _ = nodes_of(pack.message.record, record, pack)
        assert canonical(line) == etree.tostring(expected, method="c14n")


def test_new_and_cancelled_records_keep_the_order_of_their_rows(
    pack: Pack, make_renderer: Callable[..., XmlRenderer]
) -> None:
    maker = RecordMaker(pack, 3)
    records = [maker.make() | {"transaction_reference_number": f"TRN{number}"} for number in range(200)]

    lines = make_renderer().render(to_frame(pack, records)).splitlines()

    assert len({record["report_status"] for record in records}) == 2
    for number, (line, record) in enumerate(zip(lines, records, strict=True)):
        branch = b"<Tx><New><TxId>" if record["report_status"] == "NEWT" else b"<Tx><Cxl><TxId>"
        assert line.startswith(branch + f"TRN{number}</TxId>".encode())


def test_a_cancellation_carries_nothing_but_its_own_columns(
    pack: Pack, make_renderer: Callable[..., XmlRenderer]
) -> None:
    record = RecordMaker(pack, 1).make(1.0) | {"report_status": "CANC"}

    line = make_renderer().render(to_frame(pack, [record])).decode()

    reference, executing, submitting = (
        record[name] for name in ("transaction_reference_number", "executing_entity_lei", "submitting_entity_lei")
    )
    content = f"<TxId>{reference}</TxId><ExctgPty>{executing}</ExctgPty><SubmitgPty>{submitting}</SubmitgPty>"
    assert line == f"<Tx><Cxl>{content}</Cxl></Tx>\n"


@pytest.mark.parametrize("rows", [1, 2, 41])
@pytest.mark.parametrize("cut", [1, 7, 1 << 12])
def test_the_bytes_do_not_depend_on_how_rows_are_cut(
    pack: Pack, make_renderer: Callable[..., XmlRenderer], monkeypatch: pytest.MonkeyPatch, rows: int, cut: int
) -> None:
    frame = to_frame(pack, [RecordMaker(pack, seed).make() for seed in range(rows)])
    renderer = make_renderer()
    whole = renderer.render(frame)

    monkeypatch.setattr(pieces, "_ROWS", cut)

    assert renderer.render(frame) == whole
    assert b"".join(renderer.render(frame.slice(row, 1)) for row in range(rows)) == whole


def test_two_threads_write_what_one_writes(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    renderer = make_renderer()
    maker = RecordMaker(pack, 9)
    frames = [to_frame(pack, [maker.make() for _ in range(100)]) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(renderer.render, frames * 2))

    assert together == [renderer.render(frame) for frame in frames] * 2


def test_only_mapped_columns_are_written(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    record = RecordMaker(pack, 4).make(1.0) | {"report_status": "NEWT"}
    mapped = [name for name in pack.columns if not name.startswith(("seller", "strike"))]

    line = make_renderer(mapped).render(to_frame(pack, [record], mapped)).decode()

    (expected,), _ = nodes_of(pack.message.record, {name: record[name] for name in mapped if name in record}, pack)
    assert canonical(line.encode()) == etree.tostring(expected, method="c14n")


def test_text_that_xml_reserves_comes_back_exactly(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    hostile = "<Nm>&amp;\"'>]]> \t tab \n line \r return \r\n é 中 🏦"
    record = RecordMaker(pack, 5).make(1.0) | {"report_status": "NEWT"}
    records = [record | {"instrument_full_name": hostile}, record | {"instrument_full_name": "plain"}]
    for one in records:
        one.pop("instrument_isin", None)
        one |= {"instrument_classification": "OCASPS", "delivery_type": "CASH", "price_multiplier": Decimal(1)}

    lines = make_renderer().render(to_frame(pack, records)).splitlines(keepends=True)

    assert [etree.fromstring(line).findtext(".//FullNm") for line in lines] == [hostile, "plain"]


def test_a_null_with_text_behind_it_is_not_written(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    record = RecordMaker(pack, 0).make() | {"report_status": "CANC"}
    texts = pa.array(["STALE" * 5, "SHORT", "KEPT"], pa.large_string())
    with_nulls = pa.LargeStringArray.from_buffers(3, *texts.buffers()[1:], pa.py_buffer(b"\x04"), 2)
    frame = to_frame(pack, [record] * 3).with_columns(pl.Series("transaction_reference_number", with_nulls))

    lines = make_renderer().render(frame).splitlines()

    assert [b"<TxId></TxId>" in line for line in lines] == [True, True, False]


def test_a_frame_without_rows_gives_no_bytes(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    assert make_renderer().render(to_frame(pack, [])) == b""


def test_the_line_of_a_finding_leads_to_its_row(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    renderer = make_renderer()
    records = [RecordMaker(pack, seed).make() for seed in range(5)]
    lines = (renderer.header() + renderer.render(to_frame(pack, records)) + renderer.footer()).splitlines()

    rows = [renderer.find_row(number) for number in range(1, len(lines) + 1)]

    assert [row for row in rows if row is not None][:5] == [0, 1, 2, 3, 4]
    assert records[3]["transaction_reference_number"].encode() in lines[rows.index(3)]


def test_random_nulls_never_break_the_document(pack: Pack, make_renderer: Callable[..., XmlRenderer]) -> None:
    source = random.Random(0)
    maker = RecordMaker(pack, 6)
    records = [{k: v for k, v in maker.make().items() if source.random() < 0.8} for _ in range(200)]
    renderer = make_renderer()

    root = etree.fromstring(renderer.header() + renderer.render(to_frame(pack, records)) + renderer.footer())

    assert len(root.findall(".//{urn:iso:std:iso:20022:tech:xsd:auth.016.001.01}FinInstrmRptgTxRpt/*")) == 200
