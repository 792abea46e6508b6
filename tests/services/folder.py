"""The temporary folder of one test process; those of killed processes are removed by the next one."""

import os
import re
import shutil
import tempfile
from pathlib import Path

_NAME = re.compile(r"openreg-tests-(\d+)-")


def make_services_folder() -> Path:
    """A new folder under the system's temporary folder, passable for the services' account."""
    parent = Path(tempfile.gettempdir())
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
