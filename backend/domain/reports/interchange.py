"""Reports as files that people review: YAML with a stable order, names instead of identifiers, no secrets.

A file is untrusted: it is bounded in size and depth, has no aliases, and every fault is named with line and column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.core.errors import ErrorKind, OpenRegError
from backend.core.json_pointer import json_pointer

MAX_FILE_BYTES: Final = 1024 * 1024
_MAX_DEPTH: Final = 20
_WIDTH: Final = 120
_ORDER: Final = (
    "schema_version",
    "pack",
    "source",
    "inputs",
    "join",
    "filter",
    "eligibility",
    "on_release",
    "fields",
    "rule_sets",
    "rules",
    "outputs",
    "envelope",
    "record_key",
    "on_empty",
    "on_partial",
    "deliver_to",
    "submission",
)


class ReportFileInvalid(OpenRegError):
    """The file is not a report that OpenReg wrote."""

    code: ClassVar[str] = "report_file_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; both count from 1."""

    line: int
    column: int


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReportHead(_Part):
    """What the report is called."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    slug: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    description: Annotated[str, Field(max_length=5000)] = ""
    tags: Annotated[list[Annotated[str, Field(min_length=1, max_length=40)]], Field(max_length=20)] = []


class PackMark(_Part):
    """The regulation pack the document was written against."""

    id: str
    version: str


class ReportFile(_Part):
    """A report version as a file: in ``document`` the connector and the destinations of routes stand by name."""

    openreg_report: Literal[1] = 1
    report: ReportHead
    version: str | None = None
    pack: PackMark | None = None
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ReadReportFile:
    """A file with the place of everything in it, by JSON pointer."""

    file: ReportFile
    places: Mapping[str, Place] = field(repr=False)

    def place_of(self, pointer: str) -> Place:
        """Where a part stands, or the nearest part around it."""
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer, Place(1, 1))


def write_report_file(file: ReportFile) -> str:
    """The file's text: the same report gives the same text."""
    document = {name: file.document[name] for name in _ORDER if name in file.document}
    content = {
        "openreg_report": file.openreg_report,
        "report": file.report.model_dump(),
        "version": file.version,
        "pack": file.pack.model_dump() if file.pack else None,
        "document": document,
    }
    return yaml.dump(content, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=_WIDTH)


def read_report_file(text: str) -> ReadReportFile:
    """The file as a value. Raises ReportFileInvalid with line and column of each fault."""
    if len(text.encode()) > MAX_FILE_BYTES:
        raise ReportFileInvalid(f"The file is larger than {MAX_FILE_BYTES >> 20} MiB.")
    try:
        loader = _Reader(text)
        node = loader.get_single_node()
        content = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _invalid(str(error.problem or error.context or "It cannot be read."), _place(mark)) from error
    except (yaml.YAMLError, ValueError) as error:
        raise _invalid("It cannot be read as YAML.", Place(1, 1)) from error
    places: dict[str, Place] = {}
    if node is not None:
        _note_places(node, "", places)
    try:
        return ReadReportFile(ReportFile.model_validate(content), places)
    except ValidationError as error:
        raise _faulty(error, places) from error


class _Reader(yaml.SafeLoader):
    """YAML without what a report does not need and an attacker does: aliases, repeated keys, bottomless nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it out
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.constructor.ConstructorError(None, None, "Aliases are not possible.", event.start_mark)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise yaml.constructor.ConstructorError(None, None, "It is nested too deep.", event.start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "A key is a plain text.", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key.value} stands twice.", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _Writer(yaml.SafeDumper):
    """Texts of several lines as blocks, as people write them."""

    def ignore_aliases(self, _data: object) -> bool:
        return True


def _write_text(writer: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return writer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Writer.add_representer(str, _write_text)


def _note_places(node: yaml.Node, pointer: str, places: dict[str, Place]) -> None:
    places[pointer] = _place(node.start_mark)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _note_places(value, f"{pointer}{json_pointer((key.value,))}", places)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note_places(value, f"{pointer}/{number}", places)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def _invalid(detail: str, place: Place) -> ReportFileInvalid:
    fault = {"pointer": "", "code": "yaml_invalid", "detail": detail, "line": place.line, "column": place.column}
    return ReportFileInvalid(
        f"Line {place.line}, column {place.column}: {detail}",
        fix="Export a report to see the form, and correct the file.",
        extra={"errors": [fault]},
    )


def _faulty(error: ValidationError, places: Mapping[str, Place]) -> ReportFileInvalid:
    faults = []
    for one in error.errors():
        pointer = json_pointer(one["loc"])
        around = pointer
        while around and around not in places:
            around = around.rpartition("/")[0]
        place = places.get(around, Place(1, 1))
        faults.append(
            {
                "pointer": pointer,
                "code": one["type"],
                "detail": one["msg"],
                "line": place.line,
                "column": place.column,
            }
        )
    first = faults[0]
    return ReportFileInvalid(
        f"Line {first['line']}, column {first['column']}: {first['detail']}", extra={"errors": faults}
    )
