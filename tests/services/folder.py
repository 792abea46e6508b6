"""The temporary folder of one test process; those of killed processes are removed by the next one."""

import os
import re
import shutil
import tempfile
from pathlib import Path

import psutil

#: Where Linux keeps files in memory; nothing is started from there, which it may forbid.
MEMORY = Path("/dev/shm")
#: Less than this is left to others: a container has a few megabytes there, a small machine no memory to spare.
ENOUGH_BYTES = 4 << 30
_NAME = re.compile(r"openreg-tests-(\d+)-")


def make_memory_folder() -> Path | None:
    """A new folder that is kept in memory, or None where that is scarce. Copying a database takes a tenth there."""
    if not os.access(MEMORY, os.W_OK):
        return None
    free = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available)
    return make_services_folder(MEMORY) if free >= ENOUGH_BYTES else None


def make_services_folder(parent: Path | None = None) -> Path:
    """A new folder under the system's temporary folder or ``parent``, passable for the services' account."""
    parent = parent or Path(tempfile.gettempdir())
    for leftover in parent.glob("openreg-tests-*"):
        match = _NAME.match(leftover.name)
        if match and not _is_alive(int(match[1])):
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"openreg-tests-{os.getpid()}-", dir=parent))
    folder.chmod(0o711)
    return folder


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
