"""From the message document to the element tree: groups and instances expanded, columns placed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from backend.domain.regulations.documents import (
    ElementDocument,
    GroupDocument,
    MessageDocument,
    PackInvalid,
)
from backend.domain.regulations.model import UNBOUNDED, Condition, Element, step

_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


@dataclass(slots=True)
class Placement:
    """Where the values of one column stand, in which format and how often."""

    format: str
    xpaths: list[str] = field(default_factory=list)
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class RecordTree:
    """The record element and what stands where in it."""

    record: Element
    placements: Mapping[str, Placement]


def build_tree(message: MessageDocument) -> RecordTree:
    """The record's element tree with every column's placement, in document order."""
    builder = _TreeBuilder(message)
    record = builder.build(message["record"], {}, "", 1)
    return RecordTree(record, builder.placements)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with each ``{name}`` replaced; raises ``PackInvalid`` for a name nobody gave a value."""

    def replace(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise PackInvalid(f"nothing is given for {match[0]} in {text!r}")
        return values[match[1]]

    return _PLACEHOLDER.sub(replace, text)


class _TreeBuilder:
    """Walks the document once, depth first, so that paths come out in document order."""

    def __init__(self, message: MessageDocument) -> None:
        self._groups: Mapping[str, GroupDocument] = message["groups"]
        self._formats = message["formats"]
        self.placements: dict[str, Placement] = {}
        self._selectors = message["selectors"]
        for column, format_name in self._selectors.items():
            self._place(column, format_name, None, 1)

    def build(self, document: ElementDocument, values: Mapping[str, str], path: str, instance: int) -> Element:
        """One element with everything below it; ``path`` is its own path below the record element."""
        values, group = self._enter_group(document, values, instance)
        when = self._condition(document, values, path)
        column = self._leaf(document, values, path)
        attributes = []
        for attribute in document.get("attributes", ()):
            name = fill(attribute["column"], values)
            self._place(name, fill(attribute["format"], values), f"{path}/@{attribute['attribute']}", 1)
            attributes.append((attribute["attribute"], name))
        return Element(
            name=document["element"],
            children=self._children(group["children"] if group else document.get("children", []), values, path),
            column=column,
            attributes=tuple(attributes),
            required=document.get("required", False) and instance == 1,
            choice=(group or document).get("choice", False),
            literal=document.get("literal"),
            presence=document.get("presence", True),
            when=when,
            instance=instance,
        )

    def _children(self, documents: list[ElementDocument], values: Mapping[str, str], path: str) -> tuple[Element, ...]:
        built = []
        for child in documents:
            for instance in range(1, child.get("instances", 1) + 1):
                below = step(path, child["element"], instance)
                built.append(self.build(child, values, below, instance))
        return tuple(built)

    def _enter_group(
        self, document: ElementDocument, values: Mapping[str, str], instance: int
    ) -> tuple[Mapping[str, str], GroupDocument | None]:
        if "use" not in document:
            return values, None
        if document["use"] not in self._groups:
            raise PackInvalid(f"{document['element']} uses the group {document['use']}, which does not exist")
        group = self._groups[document["use"]]
        inner = {name: fill(text, values) for name, text in document.get("with", {}).items()}
        if instance > 1:
            inner["prefix"] = f"{inner['prefix']}_{instance}"
        for name, text in group.get("defaults", {}).items():
            inner.setdefault(name, fill(text, inner))
        return inner, group

    def _condition(self, document: ElementDocument, values: Mapping[str, str], path: str) -> Condition | None:
        if "when" not in document:
            return None
        column = fill(document["when"]["column"], values)
        if column in self._selectors:
            self.placements[column].xpaths.append(path)
        return Condition(column, tuple(document["when"]["values"]))

    def _leaf(self, document: ElementDocument, values: Mapping[str, str], path: str) -> str | None:
        if "column" not in document:
            return None
        column = fill(document["column"], values)
        repeats = document.get("repeats", 1)
        self._place(column, fill(document["format"], values), path, repeats if isinstance(repeats, int) else UNBOUNDED)
        return column

    def _place(self, column: str, format_name: str, xpath: str | None, repeats: int) -> None:
        if format_name not in self._formats:
            raise PackInvalid(f"the format {format_name} of {column} does not exist")
        placement = self.placements.setdefault(column, Placement(format_name, repeats=repeats))
        if (placement.format, placement.repeats) != (format_name, repeats):
            raise PackInvalid(f"{column} stands at several places with different formats")
        if xpath is not None:
            placement.xpaths.append(xpath)
