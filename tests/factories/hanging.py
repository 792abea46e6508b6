"""A server that accepts and never answers: the kind of failure that a refused connection does not show."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hanging_server() -> Iterator[int]:
    """Its port; the kernel completes the connections, nobody ever reads from them."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=50)
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
