"""The YAML files of a pack, read and checked against their JSON Schema; nothing here knows what they mean."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Final, NotRequired, TypedDict, cast

import yaml
from jsonschema import Draft202012Validator

from backend.core.errors import ErrorKind, OpenRegError

CATALOG: Final = Path(__file__).parent / "catalog"
SCHEMA: Final = Path(__file__).parent / "pack.schema.json"
FILES: Final = ("pack", "fields", "message", "codes", "rules")


class PackNotFound(OpenRegError):
    """There is no regulation pack of this name."""

    code: ClassVar[str] = "pack_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


class PackInvalid(OpenRegError):
    """The files of a regulation pack contradict their schema or each other."""

    code: ClassVar[str] = "pack_invalid"
    kind: ClassVar[ErrorKind] = ErrorKind.INVALID


class CancellationDocument(TypedDict):
    """How a report is withdrawn."""

    status_column: str
    status_value: str
    element: str


class PackDocument(TypedDict):
    """``pack.yaml``: what the pack is and from when it holds."""

    id: str
    version: str
    title: str
    regulation: str
    guideline: str
    effective_from: str
    effective_to: str | None
    field_count: int
    field_citation: str
    cancellation: CancellationDocument
    feedback_format: str
    record_key: list[str]


class FieldDocument(TypedDict):
    """One entry of ``fields.yaml``."""

    number: int
    name: str
    requirement: str
    content: str
    source: str
    columns: list[str]
    condition: NotRequired[str]
    condition_source: NotRequired[str]
    citation: NotRequired[str]


class FormatDocument(TypedDict):
    """One entry of ``formats`` in ``message.yaml``."""

    kind: str
    min_length: NotRequired[int]
    max_length: NotRequired[int]
    pattern: NotRequired[str]
    total_digits: NotRequired[int]
    fraction_digits: NotRequired[int]
    minimum: NotRequired[int]
    exclusive_minimum: NotRequired[bool]
    code_list: NotRequired[str]
    pii: NotRequired[bool]


class AttributeDocument(TypedDict):
    """An attribute of an element."""

    attribute: str
    column: str
    format: str


class WhenDocument(TypedDict):
    """The condition of an element."""

    column: str
    values: list[str]


#: ``with`` is a keyword in Python, so this one is written as a call.
ElementDocument = TypedDict(
    "ElementDocument",
    {
        "element": str,
        "required": NotRequired[bool],
        "choice": NotRequired[bool],
        "presence": NotRequired[bool],
        "column": NotRequired[str],
        "format": NotRequired[str],
        "repeats": NotRequired[int | str],
        "literal": NotRequired[str],
        "attributes": NotRequired[list[AttributeDocument]],
        "when": NotRequired[WhenDocument],
        "children": NotRequired[list["ElementDocument"]],
        "use": NotRequired[str],
        "with": NotRequired[dict[str, str]],
        "instances": NotRequired[int],
    },
)


class GroupDocument(TypedDict):
    """A part of the tree used more than once."""

    children: list[ElementDocument]
    choice: NotRequired[bool]
    defaults: NotRequired[dict[str, str]]


class EnvelopeElementDocument(TypedDict):
    """One element of the wrapper."""

    element: str
    namespace: NotRequired[str]
    children: NotRequired[list[EnvelopeElementDocument]]
    text: NotRequired[str]
    records: NotRequired[bool]


class EnvelopeDocument(TypedDict):
    """The wrapper and the formats of its tokens."""

    tokens: dict[str, str]
    root: EnvelopeElementDocument


class SchemaDocument(TypedDict):
    """A schema file the pack was written against."""

    namespace: str
    file_name: str


class MessageDocument(TypedDict):
    """``message.yaml``: formats, groups, the record's tree, the wrapper."""

    definition: str
    namespace: str
    schemas: list[SchemaDocument]
    formats: dict[str, FormatDocument]
    selectors: dict[str, str]
    groups: dict[str, GroupDocument]
    record: ElementDocument
    envelope: EnvelopeDocument


class CodeListDocument(TypedDict):
    """One entry of ``codes.yaml``."""

    title: str
    citation: str
    source: str
    codes: dict[str, str]


class RuleDocument(TypedDict):
    """One entry of ``rules.yaml``; ``parts`` hold the values of its placeholders."""

    id: str
    title: str
    severity: str
    scope: str
    expression: str
    message: str
    citation: str
    source: str
    phase: NotRequired[str]
    applies_to: NotRequired[str]
    part_suffix: NotRequired[str]
    where: NotRequired[str]
    parts: NotRequired[list[dict[str, str | int]]]
    valid_from: NotRequired[str]
    valid_to: NotRequired[str]


@dataclass(frozen=True, slots=True)
class PackDocuments:
    """The five files of one pack, each of the shape its schema promises."""

    pack: PackDocument
    fields: list[FieldDocument]
    message: MessageDocument
    code_lists: dict[str, CodeListDocument]
    rules: list[RuleDocument]


def list_folders(catalog: Path = CATALOG) -> list[Path]:
    """The folders of the catalogue that hold a pack, in order of their names."""
    return sorted(path.parent for path in catalog.glob("*/pack.yaml"))


def read_documents(folder: Path) -> PackDocuments:
    """The files of one pack; raises ``PackInvalid`` with every place that breaks the schema."""
    read = {name: _read(folder / f"{name}.yaml", name) for name in FILES}
    return PackDocuments(
        pack=cast("PackDocument", read["pack"]),
        fields=cast("list[FieldDocument]", read["fields"]["fields"]),
        message=cast("MessageDocument", read["message"]),
        code_lists=cast("dict[str, CodeListDocument]", read["codes"]["lists"]),
        rules=cast("list[RuleDocument]", read["rules"]["rules"]),
    )


def _read(path: Path, name: str) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_PlainLoader)  # noqa: S506  a SafeLoader
    except FileNotFoundError as missing:
        raise PackInvalid(f"{path.name} is missing in the pack {path.parent.name}") from missing
    except yaml.YAMLError as broken:
        raise PackInvalid(f"{path.name} is not YAML: {broken}") from broken
    errors = sorted(_validator(name).iter_errors(document), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        places = [f"{path.name}#/{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in errors]
        raise PackInvalid(f"{path.name} breaks its schema: {places[0]}", extra={"places": places})
    return cast("dict[str, Any]", document)


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator({**schema, "$ref": f"#/$defs/{name}"})


class _PlainLoader(yaml.CSafeLoader):
    """Safe YAML without two surprises: a repeated key is refused, and dates stay text.

    libyaml's reader, which every wheel of PyYAML carries: a pack is read in a tenth of the time.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [key.value for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(problem=f"repeated key {repeated[0]}", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep=deep)


_PlainLoader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
