"""The number of a table's rows: the same in any order and any pieces, another for any other rows."""

from __future__ import annotations

import random
from collections.abc import Sequence

from backend.services.backup.digest import RowsDigest


async def digest_of(*pieces: bytes) -> tuple[int, str]:
    digest = RowsDigest()
    for piece in pieces:
        await digest.add(piece)
    return digest.rows, digest.value


def joined(rows: Sequence[bytes]) -> bytes:
    return b"".join(row + b"\n" for row in rows)


async def test_neither_order_nor_pieces_matter() -> None:
    chance = random.Random(7)
    rows = [f"{number}\t{chance.random()}".encode() for number in range(500)]
    whole = joined(rows)
    expected = await digest_of(whole)
    assert expected[0] == 500
    chance.shuffle(rows)
    assert await digest_of(joined(rows)) == expected
    cuts = sorted(chance.sample(range(len(whole)), 40))
    assert await digest_of(*(whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True))) == expected


async def test_a_changed_a_missing_and_a_double_row_are_seen() -> None:
    rows = [b"1\ta", b"2\tb", b"2\tb"]
    numbers = {
        await digest_of(joined(rows)),
        await digest_of(joined([b"1\ta", b"2\tb"])),
        await digest_of(joined([b"1\ta", b"2\tb", b"2\tc"])),
        await digest_of(joined([b"1\tb", b"2\ta", b"2\tb"])),
        await digest_of(joined([b"1\ta"])),
        await digest_of(),
    }
    assert len(numbers) == 6
