"""A format counts as plain only when no value of it can hold a character that XML reserves."""

from __future__ import annotations

import random

import pytest

from backend.domain.expressions.types import Kind
from backend.domain.regulations.model import Format, Pack
from backend.pipeline.rendering.plain import is_plain
from tests.factories.target_frames import draw_match

RESERVED = set("&<>\"'\t\n\r\x00")


@pytest.mark.parametrize(
    "pattern",
    [
        ".*",
        "[^A]",
        "[ -~]",
        "[#-Z]",
        "[0-Z]",
        "[!-A]",
        "[+-Z]",
        "a&b",
        "<",
        r"\s",
        r"\S+",
        r"\w",
        r"\x3c",
        "[[:punct:]]",
    ],
)
def test_a_pattern_that_may_match_a_reserved_character_is_not_plain(pattern: str) -> None:
    assert not is_plain(Format(Kind.TEXT, pattern=pattern))


@pytest.mark.parametrize("pattern", ["[A-Z0-9]{18}[0-9]{2}", "NIDN|CCPT", r"FI[A-Z0-9\-\+]{1,33}", "[A-Z#]{4}"])
def test_a_pattern_of_letters_and_digits_is_plain(pattern: str) -> None:
    assert is_plain(Format(Kind.TEXT, pattern=pattern))


def test_free_text_is_not_plain() -> None:
    assert not is_plain(Format(Kind.TEXT, min_length=1, max_length=140))
    assert not is_plain(Format(Kind.TEXT))
    assert not is_plain(Format(Kind.TEXT, code_list=("A", "B&C")))


def test_no_value_drawn_from_a_plain_format_of_the_pack_needs_escaping(pack: Pack) -> None:
    source = random.Random(1)
    plain = [column.format for column in pack.columns.values() if is_plain(column.format)]

    assert len(plain) > 100
    for facets in plain:
        drawn = facets.code_list or [draw_match(facets.pattern or "", source) for _ in range(20)]
        assert not any(RESERVED & set(text) for text in drawn)
