"""Docker secrets: ``<NAME>_FILE`` names the file that holds the value of ``<NAME>``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

SUFFIX: Final = "_FILE"


def with_secret_files(environ: Mapping[str, str], names: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """The environment with the values of the files in it, and what is wrong; an empty value counts as not given."""
    values = {name: value for name, value in environ.items() if value != ""}
    faults = []
    for variable, path in sorted(values.items()):
        name = variable.removesuffix(SUFFIX)
        if not variable.endswith(SUFFIX) or name not in names:
            continue
        if environ.get(name):
            faults.append(f"{name} and {variable} are both given; leave one of them out")
            continue
        content, fault = _read(Path(path))
        if fault is None:
            values[name] = content
        else:
            # The name itself is not missing: one fault is told, not two.
            values.pop(name, None)
            faults.append(f"{variable} names {fault}: {path}")
    return values, faults


def _read(path: Path) -> tuple[str, str | None]:
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        return "", "a file that cannot be read"
    return content, None if content else "an empty file"
