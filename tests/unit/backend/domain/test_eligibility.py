"""Held records go forward only, and only as their table says."""

from __future__ import annotations

from itertools import product

import pytest

from backend.domain.eligibility import HeldRecordState, HeldRecordTransitionRefused, held_transition

HELD, RELEASED, REPORTED, EXCLUDED = HeldRecordState
ALLOWED = {(HELD, RELEASED), (HELD, EXCLUDED), (RELEASED, REPORTED), (RELEASED, EXCLUDED)}


@pytest.mark.parametrize(("state", "to"), list(product(HeldRecordState, repeat=2)))
def test_every_transition_is_allowed_or_refused(state: HeldRecordState, to: HeldRecordState) -> None:
    if (state, to) in ALLOWED:
        assert held_transition(state, to) is to
        return
    with pytest.raises(HeldRecordTransitionRefused):
        held_transition(state, to)
