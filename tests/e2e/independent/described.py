"""What a source row must look like in the file, written from the demo's README and the regulation's field table.

A described record is the list of its leaves in document order: (path below ``Tx``, value). Attributes are leaves too
(``.../@Ccy``), a second element of the same name carries its number (``AcctOwnr[2]``). ``MISSING`` stands where the
regulation wants a value and the row has none.

Nothing here may be imported from the product: this is the second opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

Row = Mapping[str, Any]
Leaf = tuple[str, Any]

MISSING: Final = object()
RATE_CODES: Final = frozenset({"EURI", "STBO", "LIBO", "CIBO", "PRBO", "SWAP"})

SCHEMES: Final = {"NATIONAL": "Cd", "PASSPORT": "Cd", "CONCAT": "Prtry"}
SCHEME_CODES: Final = {"NATIONAL": "NIDN", "PASSPORT": "CCPT", "CONCAT": "CONCAT"}
CAPACITIES: Final = {"PRINCIPAL": "DEAL", "RISKLESS": "MTCH", "AGENCY": "AOTC"}
SHORT_SALES: Final = {"NOT_SHORT": "SELL", "SHORT": "SESH", "SHORT_EXEMPT": "SSEX", "NOT_KNOWN": "UNDI"}
OPTIONS: Final = {"CALL": "CALL", "PUT": "PUTO", "CHOOSER": "OTHR"}
EXERCISES: Final = {"EUROPEAN": "EURO", "AMERICAN": "AMER", "BERMUDAN": "BERM", "ASIAN": "ASIA", "OTHER": "OTHR"}
DELIVERIES: Final = {"PHYSICAL": "PHYS", "CASH": "CASH", "OPTIONAL": "OPTL"}
TERM_UNITS: Final = {"D": "DAYS", "W": "WEEK", "M": "MNTH", "Y": "YEAR"}


def describe(row: Row) -> list[Leaf]:
    """All leaves the row's record must have, and no others."""
    if row["action"] == "CANCEL":
        return [
            ("Cxl/TxId", row["trade_ref"]),
            ("Cxl/ExctgPty", row["entity_lei"]),
            ("Cxl/SubmitgPty", row["submitter_lei"]),
        ]
    leaves = [
        ("TxId", row["trade_ref"]),
        ("ExctgPty", row["entity_lei"]),
        ("InvstmtPtyInd", row["is_investment_firm"]),
        ("SubmitgPty", row["submitter_lei"]),
        *_side(row, "Buyr", "buying", "BUY"),
        *_side(row, "Sellr", "selling", "SELL"),
        *_transmission(row),
        *_transaction(row),
        *_instrument(row),
        *_firm_people(row),
        *_indicators(row),
    ]
    return [(f"New/{path}", value) for path, value in leaves]


def _side(row: Row, element: str, side: str, own: str) -> Iterator[Leaf]:
    """Fields 7 to 15 and 16 to 24."""
    is_own = row["own_side"] == own
    owner = f"{element}/AcctOwnr"
    yield from _owner(row, owner, side, is_own=is_own)
    if is_own and row["order_country"]:
        yield f"{owner}/CtryOfBrnch", row["order_country"]
    if is_own and row["joint_client_id"] is not None:
        yield from _person(row, f"{owner}[2]/Id/Prsn", "joint")
    maker = f"{element}/DcsnMakr"
    if is_own and row["is_discretionary"]:
        yield f"{maker}/LEI", row["entity_lei"]
    elif row[f"{side}_agent_type"] == "FIRM":
        yield f"{maker}/LEI", row[f"{side}_agent_lei"]
    elif row[f"{side}_agent_type"] == "PERSON":
        yield from _person(row, f"{maker}/Prsn", f"{side}_agent")


def _owner(row: Row, owner: str, side: str, *, is_own: bool) -> Iterator[Leaf]:
    kind = row[f"{side}_type"]
    if kind == "PERSON":
        yield from _person(row, f"{owner}/Id/Prsn", side)
    elif kind == "FIRM":
        yield f"{owner}/Id/LEI", row[f"{side}_lei"]
    elif row["is_aggregated"] if is_own else row["is_counterparty_aggregated"]:
        yield f"{owner}/Id/Intl", "INTC"
    elif is_own and row["capacity"] == "PRINCIPAL":
        yield f"{owner}/Id/LEI", row["entity_lei"]
    elif not is_own and row["counterparty_mic"] is not None:
        yield f"{owner}/Id/MIC", row["counterparty_mic"]
    else:
        yield f"{owner}/Id/LEI", MISSING


