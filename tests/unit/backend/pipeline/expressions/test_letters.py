"""upper, lower, trim and length over every character there is."""

from __future__ import annotations

import duckdb
import polars as pl
import pytest

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import TEXT
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.compiler import compile_expression

pytestmark = pytest.mark.thorough

#: Letters that are younger than one of the two Unicode tables; nobody writes a name with them yet.
YOUNGER = {0x19B, 0x264, 0x1C89, 0x1C8A, *range(0xA7CB, 0xA7DD), *range(0x10D50, 0x10D86), *range(0x16EA0, 0x16ED4)}


@pytest.mark.parametrize("function", ["upper", "lower", "length", "trim"])
def test_every_character_is_treated_as_by_duckdb(function: str):
    characters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code <= 0xDFFF and code not in YOUNGER]
    frame = pl.DataFrame({"a": characters}).to_arrow()
    with duckdb.connect() as connection:
        connection.register("characters", frame)
        expected = connection.sql(f"SELECT {function}(a) AS v FROM characters").pl()["v"].to_list()
    compiled = compile_expression(parse_expression(f"{function}(a)", {"a": TEXT}), Bindings(None))
    ours = pl.DataFrame({"a": characters}).select(v=compiled.value)["v"].to_list()
    assert [pair for pair in zip(characters, ours, expected, strict=True) if pair[1] != pair[2]] == []
