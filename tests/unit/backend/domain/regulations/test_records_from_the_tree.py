"""Records written by walking the pack's tree are valid in the official schemas, for every branch of every choice.

The walk below is a plain reading of what ``Element`` promises (presence, conditions, order); it is not the renderer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from lxml import etree

from backend.domain.regulations.model import VALUE_SEPARATOR, Element, EnvelopeElement, Pack

pytestmark = pytest.mark.schemas

LEI = "529900T8BM49AURSDO55"
PERSON = {
    "person_id": "FR19800113ANNA#DUPON",
    "person_id_scheme": "CONCAT",
    "first_names": "ANNA",
    "surnames": "DUPONT",
    "birth_date": "1980-01-13",
}
MINIMAL = {
    "report_status": "NEWT",
    "transaction_reference_number": "T1",
    "executing_entity_lei": LEI,
    "investment_firm": "true",
    "submitting_entity_lei": LEI,
    "buyer_lei": LEI,
    "seller_lei": LEI,
    "order_transmission": "false",
    "trading_datetime": "2024-03-01T10:11:12.123456Z",
    "trading_capacity": "DEAL",
    "quantity_unit": "1",
    "price_monetary": "1.5",
    "price_currency": "EUR",
    "venue": "XOFF",
    "instrument_isin": "DE0007164600",
    "execution_client": "NORE",
    "securities_financing": "false",
}
IN_FULL = {
    "instrument_isin": None,
    "instrument_full_name": "SWAP",
    "instrument_classification": "SRCCSP",
    "price_multiplier": "1",
    "delivery_type": "CASH",
    "underlying_isin": "DE0007164600",
}
INDEX = {"index_code": "EURI", "index_term_unit": "MNTH", "index_term_value": "3"}


def person(prefix: str, **changes: str) -> dict[str, str | None]:
    return {f"{prefix}_{name}": value for name, value in {**PERSON, **changes}.items()}


def document(prefix: str, **changes: str) -> dict[str, str | None]:
    values = {"person_id": "DE1234567", "person_id_scheme": "NIDN", "branch_country": "DE", **changes}
    return {f"{prefix}_{name}": value for name, value in values.items()}


RECORDS: dict[str, Mapping[str, str | None]] = {
    "minimal": {},
    "cancellation": {"report_status": "CANC"},
    "buyer and seller mic": {"buyer_lei": None, "buyer_mic": "XETR", "seller_lei": None, "seller_mic": "XETR"},
    "buyer person": {"buyer_lei": None, **person("buyer"), "buyer_branch_country": "FR"},
    "seller person with passport": {
        "seller_lei": None,
        **person("seller", person_id="FI12-34+5", person_id_scheme="CCPT"),
    },
    "internal on both sides": {
        "buyer_lei": None,
        "buyer_internal": "INTC",
        "seller_lei": None,
        "seller_internal": "INTC",
    },
    "two buyers": {**person("buyer_2", person_id_scheme="NIDN"), "buyer_2_branch_country": "FR"},
    "two sellers": {"seller_2_mic": "XETR"},
    "decision makers": {
        "buyer_decision_maker_lei": LEI,
        **person("buyer_decision_maker_2"),
        **person("seller_decision_maker", person_id_scheme="NIDN"),
        "seller_decision_maker_2_lei": LEI,
    },
    "transmission": {"transmitting_firm_buyer_lei": LEI, "transmitting_firm_seller_lei": LEI},
    "nominal": {"quantity_unit": None, "quantity_nominal": "100.5", "quantity_currency": "EUR"},
    "monetary": {"quantity_unit": None, "quantity_monetary": "100.5", "quantity_currency": "EUR"},
    "notional change": {"derivative_notional_change": "INCR", "complex_trade_component_id": "C1", "net_amount": "0"},
    "signed price": {"price_sign": "false"},
    "percentage": {"price_monetary": None, "price_percentage": "-0.5"},
    "yield": {"price_monetary": None, "price_yield": "1.25"},
    "basis points": {"price_monetary": None, "price_basis_points": "-12.5"},
    "no price": {"price_monetary": None, "price_pending": "NOAP"},
    "no price, no currency": {"price_monetary": None, "price_pending": "PNDG", "price_currency": None},
    "up-front": {
        "up_front_payment": "12",
        "up_front_payment_sign": "true",
        "up_front_payment_currency": "USD",
        "venue": "XETR",
        "branch_membership_country": "DE",
        "venue_transaction_id": "V1",
    },
    "in full": {**IN_FULL, "instrument_other_isin": "DE0007164600", "notional_currency_1": "EUR"},
    "debt": {**IN_FULL, "maturity_date": "2030-01-01", "expiry_date": "2030-01-01"},
    "index": {
        **IN_FULL,
        "underlying_isin": None,
        "underlying_index_isin": "DE0007164600",
        **{name if "term" in name else f"underlying_{name}": value for name, value in INDEX.items()},
    },
    "named index": {**IN_FULL, "underlying_isin": None, "underlying_index_name": "OWN INDEX"},
    "basket": {
        **IN_FULL,
        "underlying_isin": None,
        "underlying_basket_isin": "DE0007164600|FR0000131104|DE0005190003",
        **{f"underlying_basket_{name}": value for name, value in INDEX.items()},
        "underlying_basket_index_2_name": "X",
        "underlying_basket_index_isin": "DE0007164600",
    },
    "swap of singles": {
        **IN_FULL,
        "underlying_isin": None,
        "swap_in_isin": "DE0007164600",
        "swap_out_index_code": "LIBO",
        "swap_out_index_isin": "FR0000131104",
        "swap_out_index_term_unit": "DAYS",
        "swap_out_index_term_value": "1",
    },
    "swap of baskets": {
        **IN_FULL,
        "underlying_isin": None,
        "swap_in_basket_isin": "DE0007164600|FR0000131104",
        "swap_in_basket_index_code": "EURI",
        "swap_in_basket_index_term_unit": "YEAR",
        "swap_in_basket_index_term_value": "10",
        "swap_out_basket_index_name": "A",
        "swap_out_basket_index_2_name": "B",
        "swap_in_basket_index_2_isin": "FR0000131104",
        "swap_in_basket_index_2_name": "B",
    },
    "swap with one leg": {**IN_FULL, "underlying_isin": None, "swap_in_index_name": "A"},
    "option": {
        **IN_FULL,
        "option_type": "CALL",
        "exercise_style": "EURO",
        "strike_price_monetary": "3",
        "strike_price_currency": "EUR",
        "strike_price_sign": "true",
        "notional_currency_2_fx": "USD",
    },
    "strike percentage": {**IN_FULL, "strike_price_percentage": "1", "notional_currency_2_interest": "USD"},
    "strike yield": {**IN_FULL, "strike_price_yield": "1"},
    "strike basis points": {**IN_FULL, "strike_price_basis_points": "1"},
    "strike pending": {**IN_FULL, "strike_price_pending": "PNDG", "strike_price_currency": "EUR"},
    "deciding person": {
        **document("investment_decision", person_id_scheme="CONCAT"),
        "execution_client": None,
        **document("execution", person_id_scheme="CCPT"),
    },
    "deciding person, other schemes": {
        **document("investment_decision"),
        "execution_client": None,
        **document("execution", person_id="DE19800113ANNA#DUPON", person_id_scheme="CONCAT"),
    },
    "deciding algorithm": {
        "investment_decision_algorithm": "ALGO1",
        "execution_client": None,
        "execution_algorithm": "ALGO2",
    },
    "indicators": {
        "waiver_indicators": "OILQ|NLIQ|PRIC|ILQD|RFPT|SIZE",
        "short_selling_indicator": "SESH",
        "otc_post_trade_indicators": "BENC|ACTX|ILQD|SIZE|CANC|AMND|SDIV|RPRI|DUPL|LRGS|TNCP|TPAC|XFPH",
        "commodity_risk_reducing": "true",
    },
}


def written(element: Element, record: Mapping[str, str | None]) -> bool:
    if element.when is not None and record.get(element.when.column) not in element.when.values:
        return False
    if element.column is not None:
        return record.get(element.column) is not None
    return any(record.get(name) is not None for name in element.presence_columns())


def render(element: Element, record: Mapping[str, str | None]) -> Iterator[str]:
    attributes = "".join(
        f' {name}="{record[column]}"' for name, column in element.attributes if record.get(column) is not None
    )
    if element.column is not None:
        for value in (record[element.column] or "").split(VALUE_SEPARATOR):
            yield f"<{element.name}{attributes}>{value}</{element.name}>"
        return
    yield f"<{element.name}>"
    for child in element.children:
        if written(child, record):
            yield from render(child, record)
    yield f"</{element.name}>"


def wrap(element: EnvelopeElement, namespace: str, tokens: Mapping[str, str], records: str) -> str:
    declared = f' xmlns="{element.namespace}"' if element.namespace != namespace else ""
    inner = "".join(wrap(child, element.namespace, tokens, records) for child in element.children)
    text = element.text.format_map(tokens) if element.text else ""
    return f"<{element.name}{declared}>{inner}{text}{records if element.records else ''}</{element.name}>"


@pytest.fixture(scope="module")
def schema(mifir_schemas: Path, pack: Pack) -> etree.XMLSchema:
    imports = "".join(
        f'<xs:import namespace="{entry.namespace}" schemaLocation="{(mifir_schemas / entry.file_name).as_uri()}"/>'
        for entry in pack.message.schemas
    )
    return etree.XMLSchema(
        etree.fromstring(f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{imports}</xs:schema>')
    )


TOKENS = {
    "sender": LEI,
    "receiver": "DE",
    "business_message_identifier": "M-1",
    "message_definition": "auth.016.001.01",
    "created_at": "2024-03-01T10:11:12Z",
}


def file_of(pack: Pack, *records: Mapping[str, str | None], **tokens: str) -> etree._Element:
    body = "".join("".join(render(pack.message.record, {**MINIMAL, **record})) for record in records)
    return etree.fromstring(wrap(pack.message.envelope.root, "", {**TOKENS, **tokens}, body))


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_of_each_kind_is_valid(pack: Pack, schema: etree.XMLSchema, name: str) -> None:
    assert set(RECORDS[name]) <= set(pack.columns)
    document = file_of(pack, RECORDS[name])
    assert schema.validate(document), schema.error_log


@pytest.mark.parametrize("name", RECORDS)
def test_every_value_of_the_record_is_in_the_file_and_nothing_else(pack: Pack, name: str) -> None:
    record = {**MINIMAL, **RECORDS[name]}
    if record["report_status"] == "CANC":
        record = {column: record[column] for column in pack.cancellation.columns}
    no_place = {"price_percentage", "price_yield", "price_basis_points"} & {k for k, v in record.items() if v}
    given = {
        column: value
        for column, value in record.items()
        if value is not None and column != "report_status" and not (column == "price_currency" and no_place)
    }
    root = file_of(pack, RECORDS[name]).find(f".//{{{pack.message.namespace}}}Tx")
    found = [element.text for element in root.iter() if element.text]
    found += [value for element in root.iter() for value in element.attrib.values()]
    assert sorted(found) == sorted(part for value in given.values() for part in value.split(VALUE_SEPARATOR))


def test_the_records_hold_every_element_of_the_message(pack: Pack) -> None:
    wanted = {folded(path) for path, _ in pack.message.record.walk()}
    found = set()
    for transaction in file_of(pack, *RECORDS.values()).iter(f"{{{pack.message.namespace}}}Tx"):
        for element in transaction.iterdescendants():
            steps = [etree.QName(step).localname for step in (*reversed(list(element.iterancestors())), element)]
            found.add(folded("/".join(steps[steps.index("Tx") + 1 :])))
    assert wanted <= found


def folded(path: str) -> str:
    """The path with what exists twice folded together: copies of a group, buyer and seller, the legs of a swap."""
    return re.sub(r"\[\d+\]", "", path).replace("Sellr", "Buyr").replace("SwpOut", "SwpIn")


def test_a_file_with_records_of_every_kind_is_valid(pack: Pack, schema: etree.XMLSchema) -> None:
    assert schema.validate(file_of(pack, *RECORDS.values())), schema.error_log


def test_a_header_value_beyond_its_format_is_refused(pack: Pack, schema: etree.XMLSchema) -> None:
    assert not schema.validate(file_of(pack, {}, sender="X" * 36))
    assert not schema.validate(file_of(pack, {}, created_at="2024-03-01T10:11:12+01:00"))


def test_two_branches_of_a_choice_are_refused_by_the_schema(pack: Pack, schema: etree.XMLSchema) -> None:
    assert not schema.validate(file_of(pack, {"buyer_mic": "XETR"}))
