"""``python -m tests.services.regulator INCOMING RESPONSES SCHEMAS``: watches one folder, answers into another.

Prints one JSON line when it watches, one for each answer, and ends when its standard input closes.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from pathlib import Path

from tests.services.regulator.advice import CORRUPT, NONE, advice_of, later_advice, refusal
from tests.services.regulator.judgement import Register
from tests.services.regulator.received import NotAFile, Schemas, is_message, read

PAUSE_SECONDS = 0.2


class Desk:
    """Reads each file once, in the order of its arrival."""

    def __init__(self, incoming: Path, responses: Path, schemas: Schemas, register: Register) -> None:
        self._incoming = incoming
        self._responses = responses
        self._schemas = schemas
        self._register = register
        self._seen: set[str] = set()

    def look(self) -> None:
        """Answer whatever has come since the last look. A second answer follows where something was pending."""
        waiting = [path for path in self._incoming.iterdir() if path.is_file() and path.name not in self._seen]
        for path in sorted(waiting, key=lambda one: one.stat().st_mtime_ns):
            self._seen.add(path.name)
            if not path.name.startswith(".") and is_message(path):
                self._answer(path)

    def _answer(self, path: Path) -> None:
        try:
            received = read(path, self._schemas)
        except NotAFile as error:
            self._write(path, 1, refusal("", CORRUPT, [("FIL-000", str(error))], self._schemas))
            return
        if received.faults:
            reasons = [("FIL-105", one) for one in received.faults[:10]]
            self._write(path, 1, refusal(received.message_id, NONE, reasons, self._schemas))
            return
        verdicts = self._register.judge(received.transactions)
        self._write(path, 1, advice_of(received.message_id, verdicts, self._schemas))
        if self._register.waiting:
            time.sleep(PAUSE_SECONDS)
            self._write(path, 2, later_advice(received.message_id, self._register.settle(), self._schemas))

    def _write(self, path: Path, number: int, content: bytes) -> None:
        name = f"FDB_{path.name.split('.')[0]}_{number}.xml"
        part = self._responses / f".{name}.part"
        part.write_bytes(content)
        part.replace(self._responses / name)
        tell({"answer": name, "to": path.name})


def tell(fact: dict[str, str]) -> None:
    """One line of JSON on standard output, at once."""
    sys.stdout.write(json.dumps(fact) + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("incoming", type=Path)
    parser.add_argument("responses", type=Path)
    parser.add_argument("schemas", type=Path)
    parser.add_argument("--reject", type=int, default=3)
    parser.add_argument("--hold", type=int, default=2)
    asked = parser.parse_args()
    asked.responses.mkdir(exist_ok=True)
    desk = Desk(asked.incoming, asked.responses, Schemas(asked.schemas), Register(asked.reject, asked.hold))
    closed = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
    tell({"watching": str(asked.incoming)})
    while not closed.wait(PAUSE_SECONDS):
        desk.look()


if __name__ == "__main__":
    main()
