"""Downloads what a run produced, unpacks it, and checks every hash the platform gave."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from backend.demo.outcome import Check, ProducedFile
from backend.demo.platform_client import PlatformClient

_BLOCK: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class DownloadedArtifact:
    """An artifact on disk: the stored object, the uncompressed file, what the platform says about them."""

    name: str
    format: str
    stored: Path
    stored_sha256: str
    file: ProducedFile
    checks: tuple[Check, ...]


def download_artifacts(platform: PlatformClient, run_id: str, folder: Path) -> list[DownloadedArtifact]:
    """All artifacts of the run, in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    items: list[dict[str, Any]] = platform.get(f"/runs/{run_id}/artifacts")["items"]
    return [_download(platform, item, folder) for item in items]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _download(platform: PlatformClient, item: dict[str, Any], folder: Path) -> DownloadedArtifact:
    # A name from a server never chooses where a file lands.
    stored = folder / Path(str(item["name"])).name
    platform.download(f"/artifacts/{item['id']}/content", stored)
    stored_sha256 = sha256_of(stored)
    content = _unpacked(stored, str(item["format"]))
    content_sha256 = sha256_of(content)
    is_packed = content != stored
    size = stored.stat().st_size
    archive = {"path": str(stored), "sha256": stored_sha256, "size_bytes": size} if is_packed else None
    return DownloadedArtifact(
        name=stored.name,
        format=str(item["format"]),
        stored=stored,
        stored_sha256=stored_sha256,
        file=ProducedFile(
            path=str(content),
            sha256=content_sha256,
            size_bytes=content.stat().st_size,
            records=int(item["records"]),
            xsd=_verdict(item.get("schema_check") or {}),
            archive=archive,
        ),
        checks=(
            _same(f"hash of {stored.name} as stored", str(item["sha256"]), stored_sha256),
            _same(f"size of {stored.name}", str(item["size_bytes"]), str(size)),
            _same(f"hash of {content.name} unpacked", str(item["content_sha256"]), content_sha256),
        ),
    )


def _unpacked(stored: Path, extension: str) -> Path:
    """The file inside a zip, beside it under the same name; a file that is no zip is its own content."""
    if stored.suffix != ".zip":
        return stored
    target = stored.with_suffix(f".{extension}")
    with zipfile.ZipFile(stored) as archive:
        (entry,) = archive.infolist()
        with archive.open(entry) as packed, target.open("wb") as unpacked:
            _copy(packed, unpacked)
    return target


def _copy(source: Any, target: BinaryIO) -> None:
    shutil.copyfileobj(source, target, _BLOCK)


def _verdict(schema_check: dict[str, Any]) -> str | list[str]:
    status = str(schema_check.get("status", "unverified"))
    if status != "invalid":
        return status
    return [str(error) for error in schema_check.get("errors", [])] or [status]


def _same(name: str, wanted: str, found: str) -> Check:
    return Check(name, wanted == found, found if wanted == found else f"{found} instead of {wanted}")
