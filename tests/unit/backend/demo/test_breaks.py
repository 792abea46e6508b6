"""Which trades are broken follows from seed and number of rows."""

import numpy as np
import pytest

from backend.demo.breaks import (
    BREAKS,
    BROKEN_PER_MILLE,
    RULE_OF_BREAK,
    Break,
    break_numbers,
    expected_breaks,
    expected_set_aside,
    twin_of,
)
from backend.demo.draws import Draws


@pytest.mark.parametrize("seed", [0, 7, 2**31 - 1])
def test_every_full_thousand_has_each_break_once(seed: int) -> None:
    assert set(expected_breaks(20_000, seed).values()) == {20}
    assert BROKEN_PER_MILLE == 20


def test_records_set_aside_are_counted_under_the_rule_that_takes_them() -> None:
    assert expected_set_aside(100_000, 7) == {
        "MR-01": 1100,
        "MR-02": 100,
        "MR-03": 200,
        "MR-04": 100,
        "OWN-01": 100,
        "OWN-02": 100,
        "OWN-03": 100,
        "OWN-90": 200,
    }


@pytest.mark.parametrize("rows", [1, 2, 137, 499, 1500, 20_001])
@pytest.mark.parametrize("seed", range(8))
def test_a_reference_is_repeated_by_two_rows_or_by_none(rows: int, seed: int) -> None:
    expected = expected_breaks(rows, seed)
    assert expected[Break.REFERENCE_REPEATED] == expected[Break.REFERENCE_REPEATED_AGAIN]
    assert sum(expected.values()) <= rows


def test_the_two_that_share_a_reference_point_at_each_other() -> None:
    draws = Draws(5, np.arange(10_000, dtype=np.int64))
    numbers = break_numbers(draws, 10_000)
    twins = twin_of(draws, numbers)
    first = np.flatnonzero(numbers == BREAKS.index(Break.REFERENCE_REPEATED))
    second = np.flatnonzero(numbers == BREAKS.index(Break.REFERENCE_REPEATED_AGAIN))
    assert sorted(twins[first].tolist()) == second.tolist()
    assert (twins[twins[first]] == first).all()
    alone = np.setdiff1d(draws.index, np.concatenate([first, second]))
    assert (twins[alone] == alone).all()


def test_every_break_has_a_rule() -> None:
    assert set(RULE_OF_BREAK) == set(Break)
