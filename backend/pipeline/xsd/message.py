"""An XML message by a schema package: what an author mapped, checked against the schemas, ready to be written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from backend.core.json_pointer import json_pointer
from backend.core.spelling import suggest
from backend.domain.expressions.types import DataType, Kind
from backend.domain.regulations.model import Element
from backend.domain.reports.outputs import Output
from backend.domain.reports.page_texts import ONLY_PAGE, PageText
from backend.domain.reports.xml_options import XmlOptions
from backend.pipeline.xsd.documents import SchemaFile
from backend.pipeline.xsd.element_tree import ElementTree, read_tree
from backend.pipeline.xsd.finding import SchemaSetInvalid
from backend.pipeline.xsd.leaf_types import LeafType
from backend.pipeline.xsd.mapping import MappingFault, MessageBuilder
from backend.pipeline.xsd.names import Names
from backend.pipeline.xsd.schema_set import SchemaSet
from backend.pipeline.xsd.wanted import Copies, WantedValue, plant, repeated_paths

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True, slots=True)
class RecordShape:
    """The record with so many copies of what repeats: its elements, its values, their types by column."""

    record: Element
    values: tuple[WantedValue, ...]
    leaves: Mapping[str, LeafType]


class XmlMessage:
    """The files of one output. ``header`` and ``footer`` are texts with facts of the file (``PageText``)."""

    def __init__(self, files: tuple[SchemaFile, ...], options: XmlOptions) -> None:
        """Raises SchemaSetInvalid when the package does not fit together, or not the options."""
        self._files: Final = files
        self._options: Final = options
        self._tree: Final[ElementTree] = read_tree(files)
        self._names: Final = Names()
        self._build({})  # now the namespaces are known
        builder, root = self._build({})
        if root is None or builder.record is None or builder.faults:
            reason = builder.faults[0].detail if builder.faults else "there is no such record"
            raise SchemaSetInvalid(f"The mapping does not fit the schema package: {reason}")
        before, _, behind = _markup(root, builder.record).partition("\0")
        self.header: Final = f"{_DECLARATION}{before}\n"
        self.footer: Final = f"{behind}\n"
        self.record_path: Final = builder.record_path
        #: Some of the records are no file by themselves where the schema wants several.
        self.is_never_cut: Final = builder.record_minimum > 1
        #: What repeats by parts, with its fields, and how often it may.
        self.repeated: Final = repeated_paths(options)
        self.limits: Final[Mapping[str, int | None]] = dict(builder.limits)

    def shape(self, copies: Copies, run: Mapping[str, str] | None) -> RecordShape:
        """The record with so many copies, its texts with the facts of a run where there is one."""
        above, values = plant(self._options, copies)
        builder = MessageBuilder(self._tree, self._names)
        builder.build(above)
        if builder.record is None:
            raise RuntimeError("a message without its record is refused when it is made")
        record = builder.record if run is None else _with_facts(builder.record, run)
        return RecordShape(record, values, builder.leaves)

    def schema_set(self) -> SchemaSet:
        """The schemas of the package, for files of this message."""
        return SchemaSet.of_package(self._files, self.record_path[0], self.record_path)

    def _build(self, copies: Copies) -> tuple[MessageBuilder, Element | None]:
        builder = MessageBuilder(self._tree, self._names)
        return builder, builder.build(plant(self._options, copies)[0])


def mapping_faults(
    files: tuple[SchemaFile, ...], output: Output, types: Mapping[str, DataType], fields: Mapping[str, str]
) -> Iterator[MappingFault]:
    """What is wrong with the XML of an output; ``types`` are those of the fields whose expressions are right.

    Raises SchemaSetInvalid when the schemas do not fit together.
    """
    options = output.xml
    if options is None:
        return
    above, values = plant(options, {})
    builder = MessageBuilder(read_tree(files), Names())
    builder.build(above)
    yield from builder.faults
    prefix = f"{options.record}/"
    for path, text in options.elements.items():
        if path.startswith(prefix) and not PageText(text).is_of_run:
            detail = f"{path} stands in each record, where only facts of the run can be written."
            yield MappingFault(f"/elements{json_pointer((path,))}", "xml_text_of_file", detail)
    limit = builder.record_limit
    if builder.record is not None and limit is not None and (output.max_records or limit + 1) > limit:
        detail = f"{options.record} may stand {limit} time(s) in a file: set max_records to that at most."
        yield MappingFault("/record", "xml_record_repeats", detail)
    for path, value in zip(options.fields, values, strict=True):
        fault = _field_fault(path, value, builder.leaves.get(value.column), types, fields)
        if fault is not None:
            yield fault


def _field_fault(
    path: str, value: WantedValue, leaf: LeafType | None, types: Mapping[str, DataType], fields: Mapping[str, str]
) -> MappingFault | None:
    pointer = f"/fields{json_pointer((path,))}"
    if value.field not in fields:
        near = suggest(value.field, fields)
        return MappingFault(pointer, "xml_field_unknown", f"{value.field} is not a field of the report.", near)
    found = types.get(value.field)
    if found is None or leaf is None:
        return None
    if value.parts is not None and found.kind is not Kind.TEXT:
        detail = f"{value.field} is a {found}: parts are separated in a text."
        return MappingFault(pointer, "xml_type_unfit", detail)
    if not leaf.takes(found.kind):
        detail = f"{path} takes a {leaf.kind.value} ({leaf.name}); {value.field} is a {found}."
        return MappingFault(pointer, "xml_type_unfit", detail)
    return None


def _markup(element: Element, record: Element) -> str:
    """The element as text, the record a mark in it."""
    if element is record:
        return "\0"
    content = escape(element.literal or "") + "".join(_markup(child, record) for child in element.children)
    if not element.name:
        return content
    attributes = "".join(f" {name}={quoteattr(text)}" for name, text in element.constants)
    return f"<{element.name}{attributes}>{content}</{element.name}>"


def _with_facts(element: Element, run: Mapping[str, str]) -> Element:
    """The element with the facts of a run in its texts."""

    def said(text: str) -> str:
        return PageText(text).render(run, ONLY_PAGE) if "{" in text else text

    return replace(
        element,
        literal=None if element.literal is None else said(element.literal),
        constants=tuple((name, said(text)) for name, text in element.constants),
        children=tuple(_with_facts(child, run) for child in element.children),
    )
