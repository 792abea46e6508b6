"""The structure checks say which field is at fault, in words of the regulation, and only where it matters."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from backend.domain.regulations.model import Pack
from backend.pipeline.rendering.structure import StructureChecker
from tests.factories.target_frames import RecordMaker, to_frame

LEI = "5299000J2N45DDNE4Y28"


@pytest.fixture
def new_record(pack: Pack) -> dict[str, Any]:
    """A new report between two legal entities, in an instrument by ISIN, priced and counted in units."""
    kept = {
        "report_status": "NEWT",
        "transaction_reference_number": "TRN1",
        "executing_entity_lei": LEI,
        "investment_firm": True,
        "submitting_entity_lei": LEI,
        "buyer_lei": LEI,
        "seller_lei": LEI,
        "order_transmission": False,
        "trading_datetime": RecordMaker(pack, 0).value(pack.columns["trading_datetime"]),
        "trading_capacity": "DEAL",
        "quantity_unit": Decimal(100),
        "price_monetary": Decimal("10.5"),
        "price_currency": "EUR",
        "venue": "XETR",
        "instrument_isin": "DE000BASF111",
        "execution_client": "NORE",
        "securities_financing": False,
    }
    return dict(kept)


def messages(pack: Pack, *records: dict[str, Any], mapped: list[str] | None = None) -> list[tuple[str, list[int]]]:
    frame = to_frame(pack, records, mapped)
    checker = StructureChecker(pack.message.record, pack.columns, mapped or list(pack.columns))
    return [(failure.message, failure.rows.arg_true().to_list()) for failure in checker.find_failures(frame)]


def test_a_complete_record_fails_nothing(pack: Pack, new_record: dict[str, Any]) -> None:
    assert messages(pack, new_record) == []


def test_only_the_rows_at_fault_are_named(pack: Pack, new_record: dict[str, Any]) -> None:
    found = messages(pack, new_record, new_record | {"venue": None}, new_record, new_record | {"venue": "xetr"})

    assert found == [
        ("Field 36: Venue needs a value", [1]),
        ("Field 36: Venue must have the form [A-Z0-9]{4}", [3]),
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"report_status": "AMND"}, "Field 1: Report status must be one of NEWT, CANC"),
        ({"report_status": None}, "Field 1: Report status must be one of NEWT, CANC"),
        ({"trading_capacity": "PRIN"}, "Field 29: Trading capacity must be one of DEAL, MTCH, AOTC"),
        ({"executing_entity_lei": LEI + "\n"}, "Field 4: Executing entity LEI must have the form [A-Z0-9]{18}[0-9]{2}"),
        ({"quantity_unit": Decimal(0)}, "Field 30: Quantity unit must be greater than 0"),
        ({"price_monetary": Decimal(-1)}, "Field 33: Price monetary must not be less than 0"),
        ({"net_amount": Decimal("1e17")}, None),
        (
            {"net_amount": Decimal(10) ** 17 + Decimal("0.1")},
            "Field 35: Net amount may have at most 18 digits, 5 of them after the point",
        ),
        ({"price_currency": None}, "Field 34: Price currency needs a value"),
        (
            {"quantity_currency": "EUR"},
            "Field 31: Quantity currency has a value, but the value it belongs to is missing",
        ),
        ({"waiver_indicators": "OILQ|NLIQ"}, None),
        ({"waiver_indicators": "|".join(["OILQ"] * 7)}, "Field 61: Waiver indicators may have at most 6 values"),
        ({"seller_birth_date": None, "seller_lei": None}, None),
    ],
)
def test_a_fault_is_told_by_field_and_column(
    pack: Pack, new_record: dict[str, Any], change: dict[str, Any], message: str | None
) -> None:
    found = [text for text, _ in messages(pack, new_record | change)]

    if message is None:
        assert not any("Net amount" in text or "Waiver" in text or "Birth" in text for text in found)
    else:
        assert found == [message]


def test_two_branches_of_a_choice_are_one_fault(pack: Pack, new_record: dict[str, Any]) -> None:
    (found,) = messages(pack, new_record | {"buyer_mic": "XETR"})

    assert found[0].startswith("Fields 7, 9: exactly one of Buyer LEI, Buyer MIC, Buyer first names, Buyer internal")


def test_a_person_needs_every_part_the_message_demands(pack: Pack, new_record: dict[str, Any]) -> None:
    found = [text for text, _ in messages(pack, new_record | {"buyer_lei": None, "buyer_surnames": "MEIER"})]

    assert found == [
        "Field 9: Buyer first names needs a value",
        "Field 11: Buyer birth date needs a value",
        "Field 7: Buyer person ID needs a value",
        "Field 7: Buyer person ID scheme must be one of NIDN, CCPT, CONCAT",
    ]


def test_a_cancellation_is_not_judged_by_columns_it_does_not_carry(pack: Pack, new_record: dict[str, Any]) -> None:
    cancelled = new_record | {
        "report_status": "CANC",
        "venue": "no venue",
        "buyer_mic": "XETR",
        "quantity_currency": "eur",
    }

    assert messages(pack, cancelled, new_record) == []
    assert [text for text, _ in messages(pack, cancelled | {"submitting_entity_lei": None})] == [
        "Field 6: Submitting entity LEI needs a value"
    ]


def test_a_mandatory_column_that_is_not_mapped_fails_every_record(pack: Pack, new_record: dict[str, Any]) -> None:
    mapped = [name for name in new_record if name != "venue"]

    assert messages(pack, new_record, new_record, mapped=mapped) == [("Field 36: Venue needs a value", [0, 1])]


def test_characters_that_xml_forbids_never_reach_a_file(pack: Pack, new_record: dict[str, Any]) -> None:
    person = {
        "buyer_lei": None,
        "buyer_first_names": "ANNA",
        "buyer_surnames": "MEIER",
        "buyer_birth_date": RecordMaker(pack, 0).value(pack.columns["buyer_birth_date"]),
        "buyer_person_id": "DE1",
        "buyer_person_id_scheme": "CONCAT",
    }
    forbidden = [chr(code) for code in (0, 1, 8, 11, 12, 14, 31, 0xFFFE, 0xFFFF)]
    allowed = ["\t", "\n", "\r", "\x7f", "\x85", "\ud7ff", "\ue000", "\ufffd", "\U0010ffff"]
    records = [new_record | person | {"buyer_surnames": f"A{one}B"} for one in (*forbidden, *allowed)]

    assert messages(pack, *records) == [
        ("Field 10: Buyer surnames must not hold a character that XML forbids", list(range(len(forbidden))))
    ]


def test_a_failure_names_rule_columns_and_fields(pack: Pack, new_record: dict[str, Any]) -> None:
    checker = StructureChecker(pack.message.record, pack.columns, list(pack.columns))

    (failure,) = checker.find_failures(to_frame(pack, [new_record | {"venue": None}]))

    assert (failure.rule_id, failure.columns, failure.fields) == ("MR-01", ("venue",), (36,))
    assert failure.rows.dtype == pl.Boolean


def test_a_frame_without_rows_fails_nothing(pack: Pack) -> None:
    assert messages(pack, mapped=["venue"]) == []
