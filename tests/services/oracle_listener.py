"""What stands in for an Oracle listener: a fake that speaks as much of its protocol as it takes to say no.

No Oracle server can be had here. What a listener refuses is told by one packet, whose layout the driver reads.
"""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_REFUSE = 4
_HEADER_BYTES = 8

Answer = Callable[[socket.socket], None]


def refuses(code: int) -> Answer:
    """As a listener does that knows no such service, or has no handler free."""

    def answer(client: socket.socket) -> None:
        client.recv(4096)
        words = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={code})(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4))))".encode()
        body = bytes([34, 0]) + len(words).to_bytes(2, "big") + words
        client.sendall((_HEADER_BYTES + len(body)).to_bytes(2, "big") + bytes([0, 0, _REFUSE, 0, 0, 0]) + body)
        client.recv(4096)

    return answer


def says_nothing(client: socket.socket) -> None:
    """Takes the connection, until the other side has had enough."""
    while client.recv(4096):
        pass


def hangs_up(client: socket.socket) -> None:
    """As a server does that wants TLS and hears none."""
    client.recv(4096)


def speaks_http(client: socket.socket) -> None:
    """Somebody else listens there."""
    client.recv(4096)
    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@contextmanager
def listening(answer: Answer, *, certificate: Path | None = None) -> Iterator[int]:
    """The port of a listener; over TLS with ``certificate`` (key and chain)."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taking = threading.Thread(target=_take, args=(server, answer, context), daemon=True)
        taking.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)  # wakes the accept
            taking.join()


def _take(server: socket.socket, answer: Answer, context: ssl.SSLContext | None) -> None:
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, answer, context), daemon=True).start()


def _serve(client: socket.socket, answer: Answer, context: ssl.SSLContext | None) -> None:
    with suppress(OSError), client:
        if context is None:
            answer(client)
            return
        with context.wrap_socket(client, server_side=True) as secured:
            answer(secured)