def _person(row: Row, path: str, prefix: str) -> Iterator[Leaf]:
    first_names, surnames = row[f"{prefix}_first_names"], row[f"{prefix}_surnames"]
    yield f"{path}/FrstNm", MISSING if first_names is None else ",".join(first_names.upper().split(" "))
    yield f"{path}/Nm", MISSING if surnames is None else surnames.upper()
    born = row[f"{prefix}_birth_date"]
    yield f"{path}/BirthDt", MISSING if born is None else born
    yield from _document(row, f"{path}/Othr", prefix)


def _document(row: Row, path: str, prefix: str) -> Iterator[Leaf]:
    kind = row[f"{prefix}_id_type"]
    number = (
        f"{row[f'{prefix}_birth_date']:%Y%m%d}{row[f'{prefix}_name_key']}"
        if kind == "CONCAT"
        else row[f"{prefix}_id_number"]
    )
    yield f"{path}/Id", MISSING if number is None else row[f"{prefix}_nationality"] + number
    yield f"{path}/SchmeNm/{SCHEMES[kind]}", SCHEME_CODES[kind]


def _transmission(row: Row) -> Iterator[Leaf]:
    yield "OrdrTrnsmssn/TrnsmssnInd", row["is_order_passed_on"]
    if row["transmitter_lei"] is not None:
        yield f"OrdrTrnsmssn/{'TrnsmttgBuyr' if row['own_side'] == 'BUY' else 'TrnsmttgSellr'}", row["transmitter_lei"]


def _transaction(row: Row) -> Iterator[Leaf]:
    yield "Tx/TradDt", row["executed_at"]
    yield "Tx/TradgCpcty", CAPACITIES.get(row["capacity"], MISSING)
    form = {"U": "Unit", "N": "NmnlVal", "M": "MntryVal"}[row["quantity_type"]]
    yield f"Tx/Qty/{form}", row["quantity"]
    if form != "Unit":
        yield f"Tx/Qty/{form}/@Ccy", row["quantity_currency"]
    if row["notional_change"] is not None:
        yield "Tx/DerivNtnlChng", {"INCREASE": "INCR", "DECREASE": "DECR"}[row["notional_change"]]
    always_signed = row["asset_class"] == "COMMODITY"
    yield from _price("Tx/Pric", row["price_form"], row["price"], row["price_currency"], always_signed=always_signed)
    yield from _given("Tx/NetAmt", row["net_amount"])
    yield "Tx/TradVn", row["venue"]
    yield from _given("Tx/CtryOfBrnch", row["membership_country"])
    if row["upfront_amount"] is not None:
        yield "Tx/UpFrntPmt/Amt", abs(row["upfront_amount"])
        yield "Tx/UpFrntPmt/Amt/@Ccy", row["upfront_currency"]
        yield "Tx/UpFrntPmt/Sgn", row["upfront_amount"] >= 0
    yield from _given("Tx/TradPlcMtchgId", row["venue_trade_id"])
    yield from _given("Tx/CmplxTradCmpntId", row["package_id"] or None)


def _price(path: str, form: str, price: Any, currency: str | None, *, always_signed: bool = False) -> Iterator[Leaf]:
    """Fields 33 and 34, 51 and 52."""
    if form in ("PENDING", "NONE"):
        yield f"{path}/NoPric/Pdg", "PNDG" if form == "PENDING" else "NOAP"
        yield from _given(f"{path}/NoPric/Ccy", currency)
        return
    element = {"MONEY": "MntryVal", "PERCENT": "Pctg", "YIELD": "Yld", "BPS": "BsisPts"}[form]
    if price is None:
        yield f"{path}/Pric/{element}", MISSING
    elif form == "MONEY":
        yield f"{path}/Pric/MntryVal/Amt", abs(price)
        yield f"{path}/Pric/MntryVal/Amt/@Ccy", currency
        if price < 0 or always_signed:
            yield f"{path}/Pric/MntryVal/Sgn", price >= 0
    else:
        yield f"{path}/Pric/{element}", price


def _instrument(row: Row) -> Iterator[Leaf]:
    if row["in_reference_data"]:
        yield "FinInstrm/Id", row["isin"]
        return
    general = "FinInstrm/Othr/FinInstrmGnlAttrbts"
    yield from _given(f"{general}/Id", row["isin"])
    yield f"{general}/FullNm", row["full_name"]
    yield f"{general}/ClssfctnTp", row["cfi"]
    yield from _given(f"{general}/NtnlCcy", row["notional_currency"])
    yield from _given("FinInstrm/Othr/DebtInstrmAttrbts/MtrtyDt", row["maturity_date"])
    contract = "FinInstrm/Othr/DerivInstrmAttrbts"
    yield from _given(f"{contract}/XpryDt", row["expiry_date"])
    yield f"{contract}/PricMltplr", row["multiplier"]
    yield from _underlying(row, f"{contract}/UndrlygInstrm")
    if row["option_kind"] is not None:
        yield f"{contract}/OptnTp", OPTIONS[row["option_kind"]]
        yield from _price(f"{contract}/StrkPric", row["strike_form"], row["strike"], row["strike_currency"])
        yield f"{contract}/OptnExrcStyle", EXERCISES[row["exercise"]]
    yield f"{contract}/DlvryTp", DELIVERIES[row["settlement"]]
    if row["other_notional_currency"] is not None:
        kind = {"RATES": "Intrst", "FX": "FX"}[row["asset_class"]]
        yield f"{contract}/AsstClssSpcfcAttrbts/{kind}/OthrNtnlCcy", row["other_notional_currency"]


