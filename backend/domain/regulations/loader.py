"""Reads a regulation pack from the catalogue into the model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from backend.domain.expressions.types import DataType, Kind, decimal
from backend.domain.regulations.documents import (
    CATALOG,
    CodeListDocument,
    EnvelopeElementDocument,
    FieldDocument,
    FormatDocument,
    MessageDocument,
    PackDocuments,
    PackInvalid,
    PackNotFound,
    list_folders,
    read_documents,
)
from backend.domain.regulations.model import (
    Cancellation,
    CodeList,
    Envelope,
    EnvelopeElement,
    Field,
    Format,
    Message,
    Pack,
    Requirement,
    TargetColumn,
    Token,
    WantedSchema,
)
from backend.domain.regulations.rules import RuleBuilder
from backend.domain.regulations.tree import Placement, RecordTree, build_tree, fill
from backend.domain.validation.rule import Source

#: Words of column names that are written in capitals in titles.
_ACRONYMS = frozenset({"lei", "mic", "isin", "id", "otc", "fx"})


@cache
def load_pack(pack_id: str) -> Pack:
    """The pack of this id, read once per process; raises ``PackNotFound`` or ``PackInvalid``."""
    folder = CATALOG / pack_id.replace("-", "_")
    if folder not in list_folders():
        known = ", ".join(list_packs())
        raise PackNotFound(f"there is no regulation pack {pack_id!r}", fix=f"Use one of: {known}.")
    return read_pack(folder)


def list_packs() -> tuple[str, ...]:
    """The ids of the packs in the catalogue."""
    return tuple(folder.name.replace("_", "-") for folder in list_folders())


def read_pack(folder: Path) -> Pack:
    """The pack in a folder, not cached; raises ``PackInvalid`` where its files contradict each other."""
    documents = read_documents(folder)
    message, document = documents.message, documents.pack
    tree = build_tree(message)
    formats = {name: _format(entry, documents.code_lists) for name, entry in message["formats"].items()}
    columns = _columns(documents, tree, formats)
    builder = RuleBuilder(columns, documents.code_lists, document["cancellation"])
    effective_to = document["effective_to"]
    return Pack(
        id=document["id"],
        version=document["version"],
        title=document["title"],
        regulation=document["regulation"],
        guideline=document["guideline"],
        effective_from=date.fromisoformat(document["effective_from"]),
        effective_to=date.fromisoformat(effective_to) if effective_to else None,
        field_count=document["field_count"],
        fields=tuple(_field(entry, document["field_citation"], columns) for entry in documents.fields),
        columns=columns,
        message=_message(message, tree, formats),
        cancellation=_cancellation(documents, tree),
        feedback_format=document["feedback_format"],
        record_key=tuple(document["record_key"]),
        rules=tuple(rule for entry in documents.rules for rule in builder.build(entry)),
        code_lists={name: _code_list(name, entry) for name, entry in documents.code_lists.items()},
    )


def _format(entry: FormatDocument, code_lists: Mapping[str, CodeListDocument]) -> Format:
    name = entry.get("code_list")
    if name is not None and name not in code_lists:
        raise PackInvalid(f"the code list {name} does not exist")
    return Format(
        kind=Kind(entry["kind"]),
        min_length=entry.get("min_length"),
        max_length=entry.get("max_length"),
        pattern=entry.get("pattern"),
        total_digits=entry.get("total_digits"),
        fraction_digits=entry.get("fraction_digits"),
        minimum=entry.get("minimum"),
        exclusive_minimum=entry.get("exclusive_minimum", False),
        code_list=None if name is None else tuple(code_lists[name]["codes"]),
        code_list_name=name,
    )


def _data_type(facets: Format) -> DataType:
    """The type that holds every value of the format.

    XSD counts all digits together: 18 digits with up to 17 decimals is 18 digits before the point or 17 after
    it, so the exact type is as wide as both.
    """
    if facets.kind is not Kind.DECIMAL:
        return DataType(facets.kind)
    if facets.total_digits is None or facets.fraction_digits is None:
        raise PackInvalid("a decimal format states its digits")
    return decimal(facets.total_digits + facets.fraction_digits, facets.fraction_digits)


def _columns(documents: PackDocuments, tree: RecordTree, formats: Mapping[str, Format]) -> dict[str, TargetColumn]:
    columns: dict[str, TargetColumn] = {}
    for entry in documents.fields:
        for name in entry["columns"]:
            if name not in tree.placements:
                raise PackInvalid(f"field {entry['number']} has the column {name}, which stands nowhere in the message")
            if name in columns:
                raise PackInvalid(f"{name} belongs to the fields {columns[name].field} and {entry['number']}")
            pii = documents.message["formats"][tree.placements[name].format].get("pii", False)
            columns[name] = _column(name, entry["number"], tree.placements[name], formats, pii=pii)
    lost = [name for name in tree.placements if name not in columns]
    if lost:
        raise PackInvalid(f"{lost[0]} stands in the message but belongs to no field", extra={"columns": lost})
    return columns


def _column(name: str, number: int, placement: Placement, formats: Mapping[str, Format], *, pii: bool) -> TargetColumn:
    facets = formats[placement.format]
    words = [word.upper() if word in _ACRONYMS else word for word in name.split("_")]
    return TargetColumn(
        name=name,
        title=" ".join([words[0] if words[0].isupper() else words[0].capitalize(), *words[1:]]),
        field=number,
        xpaths=tuple(placement.xpaths),
        format=facets,
        type=_data_type(facets),
        pii=pii,
        repeats=placement.repeats,
    )


def _field(entry: FieldDocument, citation: str, columns: Mapping[str, TargetColumn]) -> Field:
    condition_source = entry.get("condition_source")
    return Field(
        number=entry["number"],
        name=entry["name"],
        requirement=Requirement(entry["requirement"]),
        condition=entry.get("condition"),
        content=entry["content"],
        citation=entry.get("citation") or fill(citation, {"number": str(entry["number"])}),
        source=Source(entry["source"]),
        condition_source=None if condition_source is None else Source(condition_source),
        pii=any(columns[name].pii for name in entry["columns"]),
        columns=tuple(entry["columns"]),
    )


def _message(document: MessageDocument, tree: RecordTree, formats: Mapping[str, Format]) -> Message:
    root = _envelope_element(document["envelope"]["root"], "")
    tokens = document["envelope"]["tokens"].items()
    unknown = [name for _, name in tokens if name not in formats]
    if unknown:
        raise PackInvalid(f"the format {unknown[0]} of a token does not exist")
    return Message(
        definition=document["definition"],
        namespace=document["namespace"],
        record=tree.record,
        envelope=Envelope(
            namespaces=tuple(dict.fromkeys(_namespaces(root))),
            root=root,
            tokens=tuple(Token(name, formats[format_name]) for name, format_name in tokens),
        ),
        schemas=tuple(WantedSchema(entry["namespace"], entry["file_name"]) for entry in document["schemas"]),
    )


def _envelope_element(document: EnvelopeElementDocument, namespace: str) -> EnvelopeElement:
    own = document.get("namespace", namespace)
    return EnvelopeElement(
        name=document["element"],
        namespace=own,
        children=tuple(_envelope_element(child, own) for child in document.get("children", ())),
        text=document.get("text"),
        records=document.get("records", False),
    )


def _namespaces(element: EnvelopeElement) -> list[str]:
    return [element.namespace, *(name for child in element.children for name in _namespaces(child))]


def _cancellation(documents: PackDocuments, tree: RecordTree) -> Cancellation:
    document = documents.pack["cancellation"]
    branch = next((child for child in tree.record.children if child.name == document["element"]), None)
    if branch is None:
        raise PackInvalid(f"the record has no branch {document['element']} for cancellations")
    return Cancellation(
        status_column=document["status_column"],
        status_value=document["status_value"],
        element=document["element"],
        columns=(document["status_column"], *branch.presence_columns()),
    )


def _code_list(name: str, entry: CodeListDocument) -> CodeList:
    return CodeList(name, entry["title"], dict(entry["codes"]), entry["citation"], Source(entry["source"]))
