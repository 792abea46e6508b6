"""Who stands on each side of a trade: the firm itself, clients (some with one who decides for them), the market.

``near`` is the side the firm acts for, ``far`` the other one; ``own_side`` says which of the two buys.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backend.demo.breaks import Break, has_break
from backend.demo.draws import Draws, Flags, Integers
from backend.demo.parties import CLIENT_RANGES, UNKNOWN_CLIENTS, IdRange
from backend.demo.products import PRODUCTS, Mix, Place

MARKET = "market"
FIRM = "own account"
AGGREGATE = "aggregate account"
JOINT = "joint"


@dataclass(frozen=True, slots=True)
class Scenario:
    """``share`` of 1,000 trades with these two sides; a side is a client range or one of the words above."""

    near: str
    far: str
    share: int


RETAIL: Final = (
    Scenario(FIRM, MARKET, 180),
    Scenario(FIRM, "broker", 110),
    Scenario(FIRM, "person", 60),
    Scenario(FIRM, "person_with_guardian", 20),
    Scenario(FIRM, "person_with_adviser", 10),
    Scenario(FIRM, "firm_with_manager", 20),
    Scenario("person", MARKET, 150),
    Scenario("person", "broker", 60),
    Scenario(JOINT, MARKET, 60),
    Scenario(JOINT, "broker", 20),
    Scenario("person_with_guardian", MARKET, 30),
    Scenario("person_with_adviser", MARKET, 20),
    Scenario("firm", MARKET, 80),
    Scenario("firm_with_manager", MARKET, 30),
    Scenario("firm_with_attorney", "broker", 20),
    Scenario(AGGREGATE, MARKET, 60),
    Scenario("person", AGGREGATE, 30),
    Scenario("firm", AGGREGATE, 20),
    Scenario("person_with_guardian", "firm_with_manager", 10),
    Scenario("firm", "person_with_adviser", 10),
)
INSTITUTIONAL: Final = (
    Scenario(FIRM, "broker", 500),
    Scenario(FIRM, "firm", 300),
    Scenario("firm", "broker", 150),
    Scenario(FIRM, "firm_with_manager", 50),
)
DENSE: Final = (
    Scenario("person_with_guardian", "firm_with_manager", 300),
    Scenario("person_with_guardian", "person_with_adviser", 400),
    Scenario(JOINT, "person_with_adviser", 200),
    Scenario(FIRM, "person_with_guardian", 100),
)
_SCENARIOS: Final = RETAIL + INSTITUTIONAL + DENSE
_SLOT_STEP = 273
_NOBODY = -1


def _scenario(near: str, far: str) -> int:
    return next(number for number, one in enumerate(_SCENARIOS) if (one.near, one.far) == (near, far))


# A broken trade stands in a scenario in which its fault shows, and nothing else does.
_SCENARIO_OF_BREAK: Final = {
    Break.LEI_CHECK_DIGIT: _scenario(FIRM, "broker"),
    Break.BIRTH_DATE_MISSING: _scenario("person", "broker"),
    Break.SURNAME_MISSING: _scenario("person", "broker"),
    Break.PRINCIPAL_WITHOUT_FIRM: _scenario("firm", "broker"),
    Break.CAPACITY_MISSING: _scenario("firm", "broker"),
    Break.COUNTERPARTY_UNKNOWN: _scenario(FIRM, "broker"),
}
_NEAR_OF_BREAK: Final = {
    Break.BIRTH_DATE_MISSING: CLIENT_RANGES["broken_birth_date"],
    Break.SURNAME_MISSING: CLIENT_RANGES["broken_surname"],
}
_FAR_OF_BREAK: Final = {
    Break.LEI_CHECK_DIGIT: CLIENT_RANGES["broken_lei"],
    Break.COUNTERPARTY_UNKNOWN: UNKNOWN_CLIENTS,
}


@dataclass(frozen=True, slots=True)
class Sides:
    """Per trade: ids of the clients (-1 for none) and what kind of side stands where."""

    near: Integers
    near_joint: Integers
    far: Integers
    is_own_account: Flags
    is_near_aggregate: Flags
    is_far_aggregate: Flags
    is_far_market: Flags
    is_far_client: Flags
    has_representative: Flags


def choose_sides(draws: Draws, products: Integers, breaks: Integers, mix: Mix) -> Sides:
    """The two sides of every trade, fitting the product and the break."""
    scenario = _scenarios(draws, products, breaks, mix)
    is_joint = _near_is(scenario, JOINT)
    meets_market = _far_is(scenario, MARKET)
    # Where nothing is traded on a venue, a broker takes the place of the market.
    on_venue = _product_flags(Place.VENUE)[products]
    person = _member(draws, "near", CLIENT_RANGES["person"])
    first_person, persons = CLIENT_RANGES["person"]
    second = first_person + (person - first_person + draws.integers("second owner", 1, persons)) % persons
    return Sides(
        near=_near(draws, scenario, breaks, person),
        near_joint=np.where(is_joint, second, _NOBODY),
        far=_far(draws, scenario, breaks, meets_market & ~on_venue),
        is_own_account=_near_is(scenario, FIRM),
        is_near_aggregate=_near_is(scenario, AGGREGATE),
        is_far_aggregate=_far_is(scenario, AGGREGATE),
        is_far_market=meets_market & on_venue,
        is_far_client=_far_is(
            scenario, "person", "firm", "person_with_guardian", "person_with_adviser", "firm_with_manager"
        ),
        has_representative=np.char.find(_NEAR_NAMES, "_with_")[scenario] >= 0,
    )


_NEAR_NAMES = np.array([one.near for one in _SCENARIOS])
_FAR_NAMES = np.array([one.far for one in _SCENARIOS])


def _scenarios(draws: Draws, products: Integers, breaks: Integers, mix: Mix) -> Integers:
    slot = draws.slots("scenario", _SLOT_STEP)
    if mix is Mix.DENSE:
        scenario = _by_share(DENSE, slot) + len(RETAIL) + len(INSTITUTIONAL)
    else:
        is_institutional = np.array([product.is_institutional for product in PRODUCTS])[products]
        scenario = np.where(is_institutional, _by_share(INSTITUTIONAL, slot) + len(RETAIL), _by_share(RETAIL, slot))
    for kind, number in _SCENARIO_OF_BREAK.items():
        scenario[has_break(breaks, kind)] = number
    return scenario


def _by_share(scenarios: tuple[Scenario, ...], slot: Integers) -> Integers:
    return np.searchsorted(np.cumsum([one.share for one in scenarios]), slot, side="right").astype(np.int64)


def _near(draws: Draws, scenario: Integers, breaks: Integers, person: Integers) -> Integers:
    ids = np.full_like(draws.index, _NOBODY)
    for name in dict.fromkeys(one.near for one in _SCENARIOS):
        if name in (JOINT, "person"):
            ids = np.where(_near_is(scenario, name), person, ids)
        elif name in CLIENT_RANGES:
            ids = np.where(_near_is(scenario, name), _member(draws, "near", CLIENT_RANGES[name]), ids)
    return _replaced(draws, ids, breaks, _NEAR_OF_BREAK)


def _far(draws: Draws, scenario: Integers, breaks: Integers, needs_broker: Flags) -> Integers:
    ids = np.where(needs_broker, _member(draws, "far", CLIENT_RANGES["broker"]), _NOBODY)
    for name in dict.fromkeys(one.far for one in _SCENARIOS):
        if name in CLIENT_RANGES:
            ids = np.where(_far_is(scenario, name), _member(draws, "far", CLIENT_RANGES[name]), ids)
    return _replaced(draws, ids, breaks, _FAR_OF_BREAK)


def _replaced(draws: Draws, ids: Integers, breaks: Integers, members: dict[Break, IdRange]) -> Integers:
    for kind, ids_of_kind in members.items():
        ids = np.where(has_break(breaks, kind), _member(draws, "broken", ids_of_kind), ids)
    return ids


def _member(draws: Draws, name: str, ids: IdRange) -> Integers:
    return draws.integers(name, ids.start, ids.start + ids.size)


def _near_is(scenario: Integers, *names: str) -> Flags:
    return np.isin(_NEAR_NAMES, names)[scenario]


def _far_is(scenario: Integers, *names: str) -> Flags:
    return np.isin(_FAR_NAMES, names)[scenario]


def _product_flags(place: Place) -> Flags:
    return np.array([product.place is place for product in PRODUCTS])
