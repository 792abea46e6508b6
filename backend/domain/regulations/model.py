"""What a regulation pack says, as frozen values: fields, target columns, message and wrapper, rules, code lists.

Paths start below the record element of the message (``Tx`` in auth.016) and have no namespace prefixes; an
attribute is written as a last step ``@Name``. Sources: Delegated Regulation (EU) 2017/590 for the meaning of
fields, the message definition of the pack for names, order and facets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from backend.domain.expressions.types import DataType, Kind
from backend.domain.validation.rule import Rule, Source

#: Largest number of values of a leaf the message definition does not bound.
UNBOUNDED: Final = 2**31 - 1
#: Separates the values of a repeating leaf inside one target column.
VALUE_SEPARATOR: Final = "|"


def step(path: str, name: str, instance: int) -> str:
    """The path one element further down; only the second and later copies of a group show their number."""
    numbered = name if instance == 1 else f"{name}[{instance}]"
    return f"{path}/{numbered}" if path else numbered


class Requirement(StrEnum):
    """Whether a new report must carry the field: always, under a condition, or at the firm's choice."""

    MANDATORY = "mandatory"
    CONDITIONAL = "conditional"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class Format:
    """The facets of one value, as the message definition gives them.

    ``pattern`` matches the whole value (wrap it in ``^(?:…)$``) and uses only what XSD, Rust's and DuckDB's
    regular expressions share. Lengths count characters; digits count as XSD ``totalDigits`` and
    ``fractionDigits``. ``code_list`` is the closed list of values, ``code_list_name`` its name in the pack.
    For a repeating leaf every facet applies to each single value.
    """

    kind: Kind
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None
    minimum: int | None = None
    exclusive_minimum: bool = False
    code_list: tuple[str, ...] | None = None
    code_list_name: str | None = None


@dataclass(frozen=True, slots=True)
class TargetColumn:
    """One column of the target frame: where its value stands in the message and what it may hold.

    ``xpaths`` lists every place in document order; only one of them is filled in a record. ``repeats`` is the
    largest number of values; above 1 they come as one text separated by ``VALUE_SEPARATOR``.
    """

    name: str
    title: str
    field: int
    xpaths: tuple[str, ...]
    format: Format
    type: DataType
    pii: bool = False
    repeats: int = 1

    @property
    def xpath(self) -> str:
        """The first place of the value in the message."""
        return self.xpaths[0]


@dataclass(frozen=True, slots=True)
class Condition:
    """An element is possible only in records where the column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Element:
    """One element of the record, in the order of the message definition.

    An element is written when ``when`` holds (or is absent) and one of the columns that give presence below it
    has a value. Attributes never give presence; a leaf with ``presence=False`` neither: it is written only when
    its parent is there for another reason. ``required`` is relative to a written parent, ``choice`` says that
    exactly one child may be written. ``instance`` numbers the copies of a repeating group.

    Messages of an own schema need more: an element without a name is a group of the content model and leaves no tag;
    ``constants`` are attributes with the same text in every record; ``options`` are attributes that may be absent;
    with ``attributes_count`` the attributes give presence, because the element has no value of its own.
    """

    name: str
    children: tuple[Element, ...] = ()
    column: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    required: bool = False
    choice: bool = False
    literal: str | None = None
    presence: bool = True
    when: Condition | None = None
    instance: int = 1
    constants: tuple[tuple[str, str], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    attributes_count: bool = False

    def walk(self, path: str = "") -> Iterator[tuple[str, Element]]:
        """Every element below this one with its path, in document order."""
        for child in self.children:
            below = step(path, child.name, child.instance) if child.name else path
            yield below, child
            yield from child.walk(below)

    def presence_columns(self) -> tuple[str, ...]:
        """The columns of which one must have a value for this element to be written, without repetition."""
        own = (*((self.column,) if self.column and self.presence else ()), *self.counted_attributes())
        below = (name for child in self.children for name in child.presence_columns())
        return tuple(dict.fromkeys((*own, *below)))

    def counted_attributes(self) -> tuple[str, ...]:
        """The columns of attributes that give presence."""
        return tuple(name for _, name in (*self.attributes, *self.options)) if self.attributes_count else ()


@dataclass(frozen=True, slots=True)
class Token:
    """A value of one run that the wrapper carries, written ``{name}`` in the wrapper's texts."""

    name: str
    format: Format


@dataclass(frozen=True, slots=True)
class EnvelopeElement:
    """One element of the wrapper; a new ``namespace`` is declared as default where it differs from the parent's.

    ``text`` may hold tokens; ``records`` marks the element whose content are the records of the file.
    """

    name: str
    namespace: str
    children: tuple[EnvelopeElement, ...] = ()
    text: str | None = None
    records: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """The wrapper of a file: business file header, application header, document, up to the records."""

    namespaces: tuple[str, ...]
    root: EnvelopeElement
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class WantedSchema:
    """A schema file the pack was written against; OpenReg does not ship it, an operator installs it."""

    namespace: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Cancellation:
    """How a report is withdrawn: the status value, the branch of the record, the columns it carries."""

    status_column: str
    status_value: str
    element: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """The message: definition, namespace, record element, wrapper, and the schema files that check it."""

    definition: str
    namespace: str
    record: Element
    envelope: Envelope
    schemas: tuple[WantedSchema, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the regulation, as a person looks it up: number, name, requirement, content, citation.

    ``source`` covers name, content and path, ``condition_source`` the condition alone.
    """

    number: int
    name: str
    requirement: Requirement
    condition: str | None
    content: str
    citation: str
    source: Source
    condition_source: Source | None
    pii: bool
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A closed list of codes with their meaning in plain words."""

    name: str
    title: str
    codes: Mapping[str, str]
    citation: str
    source: Source


@dataclass(frozen=True, slots=True)
class Pack:
    """A regime as data, effective from ``effective_from`` until ``effective_to`` (exclusive; None = open)."""

    id: str
    version: str
    title: str
    regulation: str
    guideline: str
    effective_from: date
    effective_to: date | None
    field_count: int
    fields: tuple[Field, ...]
    columns: Mapping[str, TargetColumn]
    message: Message
    cancellation: Cancellation
    feedback_format: str
    record_key: tuple[str, ...]
    rules: tuple[Rule, ...]
    code_lists: Mapping[str, CodeList] = field(default_factory=dict)
