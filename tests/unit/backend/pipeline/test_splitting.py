"""Where records stand when one output begins another file and the others do not."""

from __future__ import annotations

from backend.pipeline.ledger import Placement
from backend.pipeline.splitting import align


def test_places_are_cut_wherever_one_output_begins_another_file() -> None:
    one = [(10, Placement(1, 91))]
    other = [(4, Placement(3, 7)), (5, Placement(4, 1)), (1, Placement(5, 1))]

    assert align([one, other]) == [
        (4, [Placement(1, 91), Placement(3, 7)]),
        (5, [Placement(1, 95), Placement(4, 1)]),
        (1, [Placement(1, 100), Placement(5, 1)]),
    ]
    assert align([one]) == one_each(one)


def one_each(placed: list[tuple[int, Placement]]) -> list[tuple[int, list[Placement]]]:
    return [(count, [place]) for count, place in placed]
