"""The static tables about people and firms: own entities, clients and counterparties, traders, algorithms.

Clients stand in ranges of ids by the role they play, so that trades pick a fitting one by arithmetic.
The ``broken_*`` ranges hold clients with exactly one fault each; only broken trades refer to them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from backend.demo.identifiers import make_lei, with_wrong_check_digit
from backend.demo.names import FIRST_NAMES, SURNAMES, short_name_key

Row = dict[str, object]


class IdRange(NamedTuple):
    """A contiguous range of ids of a table."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Group:
    """How the clients of one range look."""

    name: str
    count: int
    is_person: bool
    representative: str | None = None


_GROUPS: Final = (
    _Group("person", 4000, is_person=True),
    _Group("person_with_guardian", 400, is_person=True, representative="guardian"),
    _Group("person_with_adviser", 400, is_person=True, representative="adviser"),
    _Group("firm", 1500, is_person=False),
    _Group("firm_with_manager", 400, is_person=False, representative="adviser"),
    _Group("firm_with_attorney", 200, is_person=False, representative="guardian"),
    _Group("broker", 300, is_person=False),
    _Group("guardian", 200, is_person=True),
    _Group("adviser", 100, is_person=False),
    _Group("broken_lei", 20, is_person=False),
    _Group("broken_birth_date", 20, is_person=True),
    _Group("broken_surname", 20, is_person=True),
)
_FIRST_CLIENT_ID = 100_001


def _ranges() -> dict[str, IdRange]:
    found: dict[str, IdRange] = {}
    start = _FIRST_CLIENT_ID
    for group in _GROUPS:
        found[group.name] = IdRange(start, group.count)
        start += group.count
    return found


CLIENT_RANGES: Final = _ranges()
#: Ids that no client has.
UNKNOWN_CLIENTS: Final = IdRange(900_001, 500)
ENTITIES: Final = IdRange(1, 3)
TRADERS: Final = IdRange(1, 60)
BROKEN_TRADERS: Final = IdRange(901, 5)
ALGORITHMS: Final = IdRange(1, 25)

_NATIONALITIES = ("DE", "FR", "NL", "IT", "ES", "PL", "CZ", "SE", "DK", "IE", "GR", "HR", "PT", "FI", "LV", "NA")
_BRANCHES = ("DE", "FR", "NL", "IE")
_ADULT_DAYS = (19 * 366, 85 * 365)
_EPOCH = date(2026, 1, 1)


def entity_rows(seed: int) -> list[Row]:
    """The reporting group: a bank, its broker, and a fund manager that is no investment firm itself."""
    source = random.Random(f"{seed}:entities")  # noqa: S311 - made-up test material
    bank, broker, manager, agent = (make_lei(source) for _ in range(4))
    return [
        _entity(1, "Nordkap Bank SE", bank, bank, is_investment_firm=True),
        _entity(2, "Nordkap Brokerage N.V.", broker, agent, is_investment_firm=True),
        _entity(3, "Nordkap Fund Management DAC", manager, bank, is_investment_firm=False),
    ]


def client_rows(seed: int) -> list[Row]:
    """Every client and counterparty, with valid identifiers except in the broken ranges."""
    source = random.Random(f"{seed}:clients")  # noqa: S311
    rows: list[Row] = []
    for group in _GROUPS:
        for client_id in range(CLIENT_RANGES[group.name].start, sum(CLIENT_RANGES[group.name])):
            row = _person(source, client_id) if group.is_person else _firm(source, client_id)
            if group.representative:
                row["representative_id"] = CLIENT_RANGES[group.representative].start + source.randrange(
                    CLIENT_RANGES[group.representative].size
                )
            _break(row, group.name)
            rows.append(row)
    return rows


def trader_rows(seed: int) -> list[Row]:
    """The people of the firm who decide and execute; the last ones have an identifier with a space in it."""
    source = random.Random(f"{seed}:traders")  # noqa: S311
    rows: list[Row] = []
    for trader_id in (*range(1, sum(TRADERS)), *range(BROKEN_TRADERS.start, sum(BROKEN_TRADERS))):
        person = _person(source, trader_id)
        number = person["id_number"]
        rows.append(
            {
                "trader_id": trader_id,
                "full_name": f"{person['first_names']} {person['surnames']}",
                "birth_date": person["birth_date"],
                "nationality": person["nationality"],
                "id_type": person["id_type"],
                "id_number": f"12 {trader_id}" if trader_id >= BROKEN_TRADERS.start else number,
                "short_name_key": person["short_name_key"],
                "branch_country": source.choice(_BRANCHES),
            }
        )
        if trader_id >= BROKEN_TRADERS.start:
            rows[-1]["id_type"] = "NATIONAL"
    return rows


def algorithm_rows(seed: int) -> list[Row]:
    """The algorithms; the code of the first is the text ``NA``, which must never be read as a missing value."""
    source = random.Random(f"{seed}:algorithms")  # noqa: S311
    codes = ["NA", *(f"ALGO{source.randrange(10**6):06d}V{number}" for number in range(2, sum(ALGORITHMS)))]
    return [{"algorithm_id": number, "code": code} for number, code in enumerate(codes, start=1)]


def _entity(entity_id: int, name: str, lei: str, submitter_lei: str, *, is_investment_firm: bool) -> Row:
    return {
        "entity_id": entity_id,
        "name": name,
        "lei": lei,
        "submitter_lei": submitter_lei,
        "is_investment_firm": is_investment_firm,
    }


def _firm(source: random.Random, client_id: int) -> Row:
    name = f"{source.choice(SURNAMES)} & {source.choice(SURNAMES)} {source.choice(('AG', 'SA', 'B.V.', 'plc'))}"
    return {"client_id": client_id, "party_type": "FIRM", "legal_name": name, "lei": make_lei(source)}


def _person(source: random.Random, client_id: int) -> Row:
    first_names = " ".join(source.sample(FIRST_NAMES, k=source.choice((1, 1, 1, 2))))
    surnames = source.choice(SURNAMES)
    nationality = source.choice(_NATIONALITIES)
    born = _EPOCH - timedelta(days=source.randrange(*_ADULT_DAYS))
    id_type = source.choice(("NATIONAL", "NATIONAL", "NATIONAL", "PASSPORT", "CONCAT"))
    return {
        "client_id": client_id,
        "party_type": "PERSON",
        "first_names": first_names,
        "surnames": surnames,
        "birth_date": born,
        "nationality": nationality,
        "id_type": id_type,
        "id_number": None if id_type == "CONCAT" else _id_number(source, nationality, born),
        "short_name_key": short_name_key(first_names, surnames),
    }


def _id_number(source: random.Random, nationality: str, born: date) -> str:
    serial = source.randrange(10**5)
    if nationality == "FI":  # a sign tells the century
        return f"{born:%d%m%y}{source.choice('----+')}{serial % 1000:03d}T"
    if nationality == "LV":
        return f"{born:%d%m%y}-{serial:05d}"
    return source.choice((f"{born:%y%m%d}{serial:05d}", f"{source.choice('ABCDEFGHK')}{serial:05d}X{born:%y}"))


def _break(row: Row, group: str) -> None:
    if group == "broken_lei":
        row["lei"] = with_wrong_check_digit(str(row["lei"]))
    elif group == "broken_birth_date":
        row |= {"birth_date": None, "id_type": "PASSPORT", "id_number": f"P{row['client_id']}"}
    elif group == "broken_surname":
        row["surnames"] = None
