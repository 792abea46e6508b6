"""Routes: which file goes where, documents of before there were any, and routes that cannot be meant."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from itertools import product
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from pydantic import ValidationError

from backend.domain.deliveries import DeliveryRole, DestinationEnvironment
from backend.domain.reports.compare import compare_documents
from backend.domain.reports.document import ReportDocument
from backend.domain.reports.incomplete import read_incomplete
from backend.domain.reports.routes import RoutedFile, destinations_of, matches, routes_written_out
from backend.domain.reports.routing_check import may_both_match, routing_faults, routing_notices
from tests.factories.documents import plain_document

CONNECTOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a0f"
REGULATOR = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a10"
ARCHIVE = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a11"
TEST, PRODUCTION = DestinationEnvironment.TEST, DestinationEnvironment.PRODUCTION
OUTPUTS = [
    {"name": "message", "format": "xml", "file_name": "mifir_{reporting_date}"},
    {"name": "table", "format": "csv", "file_name": "rows_{file_number}", "max_records": 10},
]


def document(*routes: Any, **changes: Any) -> ReportDocument:
    told = {"pack": "mifir_rts22", "outputs": OUTPUTS, "deliver_to": list(routes)}
    return ReportDocument.model_validate(plain_document(CONNECTOR, **{**told, **changes}))


def route(to: str = REGULATOR, **said: Any) -> dict[str, Any]:
    return {"destination_id": to, **said}


def goes_to(
    report: ReportDocument, file: RoutedFile, environment: DestinationEnvironment = PRODUCTION
) -> dict[str, str]:
    output = report.outputs[file.output_number]
    found = destinations_of(report.deliver_to, file, output, environment)
    return {str(destination): role.value for destination, role in found.items()}


MESSAGE = RoutedFile(0, 1, "mifir_2026-11-20.xml", 5)
TABLE = RoutedFile(1, 2, "rows_2.csv", 5)
NIL = RoutedFile(0, 1, "mifir_2026-11-21.xml", 0)


def test_an_older_document_means_that_every_file_is_the_submission_everywhere() -> None:
    older, written_out = document(REGULATOR, ARCHIVE), document(route(), route(ARCHIVE, role="submission"))
    assert older == written_out
    assert older.model_dump_json() == written_out.model_dump_json()
    for file, environment in product((MESSAGE, TABLE, NIL), DestinationEnvironment):
        assert goes_to(older, file, environment) == {REGULATOR: "submission", ARCHIVE: "submission"}
    raw = plain_document(CONNECTOR, deliver_to=[REGULATOR])
    upgraded = ReportDocument.model_validate(raw).model_dump(mode="json")
    assert compare_documents(raw, upgraded).is_empty
    assert ReportDocument.model_validate(upgraded).model_dump(mode="json") == upgraded
    assert routes_written_out([REGULATOR]) == upgraded["deliver_to"] == [route(role="submission")]


def test_both_forms_are_in_the_published_schema_and_a_third_is_not() -> None:
    schema = ReportDocument.model_json_schema()
    jsonschema.validate(plain_document(CONNECTOR, deliver_to=[REGULATOR, route(ARCHIVE, role="copy")]), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain_document(CONNECTOR, deliver_to=[{"to": REGULATOR}]), schema)


def test_what_says_nothing_is_not_written() -> None:
    plain = document(route(outputs=[], when={}))
    assert plain.model_dump(mode="json")["deliver_to"] == [route(role="submission")]
    full = route(role="copy", outputs=["table"], when={"file_name": "rows_*", "records": "some"})
    assert document(full).model_dump(mode="json")["deliver_to"] == [full]


@pytest.mark.parametrize(
    ("said", "takes"),
    [
        ({}, {"message", "table", "nil"}),
        ({"outputs": ["table"]}, {"table"}),
        ({"when": {"part": 2}}, {"table"}),
        ({"when": {"part": 1}}, {"message", "nil"}),
        ({"when": {"file_name": "mifir_*-20.xml"}}, {"message"}),
        ({"when": {"file_name": "rows_?.csv"}}, {"table"}),
        ({"when": {"records": "some"}}, {"message", "table"}),
        ({"when": {"records": "none"}}, {"nil"}),
        ({"when": {"environment": "production"}}, {"message", "table", "nil"}),
        ({"when": {"environment": "test"}}, set()),
        ({"outputs": ["message"], "when": {"records": "some", "file_name": "rows*"}}, set()),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_route_takes_what_it_says(said: dict[str, Any], takes: set[str]) -> None:
    report = document(route(**said), on_empty="nil_report")
    files = {"message": MESSAGE, "table": TABLE, "nil": NIL}
    assert {name for name, file in files.items() if goes_to(report, file)} == takes


def test_what_is_the_submission_by_one_route_is_no_copy_by_another() -> None:
    for routes in ((route(role="copy"), route(outputs=["message"])), (route(outputs=["message"]), route(role="copy"))):
        report = document(*routes)
        assert goes_to(report, MESSAGE) == {REGULATOR: "submission"}
        assert goes_to(report, TABLE) == {REGULATOR: "copy"}


def test_the_same_route_twice_and_two_outputs_of_a_name_are_refused() -> None:
    with pytest.raises(ValidationError, match="twice"):
        document(REGULATOR, route())
    with pytest.raises(ValidationError, match="same name"):
        document(outputs=[{"name": "a", "format": "csv"}, {"name": "a", "format": "json"}])


def faults_of(report: ReportDocument, **environments: DestinationEnvironment) -> list[tuple[object, object]]:
    known = {UUID(REGULATOR): PRODUCTION, UUID(ARCHIVE): PRODUCTION}
    given = {UUID({"regulator": REGULATOR, "archive": ARCHIVE}[name]): one for name, one in environments.items()}
    return [(one["pointer"], one["code"]) for one in routing_faults(report, known | given)]


@pytest.mark.parametrize(
    ("said", "changes"),
    [
        ({"when": {"records": "none"}}, {}),
        ({"when": {"records": "none", "part": 2}}, {"on_empty": "nil_report"}),
        ({"outputs": ["message"], "when": {"part": 2}}, {}),
        ({"outputs": ["message"], "when": {"file_name": "*.csv"}}, {}),
        ({"when": {"file_name": "transactions*"}}, {}),
        ({"when": {"file_name": "mifir_*.xml", "part": 2}}, {}),
    ],
    ids=str,
)
def test_a_route_that_matches_nothing_is_told(said: dict[str, Any], changes: dict[str, Any]) -> None:
    report = document(route(ARCHIVE, role="copy"), route(**said), **changes)
    assert faults_of(report) == [("/deliver_to/1", "route_matches_nothing")]


def test_a_route_that_may_match_is_not() -> None:
    conditions = [{"part": 2}, {"file_name": "mifir_2026*"}, {"file_name": "*_3.csv", "part": 3}, {"records": "some"}]
    assert faults_of(document(*(route(when=one) for one in conditions))) == []
    assert faults_of(document(route(when={"records": "none"}), on_empty="nil_report")) == []


def test_a_file_that_is_not_there_and_a_destination_that_is_not_there_are_told() -> None:
    stranger = "01a202ec-88cf-74a3-9b06-6d1f4a0b7a12"
    assert faults_of(document(route(outputs=["gone"]), route(stranger))) == [
        ("/deliver_to/0/outputs", "route_output_unknown"),
        ("/deliver_to/1", "destination_not_found"),
    ]


def test_a_submission_to_two_environments_is_told_unless_runs_tell_them_apart() -> None:
    both = document(route(), route(ARCHIVE))
    assert faults_of(both) == []
    assert faults_of(both, archive=TEST) == [("/deliver_to/1", "submission_in_two_environments")]
    assert faults_of(document(route(), route(ARCHIVE, role="copy")), archive=TEST) == []
    apart = document(route(when={"environment": "production"}), route(ARCHIVE, when={"environment": "test"}))
    assert faults_of(apart, archive=TEST) == []
    assert routing_notices(apart) == []
    without_pack = document(REGULATOR, ARCHIVE, pack=None, outputs=OUTPUTS[1:])
    assert faults_of(without_pack, archive=TEST) == []


def notices_of(report: ReportDocument) -> list[tuple[object, object]]:
    return [(one["pointer"], one["code"]) for one in routing_notices(report)]


def test_what_goes_nowhere_is_told() -> None:
    assert notices_of(document()) == [("/deliver_to", "delivered_nowhere")]
    assert notices_of(document(route(outputs=["message"]))) == [("/outputs/1", "delivered_nowhere")]
    only_test = routing_notices(document(route(when={"environment": "test"})))
    assert [str(one["detail"]) for one in only_test] == [
        f"File {number} is delivered nowhere in runs of production." for number in (1, 2)
    ]
    assert notices_of(document(route(role="copy"))) == [("/deliver_to", "submission_nowhere")]


def test_an_unfinished_document_is_read_with_the_places_of_its_routes() -> None:
    raw = plain_document(CONNECTOR, deliver_to=["nobody", {"destination_id": REGULATOR, "role": "x"}, ARCHIVE])
    parts = read_incomplete(raw)
    assert [str(one.destination_id) for one in parts.document.deliver_to] == [ARCHIVE]
    assert parts.numbers["deliver_to"] == (2,)
    assert {str(one["pointer"]) for one in parts.faults} == {"/deliver_to/0", "/deliver_to/1/role"}


def test_names_are_compared_as_shells_do() -> None:
    names = ["", "a", "ab", "a.b", "aab", "b", "ba"]
    for pattern, name in product(["*", "a*", "*b", "a?", "?", "a.b", "*a*b", "??*"], names):
        assert matches(pattern, name) == fnmatchcase(name, pattern), (pattern, name)


def test_two_patterns_meet_where_some_short_text_is_as_both_say() -> None:
    texts = ["".join(one) for length in range(5) for one in product("ab", repeat=length)]
    patterns = ["".join(one) for length in range(4) for one in product("ab?*", repeat=length)]
    for one in patterns:
        mine = {text for text in texts if fnmatchcase(text, one)}
        for other in patterns:
            assert may_both_match(one, other) == any(fnmatchcase(text, other) for text in mine), (one, other)


def test_routes_are_stored_as_they_are_written() -> None:
    report = document(route(role="copy", outputs=["table"], when={"part": 1}), ARCHIVE)
    assert ReportDocument.model_validate(json.loads(report.model_dump_json())) == report
    assert report.deliver_to[0].role is DeliveryRole.COPY
