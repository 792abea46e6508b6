"""XML by a schema package of the user's own: which element is a record, and what stands where.

Paths are the local names of elements joined by ``/``; their namespaces follow from the schema. A last step ``@Name``
is an attribute, ``Name[2]`` the second copy of an element, ``Name[*]`` as many copies as its values have parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, field_validator, model_validator
from pydantic.config import JsonDict

from backend.domain.reports.page_texts import PageText
from backend.domain.reports.part import DocumentPart, Name

MAX_XML_PATH: Final = 1_000
MAX_XML_TEXT: Final = 2_000
MAX_XML_ELEMENTS: Final = 500
MAX_XML_FIELDS: Final = 2_000
#: The highest number a written copy of an element may have.
MAX_COPY: Final = 999
# Paths that do not fit the pattern are refused; without this the schema would let them pass.
_CLOSED: JsonDict = {"additionalProperties": False}
_NAME: Final = r"[^\s:/@\[\]{}<>&\"'|]+"
_STEP: Final = rf"{_NAME}(\[([1-9][0-9]{{0,2}}|\*)\])?"
_STEP_PARTS: Final = re.compile(rf"(?P<name>{_NAME})(?:\[(?P<copy>\d+|\*)\])?")
_LINE_BREAK: Final = re.compile(r"[\r\n]")

ElementPath = Annotated[str, Field(max_length=MAX_XML_PATH, pattern=rf"^{_STEP}(/{_STEP})*$")]
ValuePath = Annotated[str, Field(max_length=MAX_XML_PATH, pattern=rf"^({_STEP}/)*({_STEP}|@{_NAME})$")]
XmlText = Annotated[str, Field(max_length=MAX_XML_TEXT)]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One element of a path; ``copy`` is None where there are as many as the values have parts."""

    name: str
    copy: int | None = 1

    def __str__(self) -> str:
        """The step as it is written."""
        if self.copy == 1:
            return self.name
        return f"{self.name}[{'*' if self.copy is None else self.copy}]"


@dataclass(frozen=True, slots=True)
class XmlPath:
    """A path, read: the elements it leads through, and the attribute it ends in."""

    steps: tuple[PathStep, ...]
    attribute: str | None = None

    @classmethod
    def read(cls, text: str) -> XmlPath:
        """A path of the form that ``XmlOptions`` takes."""
        *above, last = text.split("/")
        if last.startswith("@"):
            return cls(_steps(above), last[1:])
        return cls(_steps([*above, last]))

    @property
    def repeated(self) -> tuple[PathStep, ...]:
        """The steps from the first one to the one that is repeated by parts; none where nothing is."""
        number = next((number for number, one in enumerate(self.steps) if one.copy is None), None)
        return () if number is None else self.steps[: number + 1]

    def __str__(self) -> str:
        """The path as it is written."""
        return "/".join([*map(str, self.steps), *([f"@{self.attribute}"] if self.attribute else [])])


def _steps(texts: Iterable[str]) -> tuple[PathStep, ...]:
    found = (_STEP_PARTS.fullmatch(text) for text in texts)
    return tuple(PathStep(one["name"], _copy(one["copy"])) for one in found if one is not None)


def _copy(text: str | None) -> int | None:
    return None if text == "*" else int(text or 1)


class XmlOptions(DocumentPart):
    """How the records are written into XML of a schema package, in the order that its schemas give.

    ``record`` leads from the root element to the one that is written for each record. ``fields`` give the values of
    the record by paths below it. ``elements`` are texts by paths from the root: around the records they may hold
    facts of the file, in the record only facts of the run.
    """

    schema_package_id: UUID
    record: ElementPath
    elements: dict[ValuePath, XmlText] = Field(default={}, max_length=MAX_XML_ELEMENTS, json_schema_extra=_CLOSED)
    fields: dict[ValuePath, Name] = Field(min_length=1, max_length=MAX_XML_FIELDS, json_schema_extra=_CLOSED)

    @field_validator("elements")
    @classmethod
    def _texts_can_be_written(cls, value: dict[str, str]) -> dict[str, str]:
        for path, text in value.items():
            fault = PageText(text).find_fault()
            if fault is None and _LINE_BREAK.search(text):
                fault = "the text holds a line break"
            if fault is None and any(one.copy is None for one in XmlPath.read(path).steps):
                fault = "a text does not repeat: [*] is for fields"
            if fault is not None:
                raise ValueError(f"{path}: {fault}")
        return value

    @model_validator(mode="after")
    def _record_is_one_element(self) -> XmlOptions:
        steps = XmlPath.read(self.record).steps
        if any(one.copy != 1 for one in steps):
            raise ValueError("record names elements without the number of a copy")
        if any(XmlPath.read(path).steps[:1] != steps[:1] for path in self.elements):
            raise ValueError(f"elements begin at the root element {steps[0]}, as record does")
        self._check_copies(steps)
        for path in self.fields:
            if sum(one.copy is None for one in XmlPath.read(path).steps) > 1:
                raise ValueError(f"{path} repeats more than one element by parts")
        return self

    def _check_copies(self, record: tuple[PathStep, ...]) -> None:
        """An element repeats by parts or by numbers: with both nobody could say which copy is which."""
        texts = (XmlPath.read(path).steps for path in self.elements)
        below = [*(XmlPath.read(path).steps for path in self.fields)]
        below += [steps[len(record) :] for steps in texts if steps[: len(record)] == record]
        kinds: dict[str, bool] = {}
        for steps in below:
            for depth, one in enumerate(steps):
                place = "/".join([*map(str, steps[:depth]), one.name])
                if kinds.setdefault(place, one.copy is None) is not (one.copy is None):
                    raise ValueError(
                        f"{place} repeats by parts at one place and not at another: write {one.name}[*] everywhere"
                    )
