"""For every rule of the MiFIR pack a record that passes it and one that fails it.

Each example says only what the rule is about; the rest is a transaction without fault. Where a rule looks at several
records, an example has companions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from backend.domain.regulations.model import Pack
from backend.domain.regulations.rule_list import STRUCTURE_RULE, example
from backend.domain.validation.rule import Rule

Values = dict[str, Any]
DAY = date(2026, 11, 20)
AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def lei(beginning: str) -> str:
    """A legal entity identifier with right check digits."""
    body = beginning.ljust(18, "0")
    number = int("".join(str(int(letter, 36)) for letter in body + "00"))
    return f"{body}{98 - number % 97:02d}"


def isin(beginning: str) -> str:
    """An ISIN with a right check digit."""
    body = beginning.ljust(11, "0")
    digits = [int(digit) for letter in body for digit in str(int(letter, 36))]
    doubled = [digit * 2 if place % 2 == 0 else digit for place, digit in enumerate(reversed(digits))]
    return f"{body}{-sum(one // 10 + one % 10 for one in doubled) % 10}"


FIRM, CLIENT, OTHER = lei("FIRM"), lei("CLIENT"), lei("OTHER")
RETIRED, BRANCH = lei("RETIRED"), lei("BRANCH")
BAD_LEI = f"{CLIENT[:-1]}{(int(CLIENT[-1]) + 1) % 10}"
SHARE, UNLISTED = isin("FR000SHARE"), isin("FR00UNLIST")
BAD_ISIN = f"{SHARE[:-1]}{(int(SHARE[-1]) + 1) % 10}"
VENUE, OTHER_VENUE, OLD_VENUE = "XPAR", "XMIL", "XOLD"
#: What the datasets know, by name: key to columns.
REFERENCE: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "mic": {
        VENUE: {"status": "ACTIVE"},
        OTHER_VENUE: {"status": "UPDATED"},
        OLD_VENUE: {"status": "EXPIRED"},
    },
    "lei": {
        FIRM: {"status": "ISSUED", "entity_category": "GENERAL"},
        CLIENT: {"status": "LAPSED", "entity_category": "GENERAL"},
        OTHER: {"status": "ISSUED", "entity_category": "GENERAL"},
        RETIRED: {"status": "RETIRED", "entity_category": "GENERAL"},
        BRANCH: {"status": "ISSUED", "entity_category": "BRANCH"},
    },
    "instruments": {SHARE: {"cfi": "ESVUFR"}},
    "instrument_venues": {f"{SHARE}|{VENUE}": {"mic": VENUE}},
}
BASE: Mapping[str, Any] = {
    "report_status": "NEWT",
    "executing_entity_lei": FIRM,
    "investment_firm": True,
    "submitting_entity_lei": FIRM,
    "buyer_lei": CLIENT,
    "seller_lei": FIRM,
    "order_transmission": False,
    "trading_datetime": AT,
    "trading_capacity": "DEAL",
    "quantity_unit": Decimal(100),
    "price_monetary": Decimal("10.5"),
    "price_currency": "EUR",
    "venue": "XOFF",
    "instrument_isin": SHARE,
    "investment_decision_algorithm": "ALGO1",
    "execution_algorithm": "ALGO1",
    "securities_financing": False,
}


@dataclass(frozen=True)
class Example:
    """A record; ``before`` are the statuses under which it was reported, ``beside`` further records of the run."""

    values: Values
    before: tuple[str, ...] = ()
    beside: tuple[Values, ...] = ()


@dataclass(frozen=True)
class Pair:
    """An example that passes a rule, and one that fails it."""

    key: str
    passes: Example
    fails: Example


@dataclass
class ExampleRows:
    """Records of the earlier run and of the run that is judged; ``expected`` are (row number, key, passes)."""

    earlier: list[Values] = field(default_factory=list)
    rows: list[Values] = field(default_factory=list)
    expected: list[tuple[int, str, bool]] = field(default_factory=list)

    def add(self, key: str, chosen: Example, *, passes: bool) -> None:
        reference = example(key, passes=passes)
        record = {**BASE, "transaction_reference_number": reference, **chosen.values}
        stood = {**record, "report_status": "NEWT"}
        self.earlier += [_withdrawn(record) if one == "CANC" else stood for one in chosen.before]
        self.rows.append(_withdrawn(record) if record["report_status"] == "CANC" else record)
        self.expected.append((len(self.rows), key, passes))
        for number, values in enumerate(chosen.beside):
            self.rows.append({**record, "transaction_reference_number": f"{reference}{number}", **values})


def examples(pack: Pack) -> Iterator[Pair]:
    """One pair for each rule and part. A rule without one raises KeyError."""
    yield _pair(STRUCTURE_RULE, {}, {"quantity_unit": None})
    for rule in pack.rules:
        yield _PAIRS[rule.id](rule)


def _withdrawn(record: Mapping[str, Any]) -> Values:
    kept = ("transaction_reference_number", "executing_entity_lei", "submitting_entity_lei")
    return {"report_status": "CANC", **{name: record[name] for name in kept}}


def _pair(key: str, passes: Values, fails: Values) -> Pair:
    return Pair(key, Example(passes), Example(fails))


def _column(rule: Rule) -> str:
    """The column that a part is about."""
    (name,) = set(rule.columns) - {"report_status", "trading_datetime"}
    return name


def _of_column(passes: Any, fails: Any) -> Callable[[Rule], Pair]:
    return lambda rule: _pair(rule.key, {_column(rule): passes}, {_column(rule): fails})


def _isins(rule: Rule) -> Pair:
    column = _column(rule)
    if rule.key.endswith(".rest"):
        return _pair(rule.key, {column: "|".join([SHARE] * 10)}, {column: "|".join([SHARE] * 11)})
    if "basket_isin" in column:
        return _pair(rule.key, {column: f"{SHARE}|{UNLISTED}"}, {column: f"{SHARE}|{BAD_ISIN}"})
    return _pair(rule.key, {column: SHARE}, {column: BAD_ISIN})


def _reused(rule: Rule) -> Pair:
    return Pair(rule.key, Example({}, before=("NEWT", "CANC")), Example({}, before=("NEWT",)))


def _withdrawal(rule: Rule) -> Pair:
    cancelled = {"report_status": "CANC"}
    return Pair(rule.key, Example(cancelled, before=("NEWT",)), Example(cancelled, before=("NEWT", "CANC")))


def _person(owner: str, identifier: str = "FR1234567", scheme: str = "NIDN", birth: date = date(1980, 1, 1)) -> Values:
    return {
        f"{owner}_lei": None,
        f"{owner}_person_id": identifier,
        f"{owner}_person_id_scheme": scheme,
        f"{owner}_first_names": "JEAN",
        f"{owner}_surnames": "DUPONT",
        f"{owner}_birth_date": birth,
    }


def _natural_person(rule: Rule) -> Pair:
    owner = str(rule.part)
    return _pair(rule.key, _person(owner), {**_person(owner), f"{owner}_surnames": None})


def _birth_date(rule: Rule) -> Pair:
    owner = str(rule.part).removesuffix(".placeholder")
    wrong = date(1900, 1, 1) if rule.key.endswith(".placeholder") else date(2026, 11, 20)
    return _pair(rule.key, _person(owner), _person(owner, birth=wrong))


def _identifier(rule: Rule) -> Pair:
    owner, _, aspect = str(rule.part).rpartition(".")
    made = "FR19800101JEAN#DUPON"
    given, scheme = f"{owner}_person_id", f"{owner}_person_id_scheme"
    if aspect == "birth_date":
        return _pair(rule.key, _person(owner, made, "CONCAT"), _person(owner, made, "CONCAT", date(1981, 1, 1)))
    if aspect == "form":
        return _pair(rule.key, {given: made, scheme: "CONCAT"}, {given: "FR19800101", scheme: "CONCAT"})
    return _pair(rule.key, {given: made, scheme: "NIDN"}, {given: "XQ1234567", scheme: "NIDN"})


def _no_principal(rule: Rule) -> Pair:
    side, other = ("buyer", "seller") if rule.part == "buyer" else ("seller", "buyer")
    matched = {"trading_capacity": "MTCH", "investment_decision_algorithm": None, f"{other}_lei": OTHER}
    return _pair(rule.key, {**matched, f"{side}_lei": CLIENT}, {**matched, f"{side}_lei": FIRM})


def _transmitted(rule: Rule) -> Pair:
    column = f"transmitting_firm_{rule.part}_lei"
    sent = {"order_transmission": True}
    return _pair(rule.key, sent, {**sent, column: OTHER})


def _trade_date(rule: Rule) -> Pair:
    wrong = datetime(2026, 11, 21, tzinfo=UTC) if rule.part == "future" else datetime(2021, 11, 19, tzinfo=UTC)
    return _pair(rule.key, {}, {"trading_datetime": wrong})


def _market(rule: Rule) -> Pair:
    column = "venue" if rule.part == "venue" else f"{rule.part}_mic"
    return _pair(rule.key, {column: VENUE}, {column: OLD_VENUE})


def _market_side(rule: Rule) -> Pair:
    side = {"venue": VENUE, "buyer_lei": None, "buyer_mic": VENUE} if rule.part == "market_side" else {"venue": VENUE}
    whole = {**side, "venue_transaction_id": "V1", "branch_membership_country": "FR"}
    return _pair(rule.key, whole, {**whole, "branch_membership_country": None})


def _off_venue(rule: Rule) -> Pair:
    values = {
        "venue_transaction": {"venue_transaction_id": "V1"},
        "branch_membership": {"branch_membership_country": "FR"},
        "waiver": {"waiver_indicators": "OILQ"},
    }[str(rule.part)]
    return _pair(rule.key, {**values, "venue": VENUE}, {**values, "venue": "XOFF"})


def _known_instrument(rule: Rule) -> Pair:
    if rule.part == "underlying":
        return _pair(rule.key, {"underlying_isin": SHARE}, {"underlying_isin": UNLISTED})
    if rule.part == "venue":
        return _pair(rule.key, {"venue": VENUE}, {"venue": OTHER_VENUE})
    return _pair(rule.key, {}, {"instrument_isin": UNLISTED})


def _described_instrument(rule: Rule) -> Pair:
    if rule.part == "missing":
        return _pair(rule.key, {}, {"instrument_isin": UNLISTED})
    described = {"instrument_isin": None, "instrument_full_name": "UNLISTED", "instrument_classification": "ESVUFR"}
    return _pair(
        rule.key, {**described, "instrument_other_isin": UNLISTED}, {**described, "instrument_other_isin": SHARE}
    )


def _debt(rule: Rule) -> Pair:
    bond = {"instrument_classification": "DBFTFB", "quantity_unit": None, "quantity_nominal": Decimal(100)}
    whole = {**bond, "quantity_currency": "EUR", "net_amount": Decimal(100)}
    wrong = {"quantity_unit": Decimal(1), "quantity_nominal": None} if rule.part == "quantity" else {"net_amount": None}
    return _pair(rule.key, whole, {**whole, **wrong})


def _option(rule: Rule) -> Pair:
    column = {"strike_price": "strike_price_monetary"}.get(str(rule.part), str(rule.part))
    whole = {
        "instrument_classification": "OCASPS",
        "option_type": "CALL",
        "exercise_style": "EURO",
        "strike_price_monetary": Decimal(10),
    }
    return _pair(rule.key, whole, {**whole, column: None})


def _price(rule: Rule) -> Pair:
    in_percent = {"price_monetary": None, "price_currency": None, "price_percentage": Decimal(99)}
    if rule.part == "share":
        share = {"instrument_isin": None, "instrument_classification": "ESVUFR"}
        return _pair(rule.key, share, {**share, **in_percent})
    if rule.part == "listed_share":
        return _pair(rule.key, {}, in_percent)
    column = _column(rule)
    return _pair(rule.key, {column: "GBP"}, {column: "GBX"})


def _no_price(rule: Rule) -> Pair:
    free = {"price_monetary": None, "price_currency": None, "price_pending": "NOAP"}
    return _pair(rule.key, {**free, "underlying_basket_isin": SHARE}, free)


def _decision(rule: Rule) -> Pair:
    if rule.part == "required":
        return _pair(rule.key, {}, {"investment_decision_algorithm": None})
    agent = {"trading_capacity": "AOTC", "seller_lei": OTHER}
    return _pair(rule.key, {**agent, "investment_decision_algorithm": None}, agent)


def _client_executes(rule: Rule) -> Pair:
    left = {"execution_client": "NORE", "execution_algorithm": None}
    return _pair(rule.key, {**left, "investment_decision_algorithm": None}, left)


def _branch_of_person(rule: Rule) -> Pair:
    person = {f"{rule.part}_algorithm": None, f"{rule.part}_person_id": "FR1", f"{rule.part}_person_id_scheme": "NIDN"}
    return _pair(rule.key, {**person, f"{rule.part}_branch_country": "FR"}, person)


def _short_sale(rule: Rule) -> Pair:
    short = {"short_selling_indicator": "SESH", "instrument_classification": "ESVUFR"}
    wrong = (
        {"instrument_classification": "FFSCSX"}
        if rule.part == "instrument"
        else {"seller_lei": OTHER, "buyer_lei": FIRM}
    )
    return _pair(rule.key, short, {**short, **wrong})


def _commodity(rule: Rule) -> Pair:
    reducing = {"commodity_risk_reducing": True}
    return _pair(
        rule.key,
        {**reducing, "instrument_classification": "FCEPSX"},
        {**reducing, "instrument_classification": "ESVUFR"},
    )


def _complex_trade(rule: Rule) -> Pair:
    passing, failing = (
        {"complex_trade_component_id": example(rule.key, passes=passes)[:35]} for passes in (True, False)
    )
    if rule.key.endswith(".components"):
        return Pair(rule.key, Example(passing, beside=({},)), Example(failing))
    (column,) = (name for name in rule.columns if name.startswith("price_"))
    priced = {"price_monetary": None, column: Decimal(10)}
    return Pair(
        rule.key,
        Example({**passing, **priced}, beside=({},)),
        Example({**failing, **priced}, beside=({column: Decimal(11)},)),
    )


def _entity(rule: Rule) -> Pair:
    column = _column(rule)
    if rule.key.endswith(".branch"):
        return _pair(rule.key, {column: CLIENT}, {column: BRANCH})
    return _pair(rule.key, {column: OTHER}, {column: RETIRED})


def _internal(rule: Rule) -> Pair:
    (column,) = (name for name in rule.columns if name.startswith("quantity_"))
    instruments = [isin(f"FR{rule.part[:4].upper()}{passes:d}") for passes in (True, False)]  # type: ignore[index]
    passing, failing = (
        {
            "buyer_lei": None,
            "buyer_internal": "INTC",
            "quantity_unit": None,
            column: Decimal(10),
            "instrument_isin": one,
        }
        for one in instruments
    )
    sold = {"buyer_lei": CLIENT, "buyer_internal": None, "seller_lei": None, "seller_internal": "INTC"}
    return Pair(rule.key, Example(passing, beside=(sold,)), Example(failing, beside=({**sold, column: Decimal(9)},)))


def _dummy(rule: Rule) -> Pair:
    column = _column(rule)
    if column.endswith("_date"):
        return _pair(rule.key, {column: date(2030, 1, 1)}, {column: date(9999, 12, 31)})
    if column == "transaction_reference_number":
        # The reference names the example, so what makes it a dummy is put into it.
        return _pair(rule.key, {}, {column: f"{example(rule.key, passes=False)}DUMMY"})
    return _pair(rule.key, {column: OTHER if column.endswith("_lei") else "REAL"}, {column: "DUMMYDATA"})


_PAIRS: Mapping[str, Callable[[Rule], Pair]] = {
    "MR-02": _of_column(OTHER, BAD_LEI),
    "MR-03": _isins,
    "MR-04": _of_column("ESVUFR", "ZZZZZZ"),
    "MR-05": _reused,
    "MR-06": _withdrawal,
    "MR-07": _natural_person,
    "MR-08": _birth_date,
    "MR-09": _identifier,
    "MR-10": lambda rule: _pair(rule.key, {}, {"seller_lei": OTHER}),
    "MR-11": _no_principal,
    "MR-12": _transmitted,
    "MR-13": _trade_date,
    "MR-14": _market,
    "MR-15": _market_side,
    "MR-16": _off_venue,
    "MR-17": _known_instrument,
    "MR-18": _described_instrument,
    "MR-19": _debt,
    "MR-20": _option,
    "MR-21": _price,
    "MR-22": _no_price,
    "MR-23": _decision,
    "MR-24": _client_executes,
    "MR-25": _branch_of_person,
    "MR-26": _short_sale,
    "MR-27": _commodity,
    "MR-28": _complex_trade,
    "MR-29": _entity,
    "MR-30": _internal,
    "MR-31": lambda rule: _pair(rule.key, {}, {"trading_datetime": datetime(2026, 11, 18, 10, tzinfo=UTC)}),
    "MR-32": _dummy,
}


def example_rows(pairs: Sequence[Pair]) -> ExampleRows:
    """All examples as the rows of two runs."""
    made = ExampleRows()
    for pair in pairs:
        made.add(pair.key, pair.passes, passes=True)
        made.add(pair.key, pair.fails, passes=False)
    return made
