"""Loading a pack: what is derived, and what a contradictory pack is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.domain.expressions.types import BOOLEAN, DATE, INTEGER, TEXT, TIMESTAMP, decimal
from backend.domain.regulations import Pack, PackInvalid, PackNotFound, list_packs, load_pack
from backend.domain.regulations.loader import read_pack
from backend.domain.regulations.model import UNBOUNDED, Condition, Element


def element_at(pack: Pack, path: str) -> Element:
    return next(element for found, element in pack.message.record.walk() if found == path)


class TestTheShippedPack:
    def test_is_listed_and_read_once(self) -> None:
        assert list_packs() == ("mifir-rts22",)
        assert load_pack("mifir-rts22") is load_pack("mifir-rts22")

    def test_says_what_it_is(self, pack: Pack) -> None:
        assert (pack.id, pack.field_count, pack.feedback_format) == ("mifir-rts22", 65, "auth.031.001.01")
        assert "2017/590" in pack.regulation
        assert pack.effective_from.isoformat() == "2019-09-23"
        assert pack.effective_to is None
        assert pack.record_key == ("executing_entity_lei", "transaction_reference_number")

    def test_types_follow_from_formats(self, pack: Pack) -> None:
        types = {name: pack.columns[name].type for name in pack.columns}
        assert types["buyer_lei"] == TEXT
        assert types["price_sign"] == BOOLEAN
        assert types["maturity_date"] == DATE
        assert types["trading_datetime"] == TIMESTAMP
        assert types["index_term_value"] == INTEGER
        assert types["quantity_unit"] == decimal(35, 17)
        assert types["quantity_nominal"] == decimal(23, 5)

    def test_a_currency_is_an_attribute_and_never_makes_an_element_appear(self, pack: Pack) -> None:
        assert element_at(pack, "New/Tx/Qty/NmnlVal").attributes == (("Ccy", "quantity_currency"),)
        assert "quantity_currency" not in pack.message.record.presence_columns()
        assert element_at(pack, "New/Tx/Pric/NoPric").presence_columns() == ("price_pending",)

    def test_the_status_chooses_the_branch_and_the_scheme_its_element(self, pack: Pack) -> None:
        assert element_at(pack, "Cxl").when == Condition("report_status", ("CANC",))
        scheme = element_at(pack, "New/Sellr/AcctOwnr[2]/Id/Prsn/Othr/SchmeNm")
        assert [(child.name, child.when) for child in scheme.children] == [
            ("Cd", Condition("seller_2_person_id_scheme", ("NIDN", "CCPT"))),
            ("Prtry", Condition("seller_2_person_id_scheme", ("CONCAT",))),
        ]

    def test_only_the_first_copy_of_a_group_is_required(self, pack: Pack) -> None:
        assert element_at(pack, "New/Buyr/AcctOwnr").required
        assert not element_at(pack, "New/Buyr/AcctOwnr[2]").required

    def test_repeating_values_say_how_often(self, pack: Pack) -> None:
        assert pack.columns["waiver_indicators"].repeats == 6
        assert pack.columns["otc_post_trade_indicators"].repeats == 13
        assert pack.columns["underlying_basket_isin"].repeats == UNBOUNDED


def test_an_unknown_pack_is_refused_with_the_known_ones() -> None:
    with pytest.raises(PackNotFound) as refused:
        load_pack("../../etc")
    assert refused.value.fix == "Use one of: mifir-rts22."


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("pack.yaml", 'version: "1.1.0"', "version: 1.1", "version"),
        ("pack.yaml", "effective_from: 2019-09-23", "effective_from: soon", "effective_from"),
        ("fields.yaml", "    requirement: optional", "    requirement: maybe", "maybe"),
        ("fields.yaml", "columns: [venue]", "columns: [venue, venue_country]", "venue_country"),
        ("fields.yaml", "columns: [venue]", "columns: [net_amount]", "net_amount belongs to the fields"),
        ("fields.yaml", "columns: [quantity_unit, ", "columns: [", "quantity_unit stands in the message"),
        ("message.yaml", "format: units}", "format: unit}", "the format unit "),
        ("message.yaml", "column: venue, format: mic", "column: venue, formt: mic", "formt"),
        ("message.yaml", "use: side, with: {prefix: buyer}", "use: sides, with: {prefix: buyer}", "group sides"),
        ("message.yaml", "column: quantity_monetary\n                  format: positive_amount",
         "column: quantity_nominal\n                  format: amount", "different formats"),
        ("message.yaml", "with: {prefix: investment_decision}", "with: {prefx: investment_decision}", "{prefix}"),
        ("message.yaml", "price_status: {kind: text, code_list: price_status}",
         "price_status: {kind: text, code_list: price_state}", "price_state"),
        ("message.yaml", "currency: {kind: text,", "currency: {kind: txt,", "txt"),
        ("message.yaml", "venue, format: mic}", "venue, format: mic}\n            - element: [", "is not YAML"),
        ("codes.yaml", "NORE: the client", "nore: the client", "nore"),
        ("codes.yaml", "  trading_capacity:", "  price_status:", "repeated key price_status"),
        ("rules.yaml", "IN ({cfi_group})", "IN ({cfi_groups})", "{cfi_groups}"),
        ("rules.yaml", "    source: verified\n    parts:", "    source: unverified\n    parts:", "warning"),
    ],
)  # fmt: skip
def test_a_contradiction_is_named(pack_folder: Path, file: str, old: str, new: str, told: str) -> None:
    path = pack_folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PackInvalid) as refused:
        read_pack(pack_folder)
    assert told in refused.value.message


def test_a_missing_file_is_named(pack_folder: Path) -> None:
    (pack_folder / "rules.yaml").unlink()
    with pytest.raises(PackInvalid, match=r"rules\.yaml is missing"):
        read_pack(pack_folder)


def test_every_break_of_the_schema_is_listed_with_its_place(pack_folder: Path) -> None:
    path = pack_folder / "fields.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("source: verified", "source: sure"), encoding="utf-8")
    with pytest.raises(PackInvalid) as refused:
        read_pack(pack_folder)
    places = refused.value.extra["places"]
    assert isinstance(places, list)
    assert len([place for place in places if place.startswith("fields.yaml#/fields/")]) >= 65
