"""What a format cannot hold sets the record aside; nothing is cut off or replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from backend.core.errors import OpenRegError
from tests.factories.memory_run import run_table

TEXTS = ["fine", "é", "€", "中", 'a"b', "a;b", "a\nb", "12345678901", None]
NARROW = [{"field": "text", "start": 1, "length": 10}]


def set_aside(tmp_path: Path, output: dict[str, Any], column: pa.Array) -> list[int]:
    """The rows that are no records, each with a finding of the file."""
    made = run_table(pa.table({"text": column}), [output], tmp_path)
    assert {one["rule_id"] for one in made.findings} <= {"OUTPUT-1"}
    assert sum(file.records for file in made.files) == len(column) - len({one["row_number"] for one in made.findings})
    return [one["row_number"] for one in made.findings]


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        ({"format": "csv"}, []),
        ({"format": "csv", "csv": {"encoding": "utf-16"}}, []),
        ({"format": "csv", "csv": {"encoding": "ascii"}}, [2, 3, 4]),
        ({"format": "csv", "csv": {"encoding": "latin-1"}}, [3, 4]),
        ({"format": "csv", "csv": {"encoding": "windows-1252"}}, [4]),
        ({"format": "csv", "csv": {"quoting": "never", "separator": ";"}}, [5, 6, 7]),
        ({"format": "fixed_width", "fixed_width": {"columns": NARROW}}, [7, 8]),
        ({"format": "fixed_width", "fixed_width": {"columns": NARROW, "encoding": "latin-1"}}, [3, 4, 7, 8]),
    ],
    ids=str,
)
def test_a_text_that_the_file_cannot_hold_is_a_finding(tmp_path: Path, output: dict[str, Any], rows: list[int]) -> None:
    assert sorted(set_aside(tmp_path, output, pa.array(TEXTS))) == rows


def test_a_cell_of_a_sheet_has_its_limits(tmp_path: Path) -> None:
    texts = ["x" * 32_767, "x" * 32_768, "🏦" * 16_383, "🏦" * 16_384, "\x07", "\r\n\t", None]
    assert set_aside(tmp_path, {"format": "xlsx"}, pa.array(texts)) == [5, 2, 4]


@pytest.mark.parametrize("output_format", ["json", "ndjson", "xlsx"])
def test_numbers_of_a_file_are_finite(tmp_path: Path, output_format: str) -> None:
    numbers = pa.array([1.5, float("nan"), None, float("-inf")])
    assert set_aside(tmp_path, {"format": output_format}, numbers) == [2, 4]


def test_a_number_that_is_too_long_for_its_place_is_a_finding(tmp_path: Path) -> None:
    numbers = pa.array([9_999_999_999, 10_000_000_000, -999_999_999, -1_000_000_000, None])
    place = [{"field": "text", "start": 1, "length": 10, "align": "right", "padding": "0"}]
    output = {"format": "fixed_width", "fixed_width": {"columns": place}}
    assert set_aside(tmp_path, output, numbers) == [2, 4]


def test_zeros_stand_between_sign_and_digits(tmp_path: Path) -> None:
    place = [{"field": "text", "start": 3, "length": 5, "align": "right", "padding": "0"}]
    output = {"format": "fixed_width", "fixed_width": {"columns": place, "record_length": 9}}
    made = run_table(pa.table({"text": pa.array([7, -7, None])}), [output], tmp_path)
    assert made.only == b"  00007  \r\n  -0007  \r\n         \r\n"


def test_formulas_are_guarded_for_those_who_ask_for_it(tmp_path: Path) -> None:
    table = pa.table({"text": pa.array(["=1+1", "-1", "x", None, ""]), "number": pa.array([-1, 2, 3, 4, 5])})
    guarded = run_table(table, [{"format": "csv", "csv": {"escape_formulas": True, "header": False}}], tmp_path)
    assert guarded.only == b"'=1+1,-1\r\n'-1,2\r\nx,3\r\n,4\r\n\"\",5\r\n"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"max_bytes": 1024, "file_name": "f_{file_number}"}, "record_too_large"),
        ({"csv": {"footer_lines": ["{record_count:1}"]}}, "page_text_too_long"),
    ],
    ids=["a record", "a count"],
)
def test_what_does_not_fit_a_file_ends_the_run(tmp_path: Path, options: dict[str, Any], code: str) -> None:
    table = pa.table({"text": pa.array(["x" * 2000] * 10)})
    with pytest.raises(OpenRegError) as raised:
        run_table(table, [{"format": "csv", **options}], tmp_path)
    assert raised.value.code == code
    assert raised.value.fix


def test_files_that_would_have_one_name_in_this_run_end_it(tmp_path: Path) -> None:
    outputs = [{"format": "csv", "file_name": one} for one in ("{report}", "trades")]
    with pytest.raises(OpenRegError, match=r"trades\.csv"):
        run_table(pa.table({"text": pa.array(["x"])}), outputs, tmp_path)
