"""XML by an own schema: paths as they are read and written, and options that cannot be meant."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from backend.domain.reports.outputs import Output
from backend.domain.reports.xml_options import PathStep, XmlOptions, XmlPath

PACKAGE = "5f0c1a52-0000-4000-8000-000000000001"


def options(**changes: Any) -> XmlOptions:
    given = {"schema_package_id": PACKAGE, "record": "Orders/Order", "fields": {"Id": "order_id"}}
    return XmlOptions.model_validate({**given, **changes})


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Id", XmlPath((PathStep("Id"),))),
        ("@Ccy", XmlPath((), "Ccy")),
        ("Pric/@Ccy", XmlPath((PathStep("Pric"),), "Ccy")),
        ("Pty[2]/Nm", XmlPath((PathStep("Pty", 2), PathStep("Nm")))),
        ("Grp[*]/Línea", XmlPath((PathStep("Grp", None), PathStep("Línea")))),
    ],
)
def test_a_path_is_read_as_it_is_written(text: str, path: XmlPath) -> None:
    assert XmlPath.read(text) == path
    assert str(path) == text
    assert options(fields={text: "order_id"}).fields == {text: "order_id"}


@pytest.mark.parametrize(
    "changes",
    [
        {"record": ""},
        {"record": "/Orders"},
        {"record": "Orders/@Order"},
        {"record": "Orders/Order[*]"},
        {"record": "Orders[2]/Order"},
        {"fields": {}},
        {"fields": {"Id": "Not A Name"}},
        {"fields": {"Id[0]": "order_id"}},
        {"fields": {"Id[1000]": "order_id"}},
        {"fields": {"a b": "order_id"}},
        {"fields": {"@Ccy/Id": "order_id"}},
        {"fields": {"n:Id": "order_id"}},
        {"fields": {"Grp[*]/Sub[*]/Id": "order_id"}},
        {"elements": {"Orders/Count": "{record_counts}"}},
        {"elements": {"Orders/Count": "two\nlines"}},
        {"elements": {"Orders/Grp[*]/Count": "1"}},
        {"elements": {"Other/Count": "1"}},
        {"namespace": "urn:x"},
    ],
    ids=str,
)
def test_options_that_cannot_be_meant_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        options(**changes)


def test_the_repeated_part_of_a_path_ends_at_the_element_that_repeats() -> None:
    path = XmlPath.read("Book/Line[*]/Item/@Id")
    assert path.repeated == (PathStep("Book"), PathStep("Line", None))
    assert XmlPath.read("Book/Line[3]").repeated == ()


def test_an_output_without_the_option_is_written_as_before_there_was_one() -> None:
    assert "xml" not in Output.model_validate({"format": "xml"}).model_dump(mode="json")


def test_only_xml_has_the_option() -> None:
    given = options().model_dump(mode="json")
    assert Output.model_validate({"format": "xml", "xml": given}).xml == options()
    with pytest.raises(ValidationError):
        Output.model_validate({"format": "csv", "xml": given})
