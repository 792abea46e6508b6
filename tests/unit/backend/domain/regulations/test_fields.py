"""The fields of the pack against a list written down from the message definition, not from the pack."""

from __future__ import annotations

import pytest

from backend.domain.expressions.types import Kind
from backend.domain.regulations import Pack
from backend.domain.regulations.model import Requirement

OTHR = "New/FinInstrm/Othr"
DIA = f"{OTHR}/DerivInstrmAttrbts"
GA = f"{OTHR}/FinInstrmGnlAttrbts"

#: Every field with the places its value can stand at; buyer and seller blocks are added below.
PLACES: dict[int, set[str]] = {
    1: {"New", "Cxl"},
    2: {"New/TxId", "Cxl/TxId"},
    3: {"New/Tx/TradPlcMtchgId"},
    4: {"New/ExctgPty", "Cxl/ExctgPty"},
    5: {"New/InvstmtPtyInd"},
    6: {"New/SubmitgPty", "Cxl/SubmitgPty"},
    25: {"New/OrdrTrnsmssn/TrnsmssnInd"},
    26: {"New/OrdrTrnsmssn/TrnsmttgBuyr"},
    27: {"New/OrdrTrnsmssn/TrnsmttgSellr"},
    28: {"New/Tx/TradDt"},
    29: {"New/Tx/TradgCpcty"},
    30: {"New/Tx/Qty/Unit", "New/Tx/Qty/NmnlVal", "New/Tx/Qty/MntryVal"},
    31: {"New/Tx/Qty/NmnlVal/@Ccy", "New/Tx/Qty/MntryVal/@Ccy"},
    32: {"New/Tx/DerivNtnlChng"},
    33: {
        "New/Tx/Pric/Pric/MntryVal/Amt",
        "New/Tx/Pric/Pric/MntryVal/Sgn",
        "New/Tx/Pric/Pric/Pctg",
        "New/Tx/Pric/Pric/Yld",
        "New/Tx/Pric/Pric/BsisPts",
        "New/Tx/Pric/NoPric/Pdg",
    },
    34: {"New/Tx/Pric/Pric/MntryVal/Amt/@Ccy", "New/Tx/Pric/NoPric/Ccy"},
    35: {"New/Tx/NetAmt"},
    36: {"New/Tx/TradVn"},
    37: {"New/Tx/CtryOfBrnch"},
    38: {"New/Tx/UpFrntPmt/Amt", "New/Tx/UpFrntPmt/Sgn"},
    39: {"New/Tx/UpFrntPmt/Amt/@Ccy"},
    40: {"New/Tx/CmplxTradCmpntId"},
    41: {"New/FinInstrm/Id", f"{GA}/Id"},
    42: {f"{GA}/FullNm"},
    43: {f"{GA}/ClssfctnTp"},
    44: {f"{GA}/NtnlCcy"},
    45: {f"{DIA}/AsstClssSpcfcAttrbts/Intrst/OthrNtnlCcy", f"{DIA}/AsstClssSpcfcAttrbts/FX/OthrNtnlCcy"},
    46: {f"{DIA}/PricMltplr"},
    47: {
        f"{DIA}/UndrlygInstrm/{branch}/{place}/ISIN"
        for branch in ("Othr", "Swp/SwpIn", "Swp/SwpOut")
        for place in ("Sngl", "Sngl/Indx", "Bskt", "Bskt/Indx", "Bskt/Indx[2]")
    },
    48: {
        f"{DIA}/UndrlygInstrm/{branch}/{place}/Nm/RefRate/{form}"
        for branch in ("Othr", "Swp/SwpIn", "Swp/SwpOut")
        for place in ("Sngl/Indx", "Bskt/Indx", "Bskt/Indx[2]")
        for form in ("Indx", "Nm")
    },
    49: {
        f"{DIA}/UndrlygInstrm/{branch}/{place}/Nm/Term/{part}"
        for branch in ("Othr", "Swp/SwpIn", "Swp/SwpOut")
        for place in ("Sngl/Indx", "Bskt/Indx", "Bskt/Indx[2]")
        for part in ("Unit", "Val")
    },
    50: {f"{DIA}/OptnTp"},
    51: {
        f"{DIA}/StrkPric/Pric/MntryVal/Amt",
        f"{DIA}/StrkPric/Pric/MntryVal/Sgn",
        f"{DIA}/StrkPric/Pric/Pctg",
        f"{DIA}/StrkPric/Pric/Yld",
        f"{DIA}/StrkPric/Pric/BsisPts",
        f"{DIA}/StrkPric/NoPric/Pdg",
    },
    52: {f"{DIA}/StrkPric/Pric/MntryVal/Amt/@Ccy", f"{DIA}/StrkPric/NoPric/Ccy"},
    53: {f"{DIA}/OptnExrcStyle"},
    54: {f"{OTHR}/DebtInstrmAttrbts/MtrtyDt"},
    55: {f"{DIA}/XpryDt"},
    56: {f"{DIA}/DlvryTp"},
    57: {
        "New/InvstmtDcsnPrsn/Prsn/Othr/Id",
        "New/InvstmtDcsnPrsn/Prsn/Othr/SchmeNm/Cd",
        "New/InvstmtDcsnPrsn/Prsn/Othr/SchmeNm/Prtry",
        "New/InvstmtDcsnPrsn/Algo",
    },
    58: {"New/InvstmtDcsnPrsn/Prsn/CtryOfBrnch"},
    59: {
        "New/ExctgPrsn/Prsn/Othr/Id",
        "New/ExctgPrsn/Prsn/Othr/SchmeNm/Cd",
        "New/ExctgPrsn/Prsn/Othr/SchmeNm/Prtry",
        "New/ExctgPrsn/Algo",
        "New/ExctgPrsn/Clnt",
    },
    60: {"New/ExctgPrsn/Prsn/CtryOfBrnch"},
    61: {"New/AddtlAttrbts/WvrInd"},
    62: {"New/AddtlAttrbts/ShrtSellgInd"},
    63: {"New/AddtlAttrbts/OTCPstTradInd"},
    64: {"New/AddtlAttrbts/RskRdcgTx"},
    65: {"New/AddtlAttrbts/SctiesFincgTxInd"},
}

