"""Report files: the same report gives the same text, and nothing hostile is read."""

from __future__ import annotations

import pytest

from backend.domain.reports.interchange import (
    MAX_FILE_BYTES,
    PackMark,
    ReportFile,
    ReportFileInvalid,
    ReportHead,
    read_report_file,
    write_report_file,
)
from tests.factories.documents import plain_document

HEAD = ReportHead(name="Täglich: 'MiFIR'", slug="daily", tags=["eu"])
DOCUMENT = {**plain_document("x", fields={"zulu": "a", "alpha": "no"}), "pack": None}
DOCUMENT["source"] = {"connector": "trades", "query": "select a,\n  b -- why\nfrom t\n", "parameters": {}}
FILE = ReportFile(report=HEAD, version="3.0", pack=PackMark(id="mifir-rts22", version="1.0"), document=DOCUMENT)


def test_a_file_comes_back_as_it_was_written_in_the_authors_order() -> None:
    text = write_report_file(FILE)
    read = read_report_file(text)
    assert read.file == FILE
    assert list(read.file.document["fields"]) == ["zulu", "alpha"]
    assert write_report_file(read.file) == text


def test_a_query_stands_as_people_write_it() -> None:
    text = write_report_file(FILE)
    assert "    query: |\n      select a,\n        b -- why\n      from t\n" in text
    assert text.index("\nreport:") < text.index("\npack:") < text.index("\ndocument:")


def test_everything_has_a_place() -> None:
    text = write_report_file(FILE)
    place = read_report_file(text).place_of("/document/fields/alpha")
    assert text.splitlines()[place.line - 1][place.column - 1 :] == "'no'"
    assert read_report_file(text).place_of("/document/fields/none/at/all").line > 1


@pytest.mark.parametrize(
    ("text", "detail", "place"),
    [
        ("a: &x [1]\nb: *x\n", "Aliases", (1, 4)),
        ("a: *x\n", "Aliases", (1, 4)),
        ("report: 1\nreport: 2\n", "stands twice", (2, 1)),
        ("report:\n  <<: {a: 1}\n", "plain text", (2, 3)),
        ("a: [\n", "expected", (2, 1)),
        ("a: !!python/object/apply:os.system ['x']\n", "could not determine", (1, 4)),
        ("[" * 100, "too deep", (1, 21)),
        ("{a: 1, a", "", (1, 9)),
        ("a: 1\n---\nb: 1\n", "another document", (2, 1)),
    ],
)
def test_what_no_report_needs_is_refused_with_its_place(text: str, detail: str, place: tuple[int, int]) -> None:
    with pytest.raises(ReportFileInvalid) as refused:
        read_report_file(text)
    fault = refused.value.extra["errors"][0]  # type: ignore[index]  # a list of faults
    assert detail in fault["detail"]
    assert (fault["line"], fault["column"]) == place


@pytest.mark.parametrize("text", ["", "1", "[]", "\x00", "a: \ud800".encode("utf-8", "replace").decode(), "null"])
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(ReportFileInvalid):
        read_report_file(text)


def test_a_fault_of_the_form_is_named_with_its_line() -> None:
    text = write_report_file(FILE).replace("slug: daily", "slug: Daily!").replace("name: ", "nam: ", 1)
    with pytest.raises(ReportFileInvalid) as refused:
        read_report_file(text)
    faults = {fault["pointer"]: fault for fault in refused.value.extra["errors"]}  # type: ignore[attr-defined]  # likewise
    assert {"/report/slug", "/report/name"} <= set(faults)
    assert text.splitlines()[faults["/report/slug"]["line"] - 1].strip() == "slug: Daily!"


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ReportFileInvalid, match="larger"):
        read_report_file("#" * (MAX_FILE_BYTES + 1))
