"""A regulator's schema package: a zip of schema documents, read as untrusted input within limits."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Final

from backend.pipeline.xsd.documents import SchemaFile, check_locations, read_schema_file
from backend.pipeline.xsd.finding import SchemaPackageInvalid, SchemaPackageTooLarge

#: The largest packages published so far hold some 80 files and 20 MB.
MAX_ARCHIVE_BYTES: Final = 32 << 20
MAX_FILES: Final = 500
MAX_FILE_BYTES: Final = 16 << 20
MAX_TOTAL_BYTES: Final = 64 << 20
_ENCRYPTED: Final = 0x1
#: How the one file of a package is called that is no archive.
SINGLE_FILE: Final = "schema.xsd"
#: What may stand before the first tag: blanks, and the mark of UTF-8.
_BEFORE_XML: Final = b"\xef\xbb\xbf \t\r\n"
_FIX: Final = "Install the package as the regulator publishes it, with the .xsd files in one zip archive."


def read_schema_package(archive: bytes) -> list[SchemaFile]:
    """Every schema document of the zip archive, in the order of its names; other files are passed over.

    A single schema needs no archive. Nothing is written to disk and declared sizes are not trusted: reading stops at
    the limits of this module.
    """
    if len(archive) > MAX_ARCHIVE_BYTES:
        raise SchemaPackageTooLarge(f"The archive is larger than {MAX_ARCHIVE_BYTES >> 20} MiB", fix=_FIX)
    if archive.lstrip(_BEFORE_XML)[:1] == b"<":
        return [read_schema_file(SINGLE_FILE, _within_limit(archive))]
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as package:
            contents = _read_members(package)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise SchemaPackageInvalid(f"The file is not a readable zip archive: {error}", fix=_FIX) from error
    if not contents:
        raise SchemaPackageInvalid("The archive holds no .xsd file", fix=_FIX)
    return [read_schema_file(name, content) for name, content in sorted(contents.items())]


def admit_schema_package(archive: bytes) -> list[SchemaFile]:
    """The same of a package that is brought now: it must have everything that its schemas take parts from."""
    files = read_schema_package(archive)
    check_locations(files)
    return files


def _within_limit(content: bytes) -> bytes:
    if len(content) > MAX_FILE_BYTES:
        raise SchemaPackageTooLarge(f"The schema is larger than {MAX_FILE_BYTES >> 20} MiB", fix=_FIX)
    return content


def _read_members(package: zipfile.ZipFile) -> dict[str, bytes]:
    members = package.infolist()
    if len(members) > MAX_FILES:
        raise SchemaPackageTooLarge(f"The archive holds more than {MAX_FILES} files", fix=_FIX)
    contents: dict[str, bytes] = {}
    total = 0
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/")).name
        if member.is_dir() or not name.lower().endswith(".xsd") or name.startswith("."):
            continue
        if member.flag_bits & _ENCRYPTED:
            raise SchemaPackageInvalid(f"{name} is encrypted", fix=_FIX)
        if name in contents:
            raise SchemaPackageInvalid(f"The archive holds {name} twice", fix=_FIX)
        contents[name] = _read_member(package, member, name, MAX_TOTAL_BYTES - total)
        total += len(contents[name])
    return contents


def _read_member(package: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, left: int) -> bytes:
    limit = min(MAX_FILE_BYTES, left)
    with package.open(member) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise SchemaPackageTooLarge(
            f"{name} brings the archive over {MAX_FILE_BYTES >> 20} MiB a file or {MAX_TOTAL_BYTES >> 20} MiB in all",
            fix=_FIX,
        )
    return content
