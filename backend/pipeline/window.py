"""Order and back-pressure: work in threads, results in the order of the input, never more than a few in flight."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from typing import TypeVar, cast

A = TypeVar("A")
B = TypeVar("B")


def ordered_map(executor: Executor, work: Callable[[A], B], items: Iterable[A], window: int) -> Iterator[B]:
    """Results of ``work`` in input order with at most ``window`` items in flight."""
    pending: deque[Future[B]] = deque()
    try:
        for item in items:
            pending.append(executor.submit(work, item))
            if len(pending) >= window:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        for future in pending:
            future.cancel()


def read_ahead(items: Iterable[A], depth: int = 1) -> Iterator[A]:
    """Iterate in a thread of its own, ``depth`` items ahead; an error arrives where the item would have."""
    ready: queue.Queue[tuple[str, A | BaseException | None]] = queue.Queue(depth)
    stopped = threading.Event()

    def produce() -> None:
        try:
            for item in items:
                if not _offer(ready, ("item", item), stopped):
                    return
            _offer(ready, ("end", None), stopped)
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, who raises it
            _offer(ready, ("error", error), stopped)

    threading.Thread(target=produce, name="read-ahead", daemon=True).start()
    try:
        while True:
            kind, value = ready.get()
            if kind == "end":
                return
            if isinstance(value, BaseException):
                raise value
            yield cast("A", value)
    finally:
        stopped.set()


def _offer(
    ready: queue.Queue[tuple[str, A | BaseException | None]],
    entry: tuple[str, A | BaseException | None],
    stopped: threading.Event,
) -> bool:
    while not stopped.is_set():
        try:
            ready.put(entry, timeout=0.2)
        except queue.Full:
            continue
        return True
    return False
