"""Official schemas as a regulator packs them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def zip_of(folder: Path) -> bytes:
    """The XSDs of a folder in a zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.glob("*.xsd")):
            archive.write(path, path.name)
    return target.getvalue()
