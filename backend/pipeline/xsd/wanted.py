"""The paths of an XML mapping as a tree: what an author wants where, before a schema has been asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from backend.core.json_pointer import json_pointer
from backend.domain.reports.xml_options import PathStep, XmlOptions, XmlPath

#: How many copies there are of the elements that repeat by parts, by their paths below the record.
Copies = Mapping[str, int]


@dataclass(slots=True)
class Wanted:
    """An element or attribute that is wanted: a value of the record, a text, or what is below.

    ``pointer`` is the place in the options that asked first; ``label`` its path as the options write it. ``parts`` is
    the path of the repeated element that this is a copy of.
    """

    pointer: str
    label: str = ""
    column: str | None = None
    text: str | None = None
    is_record: bool = False
    parts: str | None = None
    children: dict[PathStep, Wanted] = field(default_factory=dict)
    attributes: dict[str, Wanted] = field(default_factory=dict)

    @property
    def has_values(self) -> bool:
        """Whether anything here changes from record to record."""
        below = (*self.children.values(), *self.attributes.values())
        return self.is_record or self.column is not None or any(one.has_values for one in below)

    def copies(self, name: str) -> list[tuple[PathStep, Wanted]]:
        """The copies of a child, in order."""
        return sorted(
            ((step, one) for step, one in self.children.items() if step.name == name),
            key=lambda item: item[0].copy or 0,
        )

    def only(self, copy: int) -> Wanted:
        """The same with nothing but this copy of each child."""
        return replace(self, children={step: one for step, one in self.children.items() if step.copy == copy})


@dataclass(frozen=True, slots=True)
class WantedValue:
    """A value of the record: its column, by the path of its place, the field, and the part where it is one of many."""

    column: str
    field: str
    parts: str | None = None
    part: int = 0


def plant(options: XmlOptions, copies: Copies) -> tuple[Wanted, tuple[WantedValue, ...]]:
    """What is wanted, from above the root element down, and the values of the record in the order of the options."""
    above = Wanted("/record")
    record = above
    for step in XmlPath.read(options.record).steps:
        label = f"{record.label}/{step}".lstrip("/")
        record = record.children.setdefault(step, Wanted("/record", label))
    record.is_record = True
    for text_path, text in options.elements.items():
        _plant(above, XmlPath.read(text_path), f"/elements{json_pointer((text_path,))}").text = text
    record.label = ""
    values = []
    for written, name in options.fields.items():
        pointer = f"/fields{json_pointer((written,))}"
        for path, parts, part in _spread(XmlPath.read(written), copies):
            found = _plant(record, path, pointer, parts)
            found.column = str(path)
            values.append(WantedValue(found.column, name, _joined(parts) or None, part))
    return above, tuple(values)


def repeated_paths(options: XmlOptions) -> dict[str, tuple[str, ...]]:
    """The elements that repeat by parts, by their paths below the record, with the fields whose parts they hold."""
    found: dict[str, list[str]] = {}
    for written, name in options.fields.items():
        repeated = XmlPath.read(written).repeated
        if repeated:
            found.setdefault(_joined(repeated), []).append(name)
    return {path: tuple(dict.fromkeys(names)) for path, names in found.items()}


def _spread(path: XmlPath, copies: Copies) -> Iterator[tuple[XmlPath, tuple[PathStep, ...], int]]:
    """The paths of the copies of a path that repeats, the path itself where nothing does."""
    repeated = path.repeated
    if not repeated:
        yield path, (), 0
        return
    *outer, last = repeated
    for number in range(1, copies.get(_joined(repeated), 1) + 1):
        steps = (*outer, PathStep(last.name, number), *path.steps[len(repeated) :])
        yield XmlPath(steps, path.attribute), repeated, number - 1


def _plant(above: Wanted, path: XmlPath, pointer: str, parts: tuple[PathStep, ...] = ()) -> Wanted:
    found = above
    for depth, step in enumerate(path.steps, 1):
        label = f"{found.label}/{step}".lstrip("/")
        if step not in found.children:
            found.children[step] = Wanted(pointer, label, parts=_joined(parts) if depth == len(parts) else None)
        found = found.children[step]
    if path.attribute is None:
        found.pointer = pointer
        return found
    return found.attributes.setdefault(path.attribute, Wanted(pointer, str(path)))


def _joined(steps: tuple[PathStep, ...]) -> str:
    return "/".join(map(str, steps))
