"""What is seen of the characters of a column is what a regular expression finds."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.expressions.patterns import read_pattern
from backend.pipeline.expressions.kernels.character_search import read_characters

SEEN = (
    "[^A-Z0-9]",
    "[^a-z]",
    "[^0-9.]",
    "^[A-Z0-9]+$",
    "^[A-Z0-9]*$",
    r"\A[A-Z]{3}\z",
    "^[A-Z0-9 ]{2,}$",
    "^[a-c0-9_]{1,4}$",
    "^[A-Z]{0}$",
)
LEFT = (
    "[^-x]",
    "[A-Z]",
    "^[^;]*$",
    "^[A-Z]",
    "^[A-Z]{2}[0-9]$",
    "^[A-Z]+?$",
    "[^A-Z]|x",
    "[^é]",
    r"[^\d]",
    "[^acegik]",
    "(?i)[^A-Z]",
    "^[A-Z]$",
)
#: Around the edges of the classes, in one to four bytes.
LETTERS = st.sampled_from([*"@AMZ[/059:`az{_-.; é§", "\n", "\0", "€", "\U0001f600"])
TEXTS = st.lists(st.none() | st.text(LETTERS, max_size=30) | st.text("AMZ059", max_size=30), max_size=40)


@given(texts=TEXTS, pattern=st.sampled_from(SEEN), cut=st.integers(0, 5))
def test_the_same_is_found_as_by_a_regular_expression(texts: list[str | None], pattern: str, cut: int):
    rust = read_pattern(pattern).rust
    wanted = read_characters(rust)
    assert wanted is not None
    column = pl.Series(texts, dtype=pl.String)[cut:]
    assert wanted.judge(column).to_list() == column.str.contains(rust).to_list()


@pytest.mark.parametrize("pattern", LEFT)
def test_what_asks_for_more_is_left_to_regular_expressions(pattern: str):
    assert read_characters(read_pattern(pattern).rust) is None


@pytest.mark.parametrize("rows", [1, 3_000, 70_000])
def test_a_rare_character_is_found_wherever_it_stands(rows: int):
    wanted = read_characters("[^A-Z0-9]")
    assert wanted is not None
    texts: list[str | None] = ["ABCDEFGHIJ0123456789"] * rows
    odd = {0, rows // 2, rows - 1}
    for place, row in enumerate(sorted(odd)):
        texts[row] = ("?", "A" * 40 + "é", "AB\nC")[place]
    found = wanted.judge(pl.Series(texts))
    assert set(found.arg_true()) == odd
