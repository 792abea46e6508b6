"""Identifier functions against the same checks written per value, over generated sound and broken identifiers."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date
from string import ascii_uppercase, digits
from typing import Any

import polars as pl
import pytest
from stdnum import isin as stdnum_isin
from stdnum import lei as stdnum_lei
from stdnum.exceptions import ValidationError

from backend.domain.expressions import parse_expression
from backend.domain.expressions.types import TEXT
from backend.pipeline.expressions.bindings import Bindings, ReferenceTables
from backend.pipeline.expressions.compiler import compile_expression

CASES = 400
ALPHANUMERIC = digits + ascii_uppercase
ODD = [
    None,
    "",
    " ",
    "é" * 10,
    "🙂" * 5,
    "5493001KJTIIGC8Y1R1é",
    "5493001KJTIIGC8Y1R12 ",
    "5493001kjtiigc8y1r12",
    "US0378331005",
    "us0378331005",
]


def _sound_lei(source: random.Random) -> str:
    stem = "".join(source.choice(ALPHANUMERIC) for _ in range(18))
    return f"{stem}{98 - int(''.join(str(int(c, 36)) for c in stem + '00')) % 97:02}"


def _sound_isin(source: random.Random) -> str:
    stem = source.choice(["US", "DE", "FR", "GB", "XS"]) + "".join(source.choice(ALPHANUMERIC) for _ in range(9))
    return stem + stdnum_isin.calc_check_digit(stem)


def _broken(text: str, source: random.Random) -> str:
    at = source.randrange(len(text))
    return source.choice(
        [
            text[:at] + source.choice(ALPHANUMERIC + "é-") + text[at + 1 :],
            text[:-1],
            text + "0",
            text.lower(),
            text[::-1],
        ]
    )


def _generated(sound: Any, source: random.Random) -> list[str | None]:
    return [
        *ODD,
        *(text if source.random() < 0.5 else _broken(text, source) for text in (sound(source) for _ in range(CASES))),
    ]


def _accepts(module: Any, text: str) -> bool:
    try:
        return module.validate(text) == text
    except ValidationError:
        return False


def judge(function: str, texts: Sequence[str | None], reference: ReferenceTables | None = None):
    """What the compiled function says about each text."""
    bindings = Bindings(date(2024, 6, 3), reference=reference or ReferenceTables())
    compiled = compile_expression(parse_expression(f"{function}(a)", {"a": TEXT}), bindings)
    assert compiled.error is None
    return pl.DataFrame({"a": texts}, schema={"a": pl.String}).lazy().select(v=compiled.value).collect()["v"].to_list()


def expected(texts: Sequence[str | None], check: Callable[[str], bool]):
    return [None if text is None else check(text) for text in texts]


def test_lei_agrees_with_stdnum():
    texts = _generated(_sound_lei, random.Random(1))
    verdicts = judge("lei_valid", texts)
    assert verdicts == expected(
        texts, lambda text: text.isascii() and text == text.upper() and _accepts(stdnum_lei, text)
    )
    assert 100 < verdicts.count(True) < 300


def test_isin_agrees_with_stdnum_for_known_countries():
    texts = _generated(_sound_isin, random.Random(2))
    verdicts = judge("isin_valid", texts)
    known = {"US", "DE", "FR", "GB", "XS"}
    for text, verdict in zip(texts, verdicts, strict=True):
        if text is not None and text[:2] in known:
            assert verdict == (text.isascii() and _accepts(stdnum_isin, text)), text
    assert 100 < verdicts.count(True) < 300
    assert len(texts) >= 200


def test_identifiers_of_a_sliced_column_are_not_taken_from_its_neighbours():
    texts = ["x", *(_sound_lei(random.Random(seed)) for seed in range(5)), "5493001KJTIIGC8Y1R13"]
    compiled = compile_expression(parse_expression("lei_valid(a)", {"a": TEXT}), Bindings(date(2024, 6, 3)))
    assert pl.DataFrame({"a": texts}).slice(2, 5).select(v=compiled.value)["v"].to_list() == [True] * 4 + [False]


def test_cfi_knows_categories_groups_and_letters():
    source = random.Random(3)
    groups = {"E": "SPCFLDYM", "D": "BCWTSEGANDMY", "O": "CPM", "F": "FC", "S": "RTECFM", "T": "CTRIBDM", "L": "LRS"}
    texts = [*ODD, "ESVUFR", "esvufr", "ESVUF", "ESVUFRX", "EZVUFR", "ZSVUFR", "ES1UFR", "DBFTFB", "OCASPS"]
    texts += ["".join(source.choice(ascii_uppercase) for _ in range(6)) for _ in range(CASES)]
    judged = [text for text in texts if text is None or text[:1] in groups or text[:1] not in ascii_uppercase]

    def check(text: str) -> bool:
        letters = len(text) == 6 and set(text) <= set(ascii_uppercase)
        return letters and text[1] in groups.get(text[0], "")

    known = [text for text in texts if text and text[0] in groups] + ODD
    assert judge("cfi_valid", known) == expected(known, check)
    assert judge("cfi_valid", ["ESVUFR", "DBFTFB", "OCASPS", "MCXXXX", "JEXXXX"]) == [True] * 5
    assert len(texts) >= 200
    assert judged


def test_uti_begins_with_a_sound_lei():
    source = random.Random(4)
    texts = list(ODD)
    for _ in range(CASES):
        lei = _sound_lei(source)
        tail = "".join(source.choice(ALPHANUMERIC) for _ in range(source.choice([0, 1, 16, 32, 33])))
        texts.append(source.choice([lei, _broken(lei, source)]) + source.choice([tail, tail, tail.lower(), f"{tail}-"]))

    def check(text: str) -> bool:
        tail = text[20:]
        is_tail = 1 <= len(tail) <= 32 and set(tail) <= set(ALPHANUMERIC)
        return is_tail and text.isascii() and text[:20] == text[:20].upper() and _accepts(stdnum_lei, text[:20])

    verdicts = judge("uti_valid", texts)
    assert verdicts == expected(texts, check)
    assert verdicts.count(True) > 30


@pytest.mark.parametrize(
    ("function", "dataset", "sound", "broken"),
    [
        ("ccy_valid", "currency", ["EUR", "USD", "GBP", "JPY", "CHF", "XAU"], ["EURO", "ABC", "eur", "", "E R", "€"]),
        ("country_valid", "country", ["DE", "FR", "GB", "US", "JP", "LU"], ["XX", "UK", "DEU", "de", "", "é"]),
    ],
)
def test_codes_come_from_the_installed_list_or_else_from_the_standard(
    function: str, dataset: str, sound: Any, broken: list[str]
):
    source = random.Random(5)
    texts = [source.choice([*sound, *broken, None]) for _ in range(CASES)]
    assert judge(function, texts) == expected(texts, lambda text: text in sound)
    installed = ReferenceTables({dataset: {"ZZZ": "", sound[0]: ""}})
    texts = [*texts, "ZZZ"]
    assert judge(function, texts, installed) == expected(texts, lambda text: text in {"ZZZ", sound[0]})


@pytest.mark.parametrize("function", ["lei_valid", "isin_valid", "uti_valid", "cfi_valid"])
def test_a_column_of_nulls_and_an_empty_column_have_no_verdict(function: str):
    assert judge(function, [None, None]) == [None, None]
    assert judge(function, []) == []