def _underlying(row: Row, path: str) -> Iterator[Leaf]:
    kind = row["underlying_type"]
    if kind == "SINGLE":
        yield f"{path}/Othr/Sngl/ISIN", row["underlying_isin"]
    elif kind == "BASKET":
        yield from _constituents(f"{path}/Othr/Bskt", row["underlying_basket_isins"])
    elif kind == "INDEX":
        yield from _index(f"{path}/Othr/Sngl/Indx", row["index_name"], row["index_tenor"], row["index_isin"])
    elif kind == "INDEX_PAIR":
        yield from _index(f"{path}/Othr/Bskt/Indx", row["index_name"], None, row["index_isin"])
        yield from _index(f"{path}/Othr/Bskt/Indx[2]", row["second_index_name"])
    else:
        yield from _leg(row, f"{path}/Swp/SwpIn", "received")
        yield from _leg(row, f"{path}/Swp/SwpOut", "paid")


def _leg(row: Row, path: str, leg: str) -> Iterator[Leaf]:
    if row[f"{leg}_basket_isins"] is not None:
        yield from _constituents(f"{path}/Bskt", row[f"{leg}_basket_isins"])
    elif row[f"{leg}_isin"] is not None:
        yield f"{path}/Sngl/ISIN", row[f"{leg}_isin"]
    elif row[f"{leg}_second_index_name"] is not None:
        yield from _index(f"{path}/Bskt/Indx", row[f"{leg}_index_name"])
        yield from _index(f"{path}/Bskt/Indx[2]", row[f"{leg}_second_index_name"])
    else:
        yield from _index(f"{path}/Sngl/Indx", row[f"{leg}_index_name"], row[f"{leg}_index_tenor"])


def _index(path: str, name: str, tenor: str | None = None, isin: str | None = None) -> Iterator[Leaf]:
    yield from _given(f"{path}/ISIN", isin)
    yield f"{path}/Nm/RefRate/{'Indx' if name in RATE_CODES else 'Nm'}", name
    if tenor is not None:
        yield f"{path}/Nm/Term/Unit", TERM_UNITS[tenor[-1]]
        yield f"{path}/Nm/Term/Val", int(tenor[:-1])


def _constituents(path: str, isins: str) -> Iterator[Leaf]:
    yield from _numbered(f"{path}/ISIN", isins.split(","))


def _firm_people(row: Row) -> Iterator[Leaf]:
    if row["decider_nationality"] is not None:
        yield "InvstmtDcsnPrsn/Prsn/CtryOfBrnch", row["decider_branch"]
        yield from _document(row, "InvstmtDcsnPrsn/Prsn/Othr", "decider")
    yield from _given("InvstmtDcsnPrsn/Algo", row["deciding_algorithm"])
    if row["trader_nationality"] is not None:
        yield "ExctgPrsn/Prsn/CtryOfBrnch", row["trader_branch"]
        yield from _document(row, "ExctgPrsn/Prsn/Othr", "trader")
    yield from _given("ExctgPrsn/Algo", row["executing_algorithm"])
    if row["is_client_directed"]:
        yield "ExctgPrsn/Clnt", "NORE"


def _indicators(row: Row) -> Iterator[Leaf]:
    if row["waivers"]:
        yield from _numbered("AddtlAttrbts/WvrInd", row["waivers"].split(","))
    yield from _given("AddtlAttrbts/ShrtSellgInd", SHORT_SALES[row["short_sale"]] if row["short_sale"] else None)
    if row["otc_flags"]:
        yield from _numbered("AddtlAttrbts/OTCPstTradInd", row["otc_flags"].split(","))
    yield from _given("AddtlAttrbts/RskRdcgTx", row["is_commodity_hedge"])
    yield "AddtlAttrbts/SctiesFincgTxInd", row["is_securities_financing"]


def _given(path: str, value: Any) -> Iterator[Leaf]:
    if value is not None:
        yield path, value


def _numbered(path: str, values: list[str]) -> Iterator[Leaf]:
    for number, value in enumerate(values, start=1):
        yield path if number == 1 else f"{path}[{number}]", value
