"""Which installation a command is about: one on this machine, or the one that the environment names."""

from __future__ import annotations

from pathlib import Path

from backend.config import Settings, load_settings
from backend.embedded.environment import names_an_installation
from backend.embedded.folder import data_folder
from backend.embedded.operation import running_environment


def target_settings(data_dir: Path | None) -> Settings:
    """A folder that was named, else the environment, else the platform that runs on the usual folder.

    Raises SettingsInvalid, PlatformNotRunning, DataFolderCorrupt.
    """
    if data_dir is None and names_an_installation():
        return load_settings()
    return load_settings(running_environment(data_folder(data_dir)))
