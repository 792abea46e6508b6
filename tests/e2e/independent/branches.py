"""The branches the message definition offers, read from the official XSD, and how often a file takes each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree
from records import TextLeaf

XS: Final = "{http://www.w3.org/2001/XMLSchema}"
RECORD_TYPE: Final = "ReportingTransactionType1Choice__1"
_NUMBER: Final = re.compile(r"\[\d+\]")

# XPaths of the 65 fields, below New; the table of the regulation's fields.
_OTHER = "FinInstrm/Othr/DerivInstrmAttrbts"
_SINGLE = f"{_OTHER}/UndrlygInstrm/(Othr|Swp/SwpIn|Swp/SwpOut)"
FIELDS: Final[dict[int, str]] = {
    1: "(New|Cxl)/TxId", 2: "(New|Cxl)/TxId", 3: "Tx/TradPlcMtchgId", 4: "(New|Cxl)/ExctgPty", 5: "InvstmtPtyInd",
    6: "(New|Cxl)/SubmitgPty",
    7: "Buyr/AcctOwnr/Id/(LEI|MIC|Prsn/Othr/Id|Intl)", 8: "Buyr/AcctOwnr/CtryOfBrnch",
    9: "Buyr/AcctOwnr/Id/Prsn/FrstNm",
    10: "Buyr/AcctOwnr/Id/Prsn/Nm", 11: "Buyr/AcctOwnr/Id/Prsn/BirthDt", 12: "Buyr/DcsnMakr/(LEI|Prsn/Othr/Id)",
    13: "Buyr/DcsnMakr/Prsn/FrstNm", 14: "Buyr/DcsnMakr/Prsn/Nm", 15: "Buyr/DcsnMakr/Prsn/BirthDt",
    16: "Sellr/AcctOwnr/Id/(LEI|MIC|Prsn/Othr/Id|Intl)", 17: "Sellr/AcctOwnr/CtryOfBrnch",
    18: "Sellr/AcctOwnr/Id/Prsn/FrstNm", 19: "Sellr/AcctOwnr/Id/Prsn/Nm", 20: "Sellr/AcctOwnr/Id/Prsn/BirthDt",
    21: "Sellr/DcsnMakr/(LEI|Prsn/Othr/Id)", 22: "Sellr/DcsnMakr/Prsn/FrstNm", 23: "Sellr/DcsnMakr/Prsn/Nm",
    24: "Sellr/DcsnMakr/Prsn/BirthDt", 25: "OrdrTrnsmssn/TrnsmssnInd", 26: "OrdrTrnsmssn/TrnsmttgBuyr",
    27: "OrdrTrnsmssn/TrnsmttgSellr", 28: "Tx/TradDt", 29: "Tx/TradgCpcty", 30: "Tx/Qty/(Unit|NmnlVal|MntryVal)",
    31: "Tx/Qty/(NmnlVal|MntryVal)/@Ccy", 32: "Tx/DerivNtnlChng",
    33: "Tx/Pric/(Pric/(MntryVal/Amt|Pctg|Yld|BsisPts)|NoPric/Pdg)", 34: "Tx/Pric/(Pric/MntryVal/Amt/@Ccy|NoPric/Ccy)",
    35: "Tx/NetAmt", 36: "Tx/TradVn", 37: "Tx/CtryOfBrnch", 38: "Tx/UpFrntPmt/Amt", 39: "Tx/UpFrntPmt/Amt/@Ccy",
    40: "Tx/CmplxTradCmpntId", 41: "FinInstrm/(Id|Othr/FinInstrmGnlAttrbts/Id)",
    42: "FinInstrm/Othr/FinInstrmGnlAttrbts/FullNm", 43: "FinInstrm/Othr/FinInstrmGnlAttrbts/ClssfctnTp",
    44: "FinInstrm/Othr/FinInstrmGnlAttrbts/NtnlCcy", 45: f"{_OTHER}/AsstClssSpcfcAttrbts/(Intrst|FX)/OthrNtnlCcy",
    46: f"{_OTHER}/PricMltplr", 47: f"{_SINGLE}/(Sngl|Bskt)/(ISIN|Indx/ISIN)",
    48: f"{_SINGLE}/(Sngl|Bskt)/Indx/Nm/RefRate/(Indx|Nm)", 49: f"{_SINGLE}/Sngl/Indx/Nm/Term/(Unit|Val)",
    50: f"{_OTHER}/OptnTp", 51: f"{_OTHER}/StrkPric/(Pric/(MntryVal/Amt|Pctg|Yld|BsisPts)|NoPric/Pdg)",
    52: f"{_OTHER}/StrkPric/(Pric/MntryVal/Amt/@Ccy|NoPric/Ccy)", 53: f"{_OTHER}/OptnExrcStyle",
    54: "FinInstrm/Othr/DebtInstrmAttrbts/MtrtyDt", 55: f"{_OTHER}/XpryDt", 56: f"{_OTHER}/DlvryTp",
    57: "InvstmtDcsnPrsn/(Prsn/Othr/Id|Algo)", 58: "InvstmtDcsnPrsn/Prsn/CtryOfBrnch",
    59: "ExctgPrsn/(Prsn/Othr/Id|Algo|Clnt)", 60: "ExctgPrsn/Prsn/CtryOfBrnch", 61: "AddtlAttrbts/WvrInd",
    62: "AddtlAttrbts/ShrtSellgInd", 63: "AddtlAttrbts/OTCPstTradInd", 64: "AddtlAttrbts/RskRdcgTx",
    65: "AddtlAttrbts/SctiesFincgTxInd",
}  # fmt: skip
# Leaves whose values are codes or flags worth seeing each, beside the choices.
_CODED: Final = re.compile(
    r"(TradgCpcty|DerivNtnlChng|Pdg|OptnTp|OptnExrcStyle|DlvryTp|WvrInd|ShrtSellgInd|OTCPstTradInd|Unit|SchmeNm/Cd"
    r"|InvstmtPtyInd|TrnsmssnInd|Sgn|RskRdcgTx|SctiesFincgTxInd)$"
)


@dataclass(slots=True)
class Tally:
    """How often each path and each coded value occurs."""

    paths: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)

    def add(self, leaves: list[TextLeaf]) -> None:
        """Count one record: every path on the way to a leaf once per record."""
        seen: set[str] = set()
        for path, value in leaves:
            steps, is_coded = _steps(path)
            seen.update(steps)
            if is_coded:
                self.values[f"{steps[-1]} = {value}"] += 1
        self.paths.update(seen)

    def fields(self) -> dict[int, int]:
        """How many records fill each of the 65 fields."""
        counts = {}
        for number, pattern in FIELDS.items():
            wanted = re.compile(pattern if pattern.startswith("(New|Cxl)") else f"New/{pattern}")
            counts[number] = sum(count for path, count in self.paths.items() if wanted.fullmatch(path))
        return counts


@cache
def _steps(path: str) -> tuple[tuple[str, ...], bool]:
    """The paths down to a leaf, without numbers, the leaf last; and whether its values are worth counting."""
    plain = _NUMBER.sub("", path)
    names = plain.split("/")
    steps = tuple("/".join(names[: depth + 1]) for depth in range(len(names)))
    is_coded = "/Qty/Unit" not in plain and bool(_CODED.search(plain))
    if "AcctOwnr[2]" in path:
        steps = (path[: path.index("AcctOwnr[2]")] + "AcctOwnr (second owner)", *steps)
    return steps, is_coded


def choice_branches(schema: Path) -> list[str]:
    """The paths below ``Tx`` of every branch of every choice in the message definition, in its order."""
    root = etree.parse(str(schema)).getroot()
    types = {item.get("name"): item for item in root.findall(f"{XS}complexType")}
    return list(_branches(types, RECORD_TYPE, ""))


def _branches(types: dict[str, etree._Element], name: str, path: str) -> Iterator[str]:
    if name not in types:
        return
    for group in types[name].iter(f"{XS}choice", f"{XS}sequence"):
        for element in group.findall(f"{XS}element"):
            below = f"{path}/{element.get('name')}" if path else str(element.get("name"))
            if group.tag == f"{XS}choice":
                yield below
            yield from _branches(types, str(element.get("type")), below)
