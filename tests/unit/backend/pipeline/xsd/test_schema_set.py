"""Documents against several schemas at once: verdicts, where the fault is, threads, memory, hostile input."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from backend.pipeline.xsd import SchemaFileInvalid, SchemaSet, SchemaSetInvalid
from backend.pipeline.xsd.libxml2 import find_libxml2
from backend.pipeline.xsd.streams import MAX_FINDINGS
from tests.unit.backend.pipeline.xsd.conftest import LETTER_SCHEMA

LETTER = "urn:test:letter"
UNIQUE = '<xs:unique name="once"><xs:selector xpath="*/*"/><xs:field xpath="."/></xs:unique>'
OPEN = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"'
Write = Callable[..., bytes]
MakeSet = Callable[..., SchemaSet]


def test_a_valid_document_has_no_findings(letter_set: SchemaSet, write_letter: Write) -> None:
    assert letter_set.validate(write_letter("abc", "def")) == []


def test_a_finding_names_line_element_and_value(letter_set: SchemaSet, write_letter: Write) -> None:
    findings = letter_set.validate(write_letter("abc", "ABC", "def", "4"))

    assert [finding.line for finding in findings] == [4, 6]
    assert "'Line'" in findings[0].message
    assert "'ABC'" in findings[0].message
    assert "[a-z]{1,9}" in findings[0].message
    assert LETTER not in findings[0].message


def test_the_wrapper_and_the_document_are_both_checked(letter_set: SchemaSet, write_letter: Write) -> None:
    (header,) = letter_set.validate(write_letter("abc").replace(b"<Sender>me<", b"<Sender><"))
    (wildcard,) = letter_set.validate(write_letter("abc").replace(b"urn:test:letter", b"urn:test:other"))

    assert "Sender" in header.message
    assert header.line == 2
    assert "Letter" in wildcard.message


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"</Lines>", b""),
        (b"<Line>abc", b"<Line>a\x01c"),
        (b"<Line>abc", b"<Line>a\xffc"),
        (b"<Line>abc", b"<Line>&undeclared;"),
        (b"<Line>abc", b"<x:Line>abc"),
        (b"</File>", b"</File><File/>"),
    ],
)
def test_what_is_not_well_formed_is_a_finding_not_a_crash(
    letter_set: SchemaSet, write_letter: Write, old: bytes, new: bytes
) -> None:
    findings = letter_set.validate(write_letter("abc").replace(old, new))

    assert findings
    assert all(finding.line >= 1 and finding.message for finding in findings)


@pytest.mark.parametrize("document", [b"", b" ", b"no xml", b"<", b"<File", b"\x00\x00", b"\xff\xfe<\x00"])
def test_something_else_than_a_document_is_a_finding(letter_set: SchemaSet, document: bytes) -> None:
    assert letter_set.validate(document)


def test_a_document_in_pieces_gets_the_verdict_of_the_whole(letter_set: SchemaSet, write_letter: Write) -> None:
    document = write_letter(*["abc"] * 50, "WRONG", *["def"] * 50)
    source = random.Random(2)
    for _ in range(5):
        cuts = sorted(source.sample(range(len(document)), 12))
        pieces = [document[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]

        assert letter_set.validate(*map(memoryview, pieces)) == letter_set.validate(document)


def test_a_document_that_is_wrong_throughout_stops_early(letter_set: SchemaSet, write_letter: Write) -> None:
    assert len(letter_set.validate(write_letter(*["WRONG"] * 5_000))) == MAX_FINDINGS


def test_a_right_document_of_the_wrong_kind_is_refused(letter_set: SchemaSet) -> None:
    document = f'<Letter xmlns="{LETTER}"><Lines><Line>abc</Line></Lines></Letter>'.encode()

    (finding,) = letter_set.validate(document)

    assert "root element" in finding.message


def test_entities_are_refused_before_they_are_read(letter_set: SchemaSet, write_letter: Write, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("abc")
    declaration = f'<!DOCTYPE File [<!ENTITY x SYSTEM "file://{secret}">]>\n'.encode()
    document = write_letter("&x;").replace(b"<File", declaration + b"<File", 1)

    (finding,) = letter_set.validate(document)

    assert "document type" in finding.message


def test_an_entity_bomb_costs_nothing(letter_set: SchemaSet, write_letter: Write) -> None:
    levels = "".join(f'<!ENTITY a{number} "{f"&a{number - 1};" * 10}">' for number in range(1, 12))
    declaration = f'<!DOCTYPE File [<!ENTITY a0 "ha">{levels}]>\n'.encode()
    document = write_letter("&a11;").replace(b"<File", declaration + b"<File", 1)

    assert letter_set.validate(document)


def test_a_schema_named_by_the_document_is_not_loaded(
    letter_set: SchemaSet, write_letter: Write, tmp_path: Path
) -> None:
    other = tmp_path / "other.xsd"
    other.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:test:other">'
        '<xs:element name="Letter" type="xs:anyType"/></xs:schema>'
    )
    location = f'<File xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:test:other file://{other}"'
    document = write_letter("anything").replace(b"<File", location.encode(), 1)

    assert letter_set.validate(document) == []
    assert letter_set.validate(document.replace(b'xmlns="urn:test:letter"', b'xmlns="urn:test:other"'))


def test_threads_share_one_set_and_each_gets_its_own_verdict(letter_set: SchemaSet, write_letter: Write) -> None:
    documents = [write_letter(*(["abc"] * number + ["WRONG"] * (number % 3))) for number in range(1, 60)]
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(letter_set.validate, documents * 3))

    assert [len(findings) for findings in found] == [number % 3 for number in range(1, 60)] * 3
    assert all(
        finding.line == 3 + number + index
        for number, findings in zip([*range(1, 60)] * 3, found, strict=True)
        for index, finding in enumerate(findings)
    )


@pytest.mark.thorough
def test_memory_does_not_grow_with_the_number_or_the_size_of_documents(make_set: MakeSet, write_letter: Write) -> None:
    schemas, process = make_set(), psutil.Process()
    small, large = write_letter("abc", "WRONG"), write_letter(*["abcdefghi"] * 400_000)
    for _ in range(500):
        schemas.validate(small)
    before = process.memory_info().rss

    for _ in range(3_000):
        schemas.validate(small)
    assert schemas.validate(large) == []

    assert process.memory_info().rss - before < 3 << 20


def test_chunks_stand_for_the_whole_where_records_repeat_freely(make_set: MakeSet) -> None:
    assert make_set().chunks_equivalent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('maxOccurs="unbounded"', 'maxOccurs="500000"'),
        ('maxOccurs="unbounded"', 'minOccurs="2" maxOccurs="unbounded"'),
        ('maxOccurs="unbounded"', ""),
        ('name="Tone" type="xs:string"', 'name="Tone" type="xs:ID"'),
        (
            '<xs:element name="Letter" type="Letter"/>',
            '<xs:element name="Letter" type="Letter">' + UNIQUE + "</xs:element>",
        ),
    ],
)
def test_chunks_do_not_stand_for_the_whole_where_the_schema_looks_across_records(
    make_set: MakeSet, files: dict[str, bytes], old: str, new: str
) -> None:
    changed = files[LETTER].decode().replace(old, new)
    assert changed != files[LETTER].decode()

    assert not make_set({LETTER: changed.encode()}).chunks_equivalent


def test_without_a_record_path_nothing_is_promised_about_chunks(files: dict[str, bytes]) -> None:
    assert not SchemaSet.from_files(files, "{urn:test:wrapper}File").chunks_equivalent


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (b"<xs:schema", "not well-formed"),
        (b"<html/>", "no XML schema"),
        (
            b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + OPEN + b">&e;</xs:schema>",
            "document type",
        ),
        (
            OPEN + b'><xs:include schemaLocation="/etc/x.xsd"/></xs:schema>',
            "another file",
        ),
    ],
)
def test_a_schema_that_could_reach_beyond_itself_is_refused(make_set: MakeSet, schema: bytes, reason: str) -> None:
    with pytest.raises(SchemaFileInvalid, match=reason):
        make_set({LETTER: schema})


def test_an_import_is_answered_from_the_set_whatever_location_it_names(
    make_set: MakeSet, files: dict[str, bytes], write_letter: Write
) -> None:
    element = '<xs:element name="File">'
    location = '<xs:import namespace="urn:test:letter" schemaLocation="http://127.0.0.1:9/letter.xsd"/>'
    importing = files["urn:test:wrapper"].decode().replace(element, location + element)

    assert make_set({"urn:test:wrapper": importing.encode()}).validate(write_letter("abc")) == []


def test_a_schema_outside_the_set_is_not_loaded_from_where_an_import_says(
    make_set: MakeSet, files: dict[str, bytes], tmp_path: Path
) -> None:
    outside = tmp_path / "outside.xsd"
    outside.write_bytes(OPEN + b' targetNamespace="urn:test:outside"><xs:element name="Thing"/></xs:schema>')
    imported = f'<xs:import namespace="urn:test:outside" schemaLocation="{outside}"/>'
    element = '<xs:element name="File">'
    importing = files["urn:test:wrapper"].decode().replace(element, imported + element)
    using = importing.replace("<xs:any ", '<xs:element xmlns:o="urn:test:outside" ref="o:Thing"/><xs:any ')

    with pytest.raises(SchemaSetInvalid, match="Thing"):
        make_set({"urn:test:wrapper": using.encode()})


def test_schemas_that_contradict_themselves_are_refused_with_the_reason(
    make_set: MakeSet, files: dict[str, bytes]
) -> None:
    with pytest.raises(SchemaSetInvalid, match="Missing"):
        make_set({LETTER: files[LETTER].replace(b'base="Word"', b'base="Missing"')})


def test_a_finished_stream_gives_its_memory_back_even_when_it_is_cut(make_set: MakeSet, write_letter: Write) -> None:
    schemas = make_set()
    stream = schemas.open()
    stream.feed(write_letter("abc")[:-20])

    assert stream.close()


def test_the_systems_library_is_used_where_it_is_there() -> None:
    assert find_libxml2() is find_libxml2()
    assert find_libxml2() is not None


def with_word(pattern: str) -> dict[str, bytes]:
    """The schema of letters, whose words have this form."""
    schema = LETTER_SCHEMA.replace("[a-z]{1,9}", pattern)
    assert pattern in schema
    return {LETTER: schema.encode()}


@pytest.mark.parametrize(("pattern", "word"), [("(a+)+b", "a" * 10_000), ("(a|a)*b", "a" * 40)])
def test_a_pattern_that_would_hang_others_is_answered_at_once(
    make_set: MakeSet, write_letter: Write, pattern: str, word: str
) -> None:
    began = time.process_time()
    findings = make_set(with_word(pattern)).validate(write_letter(word, "b"))
    assert findings
    assert "pattern" in findings[0].message
    assert time.process_time() - began < 1


@pytest.mark.long
@pytest.mark.parametrize("pattern", ["(a|aa)+c", "((a{1,100}){1,100}){1,100}b"])
def test_a_pattern_that_libxml2_gives_up_on_is_a_finding_not_a_pass(
    make_set: MakeSet, write_letter: Write, pattern: str
) -> None:
    began = time.process_time()
    findings = make_set(with_word(pattern)).validate(write_letter(*["a" * 100] * 100))
    assert findings
    assert len(findings) <= MAX_FINDINGS
    assert time.process_time() - began < 30, "it stops after a few values"
