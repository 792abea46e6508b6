"""The wrapper around the records: the run's values in it, refused where the header could not hold them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from backend.domain.message_identifiers import identifier_of_file
from backend.domain.regulations.model import Pack
from backend.domain.reports.page_texts import Page
from backend.pipeline.rendering.envelope import EnvelopeValueInvalid
from backend.pipeline.rendering.xml import XmlRenderer
from backend.pipeline.xsd import SchemaSet
from tests.unit.backend.pipeline.rendering.conftest import ENVELOPE

HEAD = "{urn:iso:std:iso:20022:tech:xsd:head.001.001.01}"


def test_the_header_carries_the_values_of_the_run(make_renderer: Callable[..., XmlRenderer]) -> None:
    renderer = make_renderer(sender="A & B <GmbH>")

    root = etree.fromstring(renderer.header() + renderer.footer())

    assert root.findtext(f".//{HEAD}Fr//{HEAD}Othr/{HEAD}Id") == "A & B <GmbH>"
    assert root.findtext(f".//{HEAD}BizMsgIdr") == "RUN-1"
    assert root.findtext(f".//{HEAD}CreDt") == "2024-03-02T06:00:00Z"
    assert renderer.header().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<BizData ')
    assert renderer.header().endswith(b">\n")


@pytest.mark.parametrize("value", ["", "A" * 36, "A\x00B"])
def test_a_value_the_header_cannot_hold_is_refused_by_name(
    make_renderer: Callable[..., XmlRenderer], value: str
) -> None:
    with pytest.raises(EnvelopeValueInvalid, match="receiver"):
        make_renderer(receiver=value)


def test_a_missing_value_is_refused_by_name(make_renderer: Callable[..., XmlRenderer]) -> None:
    with pytest.raises(EnvelopeValueInvalid, match="created_at"):
        make_renderer(created_at="2 March 2024")


@pytest.mark.schemas
def test_the_official_schema_finds_what_is_wrong_in_the_header(
    make_renderer: Callable[..., XmlRenderer], schema_set: SchemaSet
) -> None:
    renderer = make_renderer(created_at="2024-02-31T06:00:00Z")

    (error, *_) = schema_set.validate(renderer.header(), renderer.footer())

    assert "CreDt" in error.message
    assert error.line == 2


def test_each_further_file_has_a_message_identifier_of_its_own_and_its_frame_has_room(pack: Pack) -> None:
    def numbered(file_number: int) -> dict[str, str]:
        return {"business_message_identifier": identifier_of_file("OR" + "A" * 28, file_number)}

    renderer = XmlRenderer(pack.message, pack.columns, tuple(pack.columns), ENVELOPE, numbered)
    found = [
        etree.fromstring(renderer.header(Page(number)) + renderer.footer(Page(number))).findtext(f".//{HEAD}BizMsgIdr")
        for number in (1, 2, 1000)
    ]
    assert found == ["OR" + "A" * 28, "OR" + "A" * 28 + "-2", "OR" + "A" * 28 + "-1000"]
    assert all(len(renderer.header(Page(one)) + renderer.footer()) <= renderer.frame_size for one in (1, 2, 99_999))
