"""The elements that a package of schemas defines, level by level: a tree that may be endless is never built.

Reading goes through xmlschema, which resolves types, groups, extensions and references; checking files does not.
"""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Final

import xmlschema
from xmlschema.validators import XsdElement, XsdGroup, XsdType

from backend.core.errors import ErrorKind, OpenRegError
from backend.pipeline.xsd.documents import SchemaFile, parse_schema
from backend.pipeline.xsd.finding import SchemaSetInvalid
from backend.pipeline.xsd.folder import write_wrapper

#: Facets that are shown, in this order; an enumeration stands apart.
FACETS: Final = (
    "length",
    "minLength",
    "maxLength",
    "pattern",
    "totalDigits",
    "fractionDigits",
    "minInclusive",
    "maxInclusive",
    "minExclusive",
    "maxExclusive",
)
MAX_CODES: Final = 500
MAX_DOCUMENTATION: Final = 2_000
_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_FIX: Final = "Install the package with every schema that its schemas import."


class SchemaElementNotFound(OpenRegError):
    """The schemas define no such element."""

    code: ClassVar[str] = "schema_element_not_found"
    kind: ClassVar[ErrorKind] = ErrorKind.NOT_FOUND


@dataclass(frozen=True, slots=True)
class SchemaValueType:
    """What a value may be: the type's name, the built-in type behind it, its facets, its codes."""

    name: str | None
    primitive: str | None
    facets: Mapping[str, str]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """An attribute of an element."""

    name: str
    namespace: str
    required: bool
    type: SchemaValueType


@dataclass(frozen=True, slots=True)
class SchemaElement:
    """One element where it stands. ``maximum`` None is without limit; ``choice`` numbers the choice it is part of.

    ``step`` is its name with the namespace, as ``ElementTree.children`` takes it.
    """

    name: str
    namespace: str
    step: str
    minimum: int
    maximum: int | None
    choice: int | None
    documentation: str | None
    type: SchemaValueType
    attributes: tuple[SchemaAttribute, ...]
    has_children: bool


class ElementTree:
    """The elements of a package. Raises SchemaSetInvalid when its schemas do not fit together."""

    def __init__(self, files: Sequence[SchemaFile]) -> None:
        documents = {file.name: parse_schema(file.name, file.content) for file in files}
        with tempfile.TemporaryDirectory(prefix="openreg-schemas-") as folder, warnings.catch_warnings():
            # What is imported and not there shows as an unknown type.
            warnings.simplefilter("ignore", xmlschema.XMLSchemaImportWarning)
            wrapper = write_wrapper(Path(folder), documents)
            try:
                schema = xmlschema.XMLSchema10(str(wrapper), allow="sandbox", defuse="always", use_meta=True)
            except (xmlschema.XMLSchemaException, ValueError, RecursionError) as error:
                reason = str(error).split("\n", 1)[0]
                raise SchemaSetInvalid(f"The schemas do not fit together: {reason}", fix=_FIX) from error
        self._roots: Final[dict[str, XsdElement]] = {
            name: element for name, element in schema.maps.elements.items() if not name.startswith(_XS)
        }

    def named(self, name: str) -> list[XsdElement]:
        """The elements with this name, whatever their namespace, that a document or a wildcard may begin with."""
        return [one for _, one in sorted(self._roots.items()) if one.local_name == name]

    @property
    def root_names(self) -> list[str]:
        """The names of those elements, without their namespaces."""
        return sorted({str(one.local_name) for one in self._roots.values()})

    def roots(self) -> list[SchemaElement]:
        """The elements that a document may begin with."""
        return [_described(element, None) for _, element in sorted(self._roots.items())]

    def children(self, steps: Sequence[str]) -> list[SchemaElement]:
        """The elements below the one that the steps from a root lead to. Raises SchemaElementNotFound."""
        element = self._roots.get(steps[0]) if steps else None
        for step in steps[1:]:
            element = next((one for one, _ in _below(element) if one.name == step), None)
        if element is None:
            raise SchemaElementNotFound
        return [_described(one, choice) for one, choice in _below(element)]


@lru_cache(maxsize=4)
def read_tree(files: tuple[SchemaFile, ...]) -> ElementTree:
    """The tree of a package, kept: resolving a large one takes seconds, and it is asked again and again."""
    return ElementTree(files)


def _below(element: XsdElement | None) -> Iterator[tuple[XsdElement, int | None]]:
    """The child elements with the number of the choice they are part of."""
    group = element.type.model_group if element is not None else None
    return _members(group, None, count(1)) if group is not None else iter(())


def _members(group: XsdGroup, choice: int | None, numbers: Iterator[int]) -> Iterator[tuple[XsdElement, int | None]]:
    number = next(numbers) if group.model == "choice" else choice
    for member in group:
        if isinstance(member, XsdGroup):
            yield from _members(member, number, numbers)
        elif isinstance(member, XsdElement):
            yield member, number


def _described(element: XsdElement, choice: int | None) -> SchemaElement:
    group = element.type.model_group
    return SchemaElement(
        name=element.local_name,
        namespace=_namespace(element.name),
        step=element.name,
        minimum=element.min_occurs,
        maximum=element.max_occurs,
        choice=choice,
        documentation=_documentation(element) or _documentation(element.type),
        type=_value_type(element.type),
        attributes=tuple(_attributes(element)),
        has_children=group is not None and next(_members(group, None, count(1)), None) is not None,
    )


def _attributes(element: XsdElement) -> Iterator[SchemaAttribute]:
    for name, attribute in element.attributes.items():
        if name is not None and attribute.type is not None:
            required = attribute.use == "required"
            yield SchemaAttribute(attribute.local_name, _namespace(name), required, _value_type(attribute.type))


def _namespace(name: str) -> str:
    """An element or attribute may be of no namespace although its schema has one."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def _value_type(type_: XsdType) -> SchemaValueType:
    simple: Any = type_ if type_.is_simple() else type_.simple_type
    if simple is None:
        return SchemaValueType(type_.local_name, None, {}, ())
    facets = {name: _facet(simple, name) for name in FACETS}
    codes: Iterable[object] = simple.enumeration or ()
    return SchemaValueType(
        type_.local_name,
        simple.root_type.local_name,
        {name: value for name, value in facets.items() if value is not None},
        tuple(str(code) for _, code in zip(range(MAX_CODES), codes, strict=False)),
    )


def _facet(simple: Any, name: str) -> str | None:
    facet = simple.get_facet(f"{_XS}{name}")
    if facet is None:
        return None
    if name == "pattern":
        return " | ".join(str(one.get("value")) for one in facet)
    return str(facet.value)


def _documentation(component: Any) -> str | None:
    annotation = component.annotation
    found = [str(one.text or "").strip() for one in annotation.documentation] if annotation is not None else []
    return "\n".join(filter(None, found))[:MAX_DOCUMENTATION] or None
