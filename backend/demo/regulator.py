"""The simulated regulator of ``openreg demo --full``: it stands with the tests, in a process of its own.

It reads the folder that the partner's SFTP server receives into, and answers into a folder below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backend.demo.child_process import start_module, stop
from backend.demo.errors import DemoServerNotStarted

RESPONSES: Final = "responses"
#: Records of the first file that it rejects at once, and that wait for its second answer; one of those is rejected.
REJECTED: Final = 3
PENDING: Final = 2
_MODULE: Final = "tests.services.regulator"
_REPOSITORY: Final = Path(__file__).resolve().parents[2]


@contextmanager
def started_regulator(incoming: Path, schemas: Path | None) -> Iterator[None]:
    """A regulator for the length of the block. Raises DemoServerNotStarted where it, or its schemas, are not there."""
    if schemas is None:
        raise DemoServerNotStarted(
            "The simulated regulator checks every file against the official schemas, and this machine has none.",
            fix="Set OPENREG_SCHEMAS to the folder that holds mifir/*.xsd, or run the demo without --full.",
        )
    if not _REPOSITORY.joinpath(*_MODULE.split(".")).is_dir():
        raise DemoServerNotStarted(
            "The simulated regulator is a part of the tests, which are not installed here.",
            fix="Run the demo from a clone of the repository, or without --full.",
        )
    counts = ["--reject", str(REJECTED), "--hold", str(PENDING)]
    process, _ = start_module(_MODULE, [str(incoming), str(incoming / RESPONSES), str(schemas), *counts], _REPOSITORY)
    try:
        yield
    finally:
        stop(process)
