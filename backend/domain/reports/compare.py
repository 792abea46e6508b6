"""What differs between two report documents, in the words of a report: fields, rules, query, outputs, policies.

Documents may be incomplete: drafts are compared too. A change of nothing but the form of SQL is told apart from one
of its meaning, by the parsed tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Any, Final

from pydantic import ValidationError

from backend.domain.expressions.formatting import EXPRESSIONS, QUERIES, differs_only_in_form
from backend.domain.reports.document import ReportDocument

#: Longer texts are shown as replaced as a whole: comparing them line by line would take too long.
MAX_LINES: Final = 3000
_SINGLE: Final = (
    "pack",
    "rule_sets",
    "filter",
    "on_release",
    "on_empty",
    "on_partial",
    "record_key",
    "deliver_to",
    "submission",
)


class ChangeKind(StrEnum):
    """What happened to a part. ``reformatted``: SQL of the same meaning; ``moved``: another place in the order."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    REFORMATTED = "reformatted"
    MOVED = "moved"


class LineKind(StrEnum):
    """What happened to a line of the query."""

    KEPT = "kept"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class PartChange:
    """A part of the document under its name (a field, a rule's id, a parameter, a setting), before and after."""

    name: str
    kind: ChangeKind
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the query with its number before and after."""

    kind: LineKind
    text: str
    old_number: int | None
    new_number: int | None


@dataclass(frozen=True, slots=True)
class QueryChange:
    """The source query, line by line."""

    kind: ChangeKind
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DocumentDiff:
    """Everything that differs; empty parts do not."""

    fields: tuple[PartChange, ...]
    rules: tuple[PartChange, ...]
    eligibility: tuple[PartChange, ...]
    query: QueryChange | None
    inputs: tuple[PartChange, ...]
    join: QueryChange | None
    parameters: tuple[PartChange, ...]
    outputs: tuple[PartChange, ...]
    envelope: tuple[PartChange, ...]
    settings: tuple[PartChange, ...]

    @property
    def parts(self) -> tuple[PartChange, ...]:
        """Every change but those of the query and the join."""
        return (
            *self.fields,
            *self.rules,
            *self.eligibility,
            *self.inputs,
            *self.parameters,
            *self.outputs,
            *self.envelope,
            *self.settings,
        )

    @property
    def is_empty(self) -> bool:
        """Whether both documents are the same."""
        return not self.parts and self.query is None and self.join is None

    @property
    def is_formatting_only(self) -> bool:
        """Whether what runs is the same: only the form of SQL differs."""
        kinds = {one.kind for one in (*self.parts, self.query, self.join) if one is not None}
        return kinds == {ChangeKind.REFORMATTED}


def compare_documents(before: Mapping[str, object], after: Mapping[str, object]) -> DocumentDiff:
    """The changes that lead from one document to the other."""
    old, new = _complete(before), _complete(after)
    old_source, new_source = _mapping(old.get("source")), _mapping(new.get("source"))
    settings = [*_named(_settings(old), _settings(new), _expression_kind)]
    return DocumentDiff(
        fields=(
            *_named(_mapping(old.get("fields")), _mapping(new.get("fields")), _expression_kind),
            *_moved(list(_mapping(old.get("fields"))), list(_mapping(new.get("fields")))),
        ),
        rules=tuple(_named(_listed(old, "rules", "id"), _listed(new, "rules", "id"), _part_kind("expression"))),
        eligibility=tuple(_eligibility(_listed(old, "eligibility", "code"), _listed(new, "eligibility", "code"))),
        query=_query(str(old_source.get("query", "")), str(new_source.get("query", "")), QUERIES),
        inputs=tuple(_named(_mapping(old.get("inputs")), _mapping(new.get("inputs")), _input_kind)),
        join=_query(str(old.get("join") or ""), str(new.get("join") or ""), EXPRESSIONS),
        parameters=tuple(
            _named(_mapping(old_source.get("parameters")), _mapping(new_source.get("parameters")), _plain_kind)
        ),
        outputs=tuple(_named(_numbered(old.get("outputs")), _numbered(new.get("outputs")), _plain_kind)),
        envelope=tuple(_named(_mapping(old.get("envelope")), _mapping(new.get("envelope")), _plain_kind)),
        settings=tuple(settings),
    )


def _complete(document: Mapping[str, object]) -> Mapping[str, Any]:
    """With the defaults written out, where the document is whole."""
    try:
        return ReportDocument.model_validate(document).model_dump(mode="json")
    except ValidationError:
        return document


def _named(
    before: Mapping[str, Any], after: Mapping[str, Any], kind_of: Callable[[Any, Any], ChangeKind]
) -> Iterable[PartChange]:
    """Added and changed parts in the order of the new document, then those that are gone."""
    for name, value in after.items():
        if name not in before:
            yield PartChange(name, ChangeKind.ADDED, None, value)
        elif before[name] != value:
            yield PartChange(name, kind_of(before[name], value), before[name], value)
    for name, value in before.items():
        if name not in after:
            yield PartChange(name, ChangeKind.REMOVED, value, None)


def _eligibility(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[PartChange]:
    """Decisions by their code; the first that holds decides, so that their order matters."""
    yield from _named(before, after, _part_kind("when"))
    yield from _moved(list(before), list(after))


def _moved(old_names: Sequence[str], new_names: Sequence[str]) -> Iterable[PartChange]:
    """Parts that stand elsewhere among those that both documents have; fields are the columns of a CSV file."""
    common = set(old_names) & set(new_names)
    before, after = ([name for name in names if name in common] for names in (old_names, new_names))
    kept = {
        name
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for name in after[block.b : block.b + block.size]
    }
    for name in after:
        if name not in kept:
            yield PartChange(name, ChangeKind.MOVED, old_names.index(name) + 1, new_names.index(name) + 1)


def _query(before: str, after: str, dialect: str) -> QueryChange | None:
    if before == after:
        return None
    is_same = differs_only_in_form(before, after, dialect)
    return QueryChange(ChangeKind.REFORMATTED if is_same else ChangeKind.CHANGED, tuple(_lines(before, after)))


def _lines(before: str, after: str) -> Iterable[Line]:
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MAX_LINES:
        blocks: Sequence[tuple[str, int, int, int, int]] = [("replace", 0, len(old), 0, len(new))]
    else:
        blocks = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for tag, old_start, old_end, new_start, new_end in blocks:
        if tag == "equal":
            for step, text in enumerate(old[old_start:old_end]):
                yield Line(LineKind.KEPT, text, old_start + step + 1, new_start + step + 1)
            continue
        for number in range(old_start, old_end):
            yield Line(LineKind.REMOVED, old[number], number + 1, None)
        for number in range(new_start, new_end):
            yield Line(LineKind.ADDED, new[number], None, number + 1)


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    source = _mapping(document.get("source"))
    found = {name: document[name] for name in _SINGLE if document.get(name) not in (None, [], ())}
    return {**found, "connector_id": source["connector_id"]} if "connector_id" in source else found


def _listed(document: Mapping[str, Any], part: str, name: str) -> dict[str, Any]:
    """The items of a list by what they are called."""
    items = document.get(part)
    return {
        str(one.get(name, f"no. {number}")): one
        for number, one in enumerate(items if isinstance(items, list) else (), 1)
        if isinstance(one, Mapping)
    }


def _part_kind(expression: str) -> Callable[[Any, Any], ChangeKind]:
    """How a part changes whose expression has this name."""

    def kind(before: Mapping[str, Any], after: Mapping[str, Any]) -> ChangeKind:
        names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        if names != {expression}:
            return ChangeKind.CHANGED
        return _expression_kind(before[expression], after[expression])

    return kind


def _expression_kind(before: object, after: object) -> ChangeKind:
    is_text = isinstance(before, str) and isinstance(after, str)
    if is_text and differs_only_in_form(str(before), str(after), EXPRESSIONS):
        return ChangeKind.REFORMATTED
    return ChangeKind.CHANGED


def _input_kind(before: Any, after: Any) -> ChangeKind:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return ChangeKind.CHANGED
    names = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    is_same = names == {"query"} and differs_only_in_form(str(before["query"]), str(after["query"]), QUERIES)
    return ChangeKind.REFORMATTED if is_same else ChangeKind.CHANGED


def _plain_kind(_before: object, _after: object) -> ChangeKind:
    return ChangeKind.CHANGED


def _numbered(values: object) -> dict[str, Any]:
    return {str(number): one for number, one in enumerate(values if isinstance(values, list) else (), 1)}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
