"""The lint: silent about the shipped pack, exact about a broken one."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.domain.regulations import Pack, lint_pack
from backend.domain.regulations.loader import read_pack

UNUSED_LIST = "  on_venue: {title: x, citation: x, source: unverified, codes: {XNYS: x}}\n"


def test_the_shipped_pack_has_no_contradiction(pack: Pack) -> None:
    report = lint_pack(pack)
    assert report.issues == ()
    assert report.is_clean


def test_what_is_unverified_is_counted(pack: Pack, pack_folder: Path) -> None:
    before = lint_pack(pack)
    rules = pack_folder / "rules.yaml"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("source: unverified", "source: verified", 2), encoding="utf-8")
    fields = pack_folder / "fields.yaml"
    text = fields.read_text(encoding="utf-8")
    text = text.replace("condition_source: unverified", "condition_source: verified", 3)
    fields.write_text(text.replace("    source: verified", "    source: unverified", 2), encoding="utf-8")
    after = lint_pack(read_pack(pack_folder))
    assert after.unverified_conditions == before.unverified_conditions - 3
    assert after.unverified_fields == before.unverified_fields + 2
    # MR-06 has one part; MR-08, of which the next one is, still has an unverified one.
    assert after.unverified_rules == before.unverified_rules - 1
    assert before.unverified_rules == 25


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "place"),
    [
        ("fields.yaml", "number: 65", "number: 66", "field_missing", "field 65"),
        ("fields.yaml", "number: 65", "number: 66", "field_unknown", "field 66"),
        ("fields.yaml", "number: 65", "number: 64", "field_repeated", "field 64"),
        ("pack.yaml", "effective_to: null", "effective_to: 2019-01-01", "dates_reversed", "pack"),
        ("pack.yaml", "[executing_entity_lei, tr", "[executing_entity, tr", "column_unknown", "pack"),
        ("message.yaml", 'pattern: "[A-Z]{3}"', 'pattern: "[A-Z"', "pattern_invalid", "quantity_currency"),
        ("message.yaml", "min_length: 1, max_length: 350", "min_length: 360, max_length: 350",
         "length_reversed", "instrument_full_name"),
        ("message.yaml", "values: [NIDN, CCPT]", "values: [NIND, CCPT]", "code_unknown",
         "New/Buyr/AcctOwnr/Id/Prsn/Othr/SchmeNm/Cd"),
        ("message.yaml", "{element: Unit, column: quantity_unit",
         "{element: Unit, required: true, column: quantity_unit", "choice_required", "New/Tx/Qty"),
        ("message.yaml", '{element: CreDt, text: "{created_at}"}', '{element: CreDt, text: "{created}"}',
         "token_unmatched", "created"),
        ("message.yaml", '{element: CreDt, text: "{created_at}"}', "{element: CreDt, records: true}",
         "records_place", "envelope"),
        ("message.yaml", "namespace: urn:iso:std:iso:20022:tech:xsd:head.001.001.01\n    file",
         "namespace: urn:iso:std:iso:20022:tech:xsd:head.001.001.02\n    file", "schema_unmatched",
         "urn:iso:std:iso:20022:tech:xsd:head.001.001.01"),
        ("codes.yaml", "  off_venue:", f"{UNUSED_LIST}  off_venue:", "code_list_unused", "on_venue"),
        ("rules.yaml", "part: seller, column: transmitting", "part: buyer, column: transmitting",
         "rule_repeated", "MR-12.buyer"),
        ("rules.yaml", "lei_valid({column})", "lei_correct({column})", "expression_invalid", "MR-02.seller_2"),
        ("rules.yaml", "trading_capacity NOT IN", "capacity NOT IN", "expression_invalid", "MR-11.buyer"),
        ("rules.yaml", "date_part('year', {column}) < 9999", "date_part('year', {column})", "expression_invalid",
         "MR-32.expiry_date"),
        ("rules.yaml", "applies_to: all\n    expression: lei_valid({column})",
         "applies_to: all\n    expression: upper({column})", "expression_type", "MR-02.executing_entity"),
    ],
)  # fmt: skip
def test_a_contradiction_is_found_at_its_place(
    pack_folder: Path, file: str, old: str, new: str, code: str, place: str
) -> None:
    path = pack_folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = {(issue.code, issue.place) for issue in lint_pack(read_pack(pack_folder)).issues}
    assert (code, place) in found
