"""The report document: what is refused, where, and the JSON Schema that says so beforehand."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import ValidationError

from backend.domain.reports.document import ReportDocument
from backend.domain.reports.outputs import FILE_NAME_TOKENS, Output, OutputFormat, Packaging, file_name
from tests.factories.documents import decision, own_rule, plain_document

CONNECTOR = UUID(int=1)
DESTINATION = str(UUID(int=2))


def accepted(**changes: Any) -> ReportDocument:
    return ReportDocument.model_validate(plain_document(CONNECTOR, **changes))


def refused(**changes: Any) -> set[str]:
    """The places that are wrong, as pointers."""
    with pytest.raises(ValidationError) as raised:
        accepted(**changes)
    return {"/" + "/".join(str(part) for part in error["loc"]) for error in raised.value.errors()}


def source(**changes: Any) -> dict[str, Any]:
    return {**plain_document(CONNECTOR)["source"], **changes}


def test_the_smallest_document_has_safe_defaults() -> None:
    document = accepted()
    assert (document.on_empty, document.on_partial) == ("no_file", "hold")
    assert (document.pack, document.filter, document.rules, document.deliver_to) == (None, None, (), ())
    assert document.outputs[0].packaging is Packaging.NONE


@pytest.mark.parametrize("part", ["source", "fields", "outputs"])
def test_a_part_that_must_be_there_is_named(part: str) -> None:
    document = plain_document(CONNECTOR)
    del document[part]
    with pytest.raises(ValidationError) as raised:
        ReportDocument.model_validate(document)
    assert [error["loc"] for error in raised.value.errors()] == [(part,)]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"unknown": 1}, {"/unknown"}),
        ({"schema_version": 2}, {"/schema_version"}),
        ({"fields": {}}, {"/fields"}),
        ({"outputs": []}, {"/outputs"}),
        ({"fields": {"Upper": "1"}}, {"/fields/Upper/[key]"}),
        ({"fields": {"1st": "1"}}, {"/fields/1st/[key]"}),
        ({"fields": {"x" * 64: "1"}}, {f"/fields/{'x' * 64}/[key]"}),
        ({"fields": {"reference": ""}}, {"/fields/reference"}),
        ({"fields": {"reference": "1" * 10_001}}, {"/fields/reference"}),
        ({"filter": ""}, {"/filter"}),
        ({"source": source(query="")}, {"/source/query"}),
        ({"source": source(query="x" * 100_001)}, {"/source/query"}),
        ({"source": source(connector_id="nobody")}, {"/source/connector_id"}),
        ({"source": source(password="x")}, {"/source/password"}),
        ({"source": source(parameters={"book": {"type": "money"}})}, {"/source/parameters/book/type"}),
        ({"source": source(parameters={"Book": {"type": "text"}})}, {"/source/parameters/Book/[key]"}),
        ({"outputs": [{"format": "pdf"}]}, {"/outputs/0/format"}),
        ({"outputs": [{"format": "csv", "packaging": "rar"}]}, {"/outputs/0/packaging"}),
        ({"outputs": [{"format": "csv", "file_name": "{report}_{today}"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "../../etc/{report}"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "a/b"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "a b"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "a\\b"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "a\n"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": "{report"}]}, {"/outputs/0"}),
        ({"outputs": [{"format": "csv", "file_name": ""}]}, {"/outputs/0/file_name"}),
        ({"outputs": [{"format": "csv", "max_records": 0, "file_name": "{file_number}"}]}, {"/outputs/0/max_records"}),
        ({"outputs": [{"format": "csv", "max_records": 10}]}, {"/outputs/0"}),
        ({"rules": [own_rule(id="lower-1")]}, {"/rules/0/id"}),
        ({"rules": [own_rule(severity="fatal")]}, {"/rules/0/severity"}),
        ({"rules": [own_rule(phase="after")]}, {"/rules/0/phase"}),
        ({"rules": [own_rule(), own_rule(id="OWN-02", expression="")]}, {"/rules/1/expression"}),
        ({"envelope": {"sender": "x" * 141}}, {"/envelope/sender"}),
        ({"on_empty": "ignore"}, {"/on_empty"}),
        ({"on_partial": "throw away"}, {"/on_partial"}),
        ({"deliver_to": ["nobody"]}, {"/deliver_to/0"}),
        ({"outputs": [{"format": "csv"}, {"format": "csv"}]}, {"/outputs"}),
    ],
    ids=lambda value: json.dumps(value, default=str)[:70] if isinstance(value, dict) else "",
)
def test_a_wrong_place_is_pointed_at(changes: dict[str, Any], places: set[str]) -> None:
    assert refused(**changes) == places


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rules": [own_rule(), own_rule()]}, "same id"),
        ({"outputs": [{"format": "xml"}]}, "regulation pack"),
        ({"outputs": [{"format": "csv"}, {"format": "csv"}]}, "same file"),
        ({"record_key": ["nothing"]}, "record_key names nothing"),
        ({"deliver_to": [DESTINATION, DESTINATION]}, "twice"),
        ({"source": source(parameters={"reporting_date": {"type": "date"}})}, "reporting_date"),
    ],
    ids=str,
)
def test_parts_that_do_not_fit_together_are_explained(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        accepted(**changes)


def test_two_formats_that_would_make_the_same_archive_are_refused() -> None:
    outputs = [{"format": "xml", "packaging": "zip"}, {"format": "csv", "packaging": "zip"}]
    with pytest.raises(ValidationError, match="same file"):
        accepted(pack="mifir-rts22", outputs=outputs)


def test_two_formats_under_one_name_with_different_endings_are_fine() -> None:
    outputs = [{"format": "xml", "packaging": "zip"}, {"format": "csv"}]
    assert len(accepted(pack="mifir-rts22", outputs=outputs).outputs) == 2


def test_several_faults_are_found_at_once() -> None:
    assert refused(on_empty="x", deliver_to=["y"], fields={}) == {"/on_empty", "/deliver_to/0", "/fields"}


def test_a_document_cannot_be_changed_after_it_was_checked() -> None:
    document = accepted()
    with pytest.raises(ValidationError):
        document.on_empty = "fail"  # type: ignore[misc, assignment]


def test_a_document_survives_being_stored() -> None:
    document = accepted(
        rules=[own_rule()],
        filter="quantity > 0",
        deliver_to=[DESTINATION],
        source=source(
            parameters={
                "book": {"type": "text", "default": "2026-01-01"},
                "limit": {"type": "decimal", "default": "1.50"},
                "flag": {"type": "boolean", "default": True},
                "count": {"type": "integer", "default": 1},
            }
        ),
    )
    stored = json.loads(json.dumps(document.model_dump(mode="json")))
    assert ReportDocument.model_validate(stored) == document
    assert document.source.parameters["flag"].default is True
    assert document.source.parameters["count"].default == 1
    assert document.source.parameters["book"].default == "2026-01-01"


@pytest.mark.parametrize("token", FILE_NAME_TOKENS)
def test_every_token_of_a_file_name_is_replaced(token: str) -> None:
    output = Output(format=OutputFormat.CSV, file_name=f"a.{{{token}}}-b")
    assert file_name(output, dict.fromkeys(FILE_NAME_TOKENS, "7")) == "a.7-b.csv"


@pytest.mark.parametrize(
    ("output_format", "packaging", "ending"),
    [("xml", "none", "xml"), ("xml", "zip", "zip"), ("csv", "none", "csv"), ("csv", "zip", "zip")],
)
def test_the_ending_says_what_is_inside(output_format: str, packaging: str, ending: str) -> None:
    output = Output.model_validate({"format": output_format, "packaging": packaging, "file_name": "f"})
    assert file_name(output, {}) == f"f.{ending}"


def test_the_published_schema_is_a_schema_and_accepts_what_we_accept() -> None:
    schema = ReportDocument.model_json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(plain_document(CONNECTOR, rules=[own_rule()], deliver_to=[DESTINATION]), schema)


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": 1},
        {"on_empty": "x"},
        {"outputs": []},
        {"fields": {}},
        {"fields": {"Upper": "1"}},
        {"rules": [own_rule(id="x")]},
        {"outputs": [{"format": "pdf"}]},
        {"schema_version": 2},
    ],
    ids=str,
)
def test_the_published_schema_refuses_what_we_refuse(changes: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain_document(CONNECTOR, **changes), ReportDocument.model_json_schema())


def test_the_published_schema_describes_its_parts() -> None:
    schema = ReportDocument.model_json_schema()
    for part in ("Source", "Output", "ReportRule", "Parameter"):
        assert schema["$defs"][part]["description"]


def test_inputs_and_join_are_left_out_of_a_document_that_has_none() -> None:
    """A version saved before there were inputs is written again as it was, byte for byte."""
    document = plain_document(UUID(int=1))
    read = ReportDocument.model_validate(document)
    assert not {"inputs", "join"} & read.model_dump(mode="json").keys()
    emptied = ReportDocument.model_validate({**document, "inputs": {}, "join": None})
    assert emptied.model_dump_json() == read.model_dump_json()
    one = {"connector_id": str(UUID(int=2)), "query": "select 1 as a"}
    kept = ReportDocument.model_validate({**document, "inputs": {"more": one}, "join": "select * from more"})
    assert kept.model_dump(mode="json")["inputs"]["more"] == {
        **one,
        "key": [],
        "on_duplicate_key": "fail",
        "missing": "null",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"inputs": {"source": {"connector_id": str(UUID(int=2)), "query": "select 1"}}},
        {"inputs": {"More": {"connector_id": str(UUID(int=2)), "query": "select 1"}}},
        {"inputs": {"more": {"connector_id": str(UUID(int=2)), "query": "select 1", "key": ["a", "a"]}}},
        {"inputs": {"more": {"connector_id": str(UUID(int=2)), "query": ""}}},
        {"inputs": {f"i{n}": {"connector_id": str(UUID(int=2)), "query": "select 1"} for n in range(21)}},
        {"join": ""},
    ],
)
def test_an_input_of_no_use_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ReportDocument.model_validate(plain_document(UUID(int=1), **changes))


def test_a_document_without_decisions_says_nothing_of_eligibility() -> None:
    assert {"eligibility", "on_release"} & accepted().model_dump(mode="json").keys() == set()
    whole = accepted(eligibility=[decision()], on_release="report").model_dump(mode="json")
    assert (whole["eligibility"], whole["on_release"]) == ([decision()], "report")


@pytest.mark.parametrize(
    ("decisions", "places"),
    [
        ([decision(), decision(when="TRUE")], {"/eligibility"}),
        ([decision(code="lower")], {"/eligibility/0/code"}),
        ([decision(code="X" * 41)], {"/eligibility/0/code"}),
        ([decision(decision="drop")], {"/eligibility/0/decision"}),
        ([decision(), decision(code="B", reason="")], {"/eligibility/1/reason"}),
        ([decision(code=f"C{number}") for number in range(101)], {"/eligibility"}),
    ],
    ids=["one code twice", "lower case", "long code", "unknown decision", "no reason", "too many"],
)
def test_a_decision_that_says_too_little_is_refused_at_its_place(decisions: list[Any], places: set[str]) -> None:
    assert refused(eligibility=decisions) == places