for start, side in ((7, "Buyr"), (16, "Sellr")):
    owners = [f"New/{side}/AcctOwnr", f"New/{side}/AcctOwnr[2]"]
    makers = [f"New/{side}/DcsnMakr", f"New/{side}/DcsnMakr[2]"]
    document = ("Prsn/Othr/Id", "Prsn/Othr/SchmeNm/Cd", "Prsn/Othr/SchmeNm/Prtry")
    PLACES[start] = {f"{owner}/Id/{form}" for owner in owners for form in ("LEI", "MIC", "Intl", *document)}
    PLACES[start + 1] = {f"{owner}/CtryOfBrnch" for owner in owners}
    PLACES[start + 5] = {f"{maker}/{form}" for maker in makers for form in ("LEI", *document)}
    for offset, name in enumerate(("FrstNm", "Nm", "BirthDt"), start=2):
        PLACES[start + offset] = {f"{owner}/Id/Prsn/{name}" for owner in owners}
        PLACES[start + offset + 4] = {f"{maker}/Prsn/{name}" for maker in makers}

MANDATORY = {1, 2, 4, 5, 6, 7, 16, 25, 28, 29, 30, 33, 36, 59, 65}
PERSONAL = {7, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 57, 59}


def test_all_65_fields_stand_in_the_pack_in_order(pack: Pack) -> None:
    assert [entry.number for entry in pack.fields] == list(range(1, 66))


@pytest.mark.parametrize("number", range(1, 66))
def test_the_columns_of_a_field_cover_exactly_its_places(pack: Pack, number: int) -> None:
    entry = pack.fields[number - 1]
    places = [xpath for name in entry.columns for xpath in pack.columns[name].xpaths]
    assert len(places) == len(set(places))
    assert set(places) == PLACES[number]


def test_only_what_every_new_report_carries_is_mandatory(pack: Pack) -> None:
    assert {entry.number for entry in pack.fields if entry.requirement is Requirement.MANDATORY} == MANDATORY


