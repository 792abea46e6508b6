"""Rule sets: their life, what their hash sees, and what a written rule may say."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from backend.core.ids import new_id
from backend.domain.validation.rule_sets import (
    RULES,
    TRANSITIONS,
    LibraryRule,
    RuleSetPin,
    RuleSetState,
    RuleSetTransitionRefused,
    RuleSetVersionContent,
    repeated_id,
    rules_sha256,
    transition,
)
from tests.factories.documents import own_rule


def rules(*changes: dict[str, Any]) -> tuple[LibraryRule, ...]:
    return RULES.validate_python([own_rule(**one) for one in changes])


@pytest.mark.parametrize(("state", "to"), list(product(RuleSetState, RuleSetState)))
def test_a_version_goes_from_draft_to_active_to_retired_and_nowhere_else(state: RuleSetState, to: RuleSetState) -> None:
    if to in TRANSITIONS[state]:
        assert transition(state, to) is to
        assert (state, to) in {(RuleSetState.DRAFT, RuleSetState.ACTIVE), (RuleSetState.ACTIVE, RuleSetState.RETIRED)}
    else:
        with pytest.raises(RuleSetTransitionRefused):
            transition(state, to)


def test_the_hash_is_that_of_what_the_rules_say_in_their_order() -> None:
    first, second = {"id": "A-1"}, {"id": "A-2"}
    assert rules_sha256(rules(first, second)) == rules_sha256(rules(first, second))
    others = (
        rules(second, first),
        rules(first),
        rules(first, {**second, "is_enabled": False}),
        rules(first, {**second, "valid_from": "2026-01-01"}),
        rules(first, {**second, "expression": "quantity >= 0"}),
    )
    assert len({rules_sha256(one) for one in (rules(first, second), *others)}) == 6


def test_a_rule_that_is_switched_off_stays_in_the_set_and_judges_nothing() -> None:
    written = rules({"id": "A-1"}, {"id": "A-2", "is_enabled": False})
    content = RuleSetVersionContent("house", 3, rules_sha256(written), written)
    assert [one.id for one in content.in_use] == ["A-1"]


def test_an_id_that_stands_twice_is_named() -> None:
    assert repeated_id(rules({"id": "A-1"}, {"id": "A-2"}, {"id": "A-1"})) == "A-1"
    assert repeated_id(rules({"id": "A-1"}, {"id": "A-2"})) is None


@pytest.mark.parametrize(
    "change",
    [
        {"id": "a-1"},
        {"id": "A"},
        {"title": "  "},
        {"message": ""},
        {"expression": ""},
        {"phase": "output"},
        {"valid_from": "2026-01-02", "valid_to": "2026-01-02"},
        {"unknown": 1},
    ],
    ids=str,
)
def test_what_a_rule_may_not_say(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        rules(change)


def test_a_pin_is_read_as_it_was_written() -> None:
    pin = RuleSetPin("house", new_id(), 3, "0" * 64)
    assert RuleSetPin.read(pin.as_json()) == pin
