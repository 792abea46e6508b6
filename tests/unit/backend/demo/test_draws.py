"""Draws depend on seed, name and index alone."""

import numpy as np
import pytest

from backend.demo.draws import BLOCK, Draws, pick


def _draws(start: int, stop: int, seed: int = 3) -> Draws:
    return Draws(seed, np.arange(start, stop, dtype=np.int64))


def test_a_row_draws_the_same_wherever_its_block_begins() -> None:
    whole = _draws(0, 5000).integers("price", 0, 10**9)
    parts = [_draws(start, start + 1000).integers("price", 0, 10**9) for start in range(0, 5000, 1000)]
    assert (whole == np.concatenate(parts)).all()


@pytest.mark.parametrize(("seed", "name"), [(4, "price"), (3, "quantity")])
def test_another_seed_or_name_gives_other_draws(seed: int, name: str) -> None:
    first = _draws(0, 1000).integers("price", 0, 10**9)
    other = _draws(0, 1000, seed).integers(name, 0, 10**9)
    assert (first == other).sum() < 3


def test_draws_are_the_same_on_every_machine_and_in_every_version() -> None:
    assert _draws(0, 4, seed=7).integers("price", 0, 1000).tolist() == GOLDEN


def test_draws_fill_the_range_evenly_and_never_leave_it() -> None:
    drawn = _draws(0, 100_000).integers("side", 5, 15)
    counts = np.bincount(drawn, minlength=15)
    assert (counts[:5] == 0).all()
    assert counts[5:].min() > 9_500
    assert counts[5:].max() < 10_500


def test_every_slot_occurs_once_in_each_block_in_an_order_of_its_own() -> None:
    slots = _draws(0, 3 * BLOCK).slots("break", 357).reshape(3, BLOCK)
    for block in slots:
        assert sorted(block.tolist()) == list(range(BLOCK))
    assert not (slots[0] == slots[1]).all()


def test_a_limit_of_its_own_bounds_each_row() -> None:
    limits = np.arange(1, 2001, dtype=np.int64)
    drawn = _draws(0, 2000).below("instrument", limits)
    assert ((drawn >= 0) & (drawn < limits)).all()


def test_picking_keeps_missing_values_missing() -> None:
    assert pick(("A", None, "C"), np.array([0, 1, 2, 0])).to_list() == ["A", None, "C", "A"]


GOLDEN = [835, 994, 537, 106]