def test_every_field_that_identifies_a_person_is_marked(pack: Pack) -> None:
    assert {entry.number for entry in pack.fields if entry.pii} == PERSONAL
    marked = {name for name, column in pack.columns.items() if column.pii}
    endings = ("_person_id", "_first_names", "_surnames", "_birth_date")
    assert marked == {name for name in pack.columns if name.endswith(endings)}


def test_every_field_carries_a_citation_and_says_what_its_condition_rests_on(pack: Pack) -> None:
    for entry in pack.fields:
        assert entry.citation.endswith(f"field {entry.number}")
        assert (entry.condition is None) == (entry.condition_source is None)


def test_a_cancellation_carries_four_fields(pack: Pack) -> None:
    assert {pack.columns[name].field for name in pack.cancellation.columns} == {1, 2, 4, 6}
    assert set(pack.cancellation.columns) == {
        "report_status",
        "transaction_reference_number",
        "executing_entity_lei",
        "submitting_entity_lei",
    }


def test_a_decimal_column_holds_every_value_its_facets_allow(pack: Pack) -> None:
    for column in pack.columns.values():
        if column.type.kind is Kind.DECIMAL:
            precision, scale = column.type.digits
            assert scale == column.format.fraction_digits
            assert precision - scale >= (column.format.total_digits or 0), column.name


def test_the_columns_keep_the_names_reports_are_written_with(pack: Pack) -> None:
    assert set(pack.columns) >= {
        "report_status", "transaction_reference_number", "venue_transaction_id", "executing_entity_lei",
        "investment_firm", "submitting_entity_lei", "buyer_lei", "buyer_mic", "buyer_person_id",
        "buyer_person_id_scheme", "buyer_internal", "buyer_first_names", "buyer_surnames", "buyer_birth_date",
        "buyer_branch_country", "buyer_decision_maker_lei", "buyer_decision_maker_person_id",
        "buyer_decision_maker_person_id_scheme", "buyer_decision_maker_first_names", "buyer_2_lei", "seller_2_lei",
        "seller_internal", "order_transmission", "transmitting_firm_buyer_lei", "transmitting_firm_seller_lei",
        "trading_datetime", "trading_capacity", "quantity_unit", "quantity_nominal", "quantity_monetary",
        "quantity_currency", "derivative_notional_change", "price_monetary", "price_sign", "price_percentage",
        "price_yield", "price_basis_points", "price_pending", "price_currency", "net_amount", "venue",
        "branch_membership_country", "up_front_payment", "up_front_payment_sign", "up_front_payment_currency",
        "complex_trade_component_id", "instrument_isin", "instrument_other_isin", "instrument_full_name",
        "instrument_classification", "notional_currency_1", "notional_currency_2_interest", "notional_currency_2_fx",
        "price_multiplier", "underlying_isin", "underlying_basket_isin", "underlying_index_isin",
        "underlying_index_code", "underlying_index_name", "index_term_unit", "index_term_value", "swap_in_isin",
        "swap_out_isin", "option_type", "strike_price_monetary", "strike_price_currency", "exercise_style",
        "maturity_date", "expiry_date", "delivery_type", "investment_decision_person_id",
        "investment_decision_person_id_scheme", "investment_decision_branch_country",
        "investment_decision_algorithm", "execution_person_id", "execution_branch_country", "execution_algorithm",
        "execution_client", "waiver_indicators", "short_selling_indicator", "otc_post_trade_indicators",
        "commodity_risk_reducing", "securities_financing",
    }  # fmt: skip


def test_the_groups_of_the_classification_are_those_of_an_independent_table(pack: Pack) -> None:
    from stdnum import numdb  # noqa: PLC0415  the oracle is needed here only

    table = numdb.get("cfi")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    known = set()
    for code in (first + second for first in letters for second in letters):
        found = table.info(f"{code}XXXX")
        if len(found) > 1 and found[1][1]:
            known.add(code)
    assert set(pack.code_lists["cfi_group"].codes) == known
