"""Answers in CSV: the words and columns of a format, what a sample shows of it, and what refuses a file."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from backend.domain.answer_format import AnswerFormat, AnswerFormatDraft
from backend.domain.feedback import AdviceState
from backend.persistence.models.delivery import Destination
from backend.pipeline.feedback.advices import FeedbackRefused
from backend.pipeline.feedback.csv_reader import CsvAdviceReader
from backend.services.answer_formats import SHOWN_ROWS, read_sample
from backend.services.feedback_mapping import FeedbackMappingInvalid, format_for, mapping_by, mapping_of

COLUMNS = {"record_id": "Ref", "state": "Status", "rule_id": "Rule", "text": "Why", "message_id": "File"}
WORDS = {"Accepted": "accepted", "NOK": "rejected"}
HEADER = "File;Ref;Status;Rule;Why\n"


def form(**changes: Any) -> AnswerFormat:
    return AnswerFormat.model_validate({**COLUMNS, "states": WORDS, "delimiter": ";", **changes})


def read(content: bytes, chosen: AnswerFormat | None = None) -> list[tuple[Any, ...]]:
    reader = CsvAdviceReader(mapping_by(chosen or form()))
    frames = list(reader.read(content[place : place + 7] for place in range(0, len(content), 7)))
    return [row for frame in frames for row in frame.select("record_id", "code", "state").iter_rows()]


def test_words_and_codes_are_understood_in_either_case() -> None:
    rows = "a.xml;T1;ACPT;;\na.xml;T2; accepted ;;\na.xml;T3;nok;R1;Wrong\na.xml;T4;rjct;;\n"
    assert read((HEADER + rows).encode()) == [
        ("T1", "ACPT", "accepted"),
        ("T2", "accepted", "accepted"),
        ("T3", "nok", "rejected"),
        ("T4", "rjct", "rejected"),
    ]


def test_a_word_may_mean_something_else_than_its_code() -> None:
    assert read((HEADER + "f;T1;WARN;;\n").encode(), form(states={"warn": "rejected"})) == [("T1", "WARN", "rejected")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_the_encoding_is_kept_to(encoding: str) -> None:
    content = (HEADER + "f;Tä;Accepted;;\n").encode(encoding)
    assert read(content, form(encoding=encoding)) == [("Tä", "Accepted", "accepted")]
    with pytest.raises(FeedbackRefused) as refused:
        read(content, form(encoding="ascii"))
    assert refused.value.reason == "encoding_unknown"


def test_an_unknown_word_refuses_the_file_with_its_row() -> None:
    with pytest.raises(FeedbackRefused, match="Line 3: 'Maybe' is not a state") as refused:
        read((HEADER + "f;T1;NOK;;\nf;T2;Maybe;;\n").encode())
    assert refused.value.reason == "state_unknown"


def test_a_sample_shows_every_row_as_it_would_be_read_and_each_refusal() -> None:
    rows = 'f;T1;NOK;R1;"Wrong; very"\nf;T2;Maybe;;\nf;;NOK;;\nf;T4\nf;T5;Maybe;;\n'
    found = read_sample((HEADER + rows).encode(), form())
    assert list(found.columns) == ["File", "Ref", "Status", "Rule", "Why"]
    assert found.refused is None
    assert (found.row_count, found.refused_count, found.unknown_words) == (5, 4, ["Maybe"])
    first = found.rows[0].advice
    assert first == ("f", "T1", "NOK", AdviceState.REJECTED, "R1", "Wrong; very")
    refusals = [one.refused.reason for one in found.rows if one.refused is not None]
    assert refusals == ["state_unknown", "record_without_id", "not_well_formed", "state_unknown"]
    assert [one.line for one in found.rows] == [2, 3, 4, 5, 6]


def test_a_sample_and_the_reader_agree() -> None:
    """What the sample calls readable the reader reads, word for word; what it refuses the reader refuses."""
    good = "".join(f"f;T{number};{word};;\n" for number, word in enumerate(["NOK", "Accepted", "PDNG"] * 40))
    seen = read_sample((HEADER + good).encode(), form())
    said = read((HEADER + good).encode())
    shown = [(one.advice.record_id, one.advice.word, one.advice.state) for one in seen.rows if one.advice]
    assert shown == said[:SHOWN_ROWS]
    assert (seen.row_count, seen.refused_count) == (len(said), 0)
    for bad in ("f;T1;;;\n", "f;T1;NOK\n", 'f;T1;"NOK;;\n', "f;T1;NOK;;;\n"):
        reading = read_sample((HEADER + good + bad).encode(), form())
        assert reading.refused_count == 1 or reading.refused is not None
        with pytest.raises(FeedbackRefused):
            read((HEADER + good + bad).encode())


def test_a_draft_shows_the_columns_before_they_are_chosen() -> None:
    draft = AnswerFormatDraft(delimiter=";")
    assert list(read_sample(HEADER.encode(), draft).columns) == ["File", "Ref", "Status", "Rule", "Why"]
    assert read_sample(b"", draft).refused is not None
    missing = read_sample(HEADER.encode(), form(state="Gone"))
    assert missing.refused is not None
    assert missing.refused.reason == "column_missing"
    assert missing.columns, "they can be chosen once more"


@pytest.mark.parametrize(
    "changes",
    [
        {"delimiter": '"'},
        {"delimiter": "\n"},
        {"delimiter": ",,"},
        {"encoding": "rot13"},
        {"encoding": "klingon"},
        {"states": {"OK": "perhaps"}},
        {"states": {"OK": "accepted", "ok": "rejected"}},
        {"record_id": ""},
        {"columns": {}},
    ],
    ids=str,
)
def test_what_cannot_be_a_format_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        form(**changes)
    with pytest.raises(FeedbackMappingInvalid):
        mapping_of({**COLUMNS, **changes})


def test_a_mapping_without_its_columns_names_them() -> None:
    with pytest.raises(FeedbackMappingInvalid, match="state"):
        mapping_of({"record_id": "Ref"})
    assert mapping_of(None) is None


def test_files_of_other_names_are_messages() -> None:
    at = Destination(feedback_format=form(file_name="ack_*.csv").model_dump(mode="json", exclude_none=True))
    assert format_for(at, "ACK_1.CSV") is not None
    assert [format_for(at, name) for name in ("ack_1.xml", "1.csv")] == [None, None]
    assert format_for(Destination(feedback_format=None), "ack_1.csv") is None
