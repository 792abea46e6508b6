"""The demo's report document, against the pack and the document's own model."""

import uuid
from datetime import date

import pytest

from backend.demo.breaks import RULE_OF_BREAK
from backend.demo.report import demo_document, source_query, with_day
from backend.domain.regulations.loader import load_pack
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.outputs import OutputFormat


@pytest.fixture(scope="module")
def document() -> ReportDocument:
    return ReportDocument.model_validate(demo_document(str(uuid.uuid4()), [str(uuid.uuid4())]))


def test_every_field_of_the_regulation_is_mapped(document: ReportDocument) -> None:
    pack = load_pack("mifir-rts22")
    assert set(document.fields) <= set(pack.columns)
    assert {pack.columns[name].field for name in document.fields} == set(range(1, 66))


def test_pack_and_report_bring_fifty_rules_of_every_phase(document: ReportDocument) -> None:
    pack = load_pack("mifir-rts22")
    assert len({rule.id for rule in pack.rules} | {rule.id for rule in document.rules}) >= 50
    assert {rule.phase.value for rule in document.rules} == {"source", "target", "set"}


def test_the_rules_that_must_take_broken_trades_exist(document: ReportDocument) -> None:
    known = {"MR-01"} | {rule.id for rule in load_pack("mifir-rts22").rules} | {rule.id for rule in document.rules}
    assert set(RULE_OF_BREAK.values()) <= known


@pytest.mark.parametrize("formats", [("xml",), ("csv",), ("xml", "csv")])
def test_only_the_wanted_formats_are_produced(formats: tuple[str, ...]) -> None:
    outputs = ReportDocument.model_validate(demo_document(str(uuid.uuid4()), [], formats)).outputs
    assert {output.format for output in outputs} == {OutputFormat(one) for one in formats}


def test_the_executable_query_has_the_day_in_place_of_the_parameter() -> None:
    assert source_query().count(":reporting_date") == 1
    query = with_day(source_query(), date(2026, 11, 20))
    assert ":" not in query
    assert "t.trade_date = DATE '2026-11-20'" in query
    assert query.endswith("ORDER BY t.trade_id")
