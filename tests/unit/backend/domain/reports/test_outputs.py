"""Outputs: which options go together, which names can be made, which files would collide."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from backend.domain.reports.outputs import Output, content_name, different_files, file_name
from backend.domain.reports.page_texts import Moment, Page, PageText, PageTextTooLong, run_facts

RUN = run_facts(
    report="mifir",
    reporting_date=date(2026, 11, 9),
    sequence=3,
    version="1.2",
    created_at=datetime(2026, 11, 10, 6, 7, 8, tzinfo=UTC),
    message_identifier="OR1",
)
COLUMNS = [{"field": "a", "start": 1, "length": 5}, {"field": "b", "start": 8, "length": 2}]


def output(**changes: Any) -> Output:
    return Output.model_validate({"format": "csv", **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"csv": {}, "format": "json"},
        {"format": "fixed_width"},
        {"fixed_width": {"columns": COLUMNS}},
        {"decimals": "number"},
        {"csv": {"separator": '"'}},
        {"csv": {"separator": "a"}},
        {"csv": {"separator": "\n"}},
        {"csv": {"separator": ";;"}},
        {"csv": {"quoting": "never", "separator": ",", "decimal_sign": ","}},
        {"csv": {"quoting": "never", "separator": ":"}},
        {"csv": {"encoding": "utf-7"}},
        {"csv": {"header_lines": ["{unknown}"]}},
        {"csv": {"header_lines": ["{record_count:x}"]}},
        {"csv": {"header_lines": ["{is_last:10}"]}},
        {"csv": {"header_lines": ["{ "]}},
        {"csv": {"header_lines": ["two\nlines"]}},
        {"csv": {"footer_lines": ["€"], "encoding": "latin-1"}},
        {"csv": {"footer_lines": ["x"] * 21}},
        {"format": "fixed_width", "fixed_width": {"columns": []}},
        {"format": "fixed_width", "fixed_width": {"columns": [*COLUMNS, {"field": "c", "start": 5, "length": 1}]}},
        {"format": "fixed_width", "fixed_width": {"columns": [{"field": "a", "start": 0, "length": 1}]}},
        {"format": "fixed_width", "fixed_width": {"columns": COLUMNS, "record_length": 8}},
        {"format": "fixed_width", "fixed_width": {"columns": [{**COLUMNS[0], "padding": "é"}]}},
        {"max_bytes": 2000},
        {"max_bytes": 10, "file_name": "f{file_number}"},
        {"file_name": "{file_count}"},
        {"file_name": "{record_count}"},
        {"file_name": "../x"},
        {"packaging": "rar"},
        {"format": "xlsx", "packaging": "zip"},
        {"format": "parquet", "packaging": "gzip"},
        {"format": "xlsx", "max_bytes": 2000, "file_name": "f{file_number}"},
        {"format": "parquet", "decimals": "text"},
    ],
    ids=str,
)
def test_an_output_that_cannot_be_written_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        output(**changes)


@pytest.mark.parametrize(
    ("changes", "name", "inside"),
    [
        ({}, "mifir_2026-11-09_3.csv", "mifir_2026-11-09_3.csv"),
        ({"packaging": "gzip"}, "mifir_2026-11-09_3.csv.gz", "mifir_2026-11-09_3.csv"),
        ({"packaging": "zip", "file_name": "a.zip"}, "a.zip.zip", "a.zip.csv"),
        (
            {"file_name": "{reporting_date_digits}-{created_date}T{created_time}_v{version}"},
            "20261109-20261110T060708_v1.2.csv",
            "20261109-20261110T060708_v1.2.csv",
        ),
        (
            {"format": "fixed_width", "fixed_width": {"columns": COLUMNS}, "file_name": "f"},
            "f.txt",
            "f.txt",
        ),
    ],
    ids=str,
)
def test_names_are_made_of_the_run_and_of_what_is_inside(changes: dict[str, Any], name: str, inside: str) -> None:
    made = output(**changes)
    assert (file_name(made, RUN), content_name(made, RUN)) == (name, inside)


@pytest.mark.parametrize(
    ("names", "collide"),
    [
        (["a", "a"], True),
        (["a", "b"], False),
        (["{report}", "{report}"], True),
        (["{report}", "{version}"], False),
        (["a_{file_number}", "a_{file_number}"], True),
        (["a_{file_number}", "a_12"], True),
        (["a_{file_number}", "a_0"], False),
        (["a_{file_number}", "a_b"], False),
        (["{report}_{file_number}", "{report}_2"], True),
    ],
    ids=str,
)
def test_two_files_of_one_name_are_seen_before_there_are_any(names: list[str], collide: bool) -> None:
    outputs = tuple(output(file_name=name) for name in names)
    if collide:
        with pytest.raises(ValueError, match="same file"):
            different_files(outputs)
    else:
        assert different_files(outputs) == outputs


def test_a_full_sheet_goes_on_in_another_file() -> None:
    book = output(format="xlsx", file_name="a")
    assert (book.record_limit, output(format="xlsx", max_records=10**7, file_name="{file_number}").record_limit) == (
        1_048_575,
        1_048_575,
    )
    assert [file_name(book, {"file_number": number}) for number in "12"] == ["a.xlsx", "a_2.xlsx"]
    with pytest.raises(ValueError, match="same file"):
        different_files((book, output(format="xlsx", file_name="a_3")))


def test_an_older_output_is_stored_as_it_was() -> None:
    assert output().model_dump(mode="json").keys() == {"format", "packaging", "file_name", "max_records"}


@pytest.mark.parametrize(
    ("text", "made", "moment"),
    [
        ("{report:8}|{sequence:03}|{sequence:3}|", "mifir   |003|  3|", Moment.FILE_BEGINS),
        ("{file_number} {is_first:Y|N} {is_first}", "2 N false", Moment.FILE_BEGINS),
        ("{record_count:06}", "000007", Moment.FILE_ENDS),
        ("{record_count} {is_last:L|} {file_count} {total_records}", "7 L 2 17", Moment.RUN_ENDS),
        ("no token", "no token", Moment.FILE_BEGINS),
    ],
)
def test_a_text_of_a_file_is_made_when_its_facts_are_known(text: str, made: str, moment: Moment) -> None:
    page_text = PageText(text)
    assert page_text.find_fault() is None
    assert page_text.moment is moment
    assert page_text.render(RUN, Page(2, 2, 7, 17)) == made
    assert len(page_text.longest(RUN)) >= len(made)


def test_a_value_is_never_cut() -> None:
    with pytest.raises(PageTextTooLong, match="mifir"):
        PageText("{report:4}").render(RUN, Page())
