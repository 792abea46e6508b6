"""The part of the MySQL protocol that the driver has no call for: describing a query, and rows in bulk.

Rows come as texts of known length (text protocol, ``ProtocolText::ResultsetRow``). The driver makes a Python object of
every value; here a batch of columns is cut out of the bytes and read by Arrow.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from pymysql.connections import Connection
from pymysql.constants import COMMAND
from pymysql.err import raise_mysql_exception
from pymysql.protocol import FieldDescriptorPacket

from backend.services.connectors.mysql_types import NativeField

_PREPARE: Final = 0x16  # COM_STMT_PREPARE
_CLOSE: Final = 0x19  # COM_STMT_CLOSE
_EOF: Final = 0xFE
_ERROR: Final = 0xFF
_EOF_LENGTH: Final = 9
_LARGEST_PACKET: Final = 0xFFFFFF
_NULL: Final = 251
#: First byte of a length, and the bytes of the length that follow it (``Protocol::LengthEncodedInteger``).
_LONGER: Final = {252: 2, 253: 3, 254: 8}
_HEADER_BYTES: Final = 4


#: The driver's types leave out what it keeps to itself and its subclasses.
_Driver: Any = Connection


class ConnectionCut(Exception):
    """The server ended the connection inside of a result."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows by columns; ``is_last`` when the result ends with them, and then the server's warnings are counted."""

    columns: list[list[bytes | None]]
    rows: int
    is_last: bool = False
    warnings: int = 0


class WireConnection(_Driver):  # type: ignore[misc]  # see _Driver
    """The driver's connection, which also describes a query and reads rows in bulk."""

    def describe(self, query: str) -> list[NativeField]:
        """The columns of a query; the server reads the text alone, as one statement, and does not run it.

        Raises pymysql.MySQLError.
        """
        self._execute_command(_PREPARE, query)
        answer = self._read_packet()
        answer.advance(1)
        statement, columns, parameters = struct.unpack("<IHH", answer.read(8))
        for _ in range(parameters + 1 if parameters else 0):  # each described, and their end
            self._read_packet()
        fields = self._fields(columns) if columns else []
        self._execute_command(_CLOSE, struct.pack("<I", statement))  # nothing answers it
        return fields

    def begin(self, query: str) -> int:
        """Run a query whose rows are read by ``read_block``; how many columns it has. Raises pymysql.MySQLError."""
        self._execute_command(COMMAND.COM_QUERY, query)
        count = int(self._read_packet().read_length_encoded_integer())
        self._fields(count)
        return count

    def read_block(self, columns: int, *, max_rows: int, max_bytes: int) -> Block:
        """The next rows, up to the one that reaches a limit. Raises ConnectionCut, OSError, pymysql.MySQLError."""
        read: Callable[[int], bytes] = self._rfile.read
        found: list[list[bytes | None]] = [[] for _ in range(columns)]
        puts = [column.append for column in found]
        rows = size = 0
        while rows < max_rows and size < max_bytes:
            row = _read_packet(read)
            first = row[0]
            if first == _EOF and len(row) < _EOF_LENGTH:
                return Block(found, rows, is_last=True, warnings=int.from_bytes(row[1:3], "little"))
            if first == _ERROR:
                raise_mysql_exception(row)
            _cut(row, puts)
            rows += 1
            size += len(row)
        return Block(found, rows)

    def wait_at_most(self, seconds: float) -> None:
        """How long an answer may take from now on."""
        self._read_timeout = self._current_timeout = seconds
        self._sock.settimeout(seconds)

    def cut(self) -> None:
        """Close at once, which also wakes whoever waits for an answer: the driver's own way waits for a result."""
        if self._sock is not None:
            with suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)
        self._force_close()

    def _fields(self, count: int) -> list[NativeField]:
        described = [self._read_packet(FieldDescriptorPacket) for _ in range(count)]
        self._read_packet()  # their end
        return [
            NativeField(one.name, one.type_code, one.charsetnr, one.length, one.flags, one.scale) for one in described
        ]


def _cut(row: bytes, puts: list[Callable[[bytes | None], None]]) -> None:
    """One row into its columns: the innermost loop of an extraction, once per value."""
    place = 0
    for put in puts:
        length = row[place]
        place += 1
        if length == _NULL:
            put(None)
            continue
        if length > _NULL:
            width = _LONGER[length]
            length = int.from_bytes(row[place : place + width], "little")
            place += width
        end = place + length
        put(row[place:end])
        place = end


def _read_packet(read: Callable[[int], bytes]) -> bytes:
    """A packet, put together again when it is longer than one may be."""
    parts: list[bytes] = []
    while True:
        header = read(_HEADER_BYTES)
        length = int.from_bytes(header[:3], "little")
        body = read(length)
        if len(header) < _HEADER_BYTES or len(body) < length:
            raise ConnectionCut
        if length < _LARGEST_PACKET:
            return b"".join([*parts, body]) if parts else body
        parts.append(body)
