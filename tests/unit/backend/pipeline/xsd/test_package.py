"""A schema package is read as untrusted input: schemas out, everything else refused or passed over."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest

from backend.pipeline.xsd import (
    SchemaFileInvalid,
    SchemaPackageInvalid,
    SchemaPackageTooLarge,
    package,
    read_schema_package,
)


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def test_every_schema_is_read_with_namespace_hash_and_imports(files: dict[str, bytes]) -> None:
    importing = files["urn:test:wrapper"].replace(
        b'<xs:element name="File">', b'<xs:import namespace="urn:test:letter"/><xs:element name="File">'
    )
    archive = zipped(
        {"docs/read me.pdf": b"%PDF", "b/letter.xsd": files["urn:test:letter"], "a/wrapper.XSD": importing}
    )

    letter, wrapper = read_schema_package(archive)

    assert (letter.name, letter.namespace, letter.imports) == ("letter.xsd", "urn:test:letter", ())
    assert (wrapper.name, wrapper.namespace, wrapper.imports) == (
        "wrapper.XSD",
        "urn:test:wrapper",
        ("urn:test:letter",),
    )
    assert letter.content == files["urn:test:letter"]
    assert letter.sha256 == hashlib.sha256(letter.content).hexdigest()


def test_a_path_in_a_name_leads_nowhere(files: dict[str, bytes]) -> None:
    (schema,) = read_schema_package(zipped({"../../etc/letter.xsd": files["urn:test:letter"]}))

    assert schema.name == "letter.xsd"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a readable zip"),
        (b"PK\x03\x04 and no more", "not a readable zip"),
        (zipped({}), "no .xsd file"),
        (zipped({"a.pdf": b""}), "no .xsd file"),
        (zipped({"a/x.xsd": b"", "b/x.xsd": b""}), "twice"),
    ],
)
def test_what_is_no_package_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(SchemaPackageInvalid, match=reason):
        read_schema_package(content)


def test_a_damaged_member_is_refused(files: dict[str, bytes]) -> None:
    archive = bytearray(zipped({"letter.xsd": files["urn:test:letter"]}))
    archive[60:90] = b"\xff" * 30

    with pytest.raises(SchemaPackageInvalid):
        read_schema_package(bytes(archive))


def test_an_encrypted_member_is_refused(files: dict[str, bytes]) -> None:
    archive = bytearray(zipped({"letter.xsd": files["urn:test:letter"]}))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(SchemaPackageInvalid, match="encrypted"):
        read_schema_package(bytes(archive))


def test_a_bomb_is_stopped_at_the_limit_whatever_size_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_FILE_BYTES", 1 << 20)
    archive = bytearray(zipped({"bomb.xsd": b"A" * (8 << 20)}))
    position = archive.index(b"PK\x01\x02") + 24
    archive[position : position + 4] = (100).to_bytes(4, "little")

    with pytest.raises((SchemaPackageTooLarge, SchemaPackageInvalid)):
        read_schema_package(bytes(archive))
    with pytest.raises(SchemaPackageTooLarge):
        read_schema_package(zipped({"bomb.xsd": b"A" * (8 << 20)}))


def test_many_files_together_are_stopped_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_TOTAL_BYTES", 3 << 20)

    with pytest.raises(SchemaPackageTooLarge):
        read_schema_package(zipped({f"{number}.xsd": b"A" * (1 << 20) for number in range(4)}))


def test_too_many_files_are_refused() -> None:
    with pytest.raises(SchemaPackageTooLarge, match="more than"):
        read_schema_package(zipped({f"{number}.txt": b"" for number in range(package.MAX_FILES + 1)}))


def test_an_archive_beyond_the_limit_is_not_even_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "MAX_ARCHIVE_BYTES", 10)

    with pytest.raises(SchemaPackageTooLarge, match="archive is larger"):
        read_schema_package(zipped({"a.xsd": b""}))


@pytest.mark.parametrize("content", [b"", b"<a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"<a/>"])
def test_a_file_that_is_no_harmless_schema_is_refused_by_name(content: bytes) -> None:
    with pytest.raises(SchemaFileInvalid, match=r"odd\.xsd"):
        read_schema_package(zipped({"odd.xsd": content}))
