"""Advices made from the regulators' schemas are read as they are, whatever they look like."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from backend.pipeline.feedback.xml_reader import XmlAdviceReader
from tests.factories.random_advices import ExpectedRule, RandomAdvice, random_advice
from tests.services.skips import schemas_folder

NAMES = (
    "mifir/auth.031.001.01_ESMAUG_Reporting_1.1.0.xsd",
    "mifir/auth.031.001.01_ESMAUG_FDBSTA_1.1.0.xsd",
    "mifir/auth.031.001.01_ESMAUG_FDBTRA_1.1.0.xsd",
    "iso20022-base/auth.031.001.01.xsd",
    "emir-esmaug/auth.092.001.04_ESMAUG_DATREJ_1.0.0.xsd",
    "iso20022-base/auth.092.001.04.xsd",
    "iso20022-base/auth.084.001.02.xsd",
)
#: Told a second time, after the schemas.
STATES = {
    "accepted": {"ACPT", "ACPD", "WARN"},
    "pending": {"PDNG"},
    "received": {"RCVD", "ACTC", "RMDR", "PART"},
    "rejected": {"RJCT", "RJPD", "NAUT"},
    "unsent": {"INCF", "CRPT"},
}
pytestmark = pytest.mark.schemas


def _schema(name: str) -> Path:
    folder = schemas_folder()
    assert folder is not None
    return folder / name


@pytest.mark.parametrize("seed", range(30))
def test_a_random_advice_is_read_as_it_is(seed: int) -> None:
    _compare(seed)


@pytest.mark.long
def test_a_thousand_random_advices_are_read_as_they_are() -> None:
    for seed in range(1_000):
        _compare(seed)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_follows_the_schema(name: str) -> None:
    """An advice that no regulator could send would prove nothing."""
    schema = etree.XMLSchema(etree.parse(str(_schema(name))))
    for seed in range(5):
        made = etree.fromstring(random_advice(_schema(name), seed).content)
        # What stands in an envelope has no declaration of its own, which a strict one would ask for.
        assert schema.validate(made) or "Anything" in str(schema.error_log)


def _compare(seed: int) -> None:
    made = random_advice(_schema(NAMES[seed % len(NAMES)]), seed)
    reader = XmlAdviceReader()
    frames = list(reader.read(_pieces(made.content, seed)))
    rows = pl.concat(frames).rows(named=True) if frames else []
    assert [(row["message"], row["record_id"], row["code"]) for row in rows] == [
        (one.message, one.id, one.code) for one in made.records
    ]
    for row, one in zip(rows, made.records, strict=True):
        assert row["code"] in STATES[row["state"]]
        assert [_rule(said) for said in json.loads(row["rules"])] == list(one.rules)
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    _compare_messages(reader, made)


def _compare_messages(reader: XmlAdviceReader, made: RandomAdvice) -> None:
    assert len(reader.file.messages) == len(made.messages)
    for number, (read, expected) in enumerate(zip(reader.file.messages, made.messages, strict=True), 1):
        assert read.total == expected.total
        assert {state: count for state, count in read.stated.items() if count} == _by_state(expected.stated)
        assert [_rule(one.as_json()) for one in read.rules] == list(expected.rules)
        if expected.code is not None:
            assert (read.message_id, read.status) == (expected.id, expected.code)
        listed = Counter(_state(one.code) for one in made.records if one.message == number)
        assert read.listed == listed


def _by_state(stated: dict[str, int]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for code, count in stated.items():
        counts[_state(code)] += count
    return {state: count for state, count in counts.items() if count}


def _state(code: str) -> str:
    return next(state for state, codes in STATES.items() if code in codes)


def _rule(said: dict[str, object]) -> ExpectedRule:
    return ExpectedRule(str(said["id"]), *(_text(said.get(name)) for name in ("text", "scheme", "issuer")))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _pieces(content: bytes, seed: int) -> list[bytes]:
    """The file in pieces that end anywhere."""
    size = random.Random(seed).randint(1, 200)
    return [content[start : start + size] for start in range(0, len(content), size)]
