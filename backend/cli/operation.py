"""Which installation an operator's command is for: the one the environment names, or an embedded one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.config import Settings, load_settings
from backend.embedded.environment import names_an_installation
from backend.embedded.folder import data_folder
from backend.embedded.operation import operated


@contextmanager
def operated_settings(data_dir: Path | None) -> Iterator[Settings]:
    """Its settings, with the owner's address, while its servers can be reached."""
    if data_dir is None and names_an_installation():
        yield load_settings()
        return
    with operated(data_folder(data_dir)) as environment:
        yield load_settings(environment)
