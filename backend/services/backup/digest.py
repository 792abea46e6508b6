"""A number for the content of a table that does not depend on the order of its rows."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_MODULUS: Final = 2**256


class RowsDigest:
    """Counts lines and adds up their hashes: added, not XORed, so that equal rows do not cancel each other out."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = 0
        self._unfinished = b""

    async def add(self, piece: bytes) -> None:
        """More of the lines; a piece may end anywhere. Awaitable, because that is what rows are handed to."""
        lines = (self._unfinished + piece).split(b"\n")
        self._unfinished = lines.pop()
        self.rows += len(lines)
        self._sum = (self._sum + sum(int.from_bytes(sha256(line).digest(), "big") for line in lines)) % _MODULUS

    @property
    def value(self) -> str:
        """The number in hexadecimal."""
        return f"{self._sum:064x}"
