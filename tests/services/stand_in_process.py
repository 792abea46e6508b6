"""A process of a platform under test: answers /ready, prints, has a child, and dies or hangs when told to.

Usage: ``python -m tests.services.stand_in_process <kind> [port]``.
"""

import http.server
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg


class _Ready(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/ready" else 404)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the screen belongs to the supervisor."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(port: int) -> None:
    say(f"serving {port}")
    http.server.ThreadingHTTPServer(("127.0.0.1", port), _Ready).serve_forever()


def worker() -> None:
    """Like a prefork pool: a child in a session of its own, which ignores polite requests."""
    code = "import signal, time; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)]; time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    say(f"child {child.pid}")
    say("worker ready.")
    time.sleep(600)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("stubborn ready.")
    time.sleep(600)


def mortal() -> None:
    """Dies as soon as the file named by its environment exists."""
    order = Path(os.environ["OPENREG_DATA_DIR"]) / "die"
    say("mortal ready.")
    while not order.exists():
        time.sleep(0.02)
    say("the last words of the mortal")
    sys.exit(7)


def migrate() -> None:
    assert not {name for name in os.environ if name.startswith("PG")}
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
        owner.execute("create table if not exists started (at timestamptz default now())")
        owner.execute("insert into started default values")
        owner.execute("grant select on started to openreg_app")


def seed() -> None:
    assert "DATABASE_OWNER_URL" not in os.environ
    say("a line that is no JSON")
    people = {f"{one}email": f"{one.strip('_') or 'admin'}@demo.test" for one in ("", "author_", "approver_")}
    say(json.dumps({**people, "password": os.environ["OPENREG_ADMIN_PASSWORD"], "tenant": "demo"}))


def crash() -> None:
    say("the reason of the crash")
    sys.exit(3)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        serve(int(sys.argv[2]))
    else:
        globals()[sys.argv[1]]()
