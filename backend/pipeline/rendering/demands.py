"""What the element tree demands of a record: values that must be there, choices, places for every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backend.domain.regulations.model import Element, TargetColumn
from backend.pipeline.rendering.frame_facts import FrameFacts, Rows
from backend.pipeline.rendering.presence import Presence, both, either, negated


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand in plain words, the columns that could meet it, and where it is met."""

    columns: tuple[str, ...]
    text: str
    ok: Rows | bool


@dataclass(slots=True)
class Places:
    """Where the values of one column may stand.

    ``possible``: the branch of the record that has a place is chosen. ``written``: the element the value belongs to
    is there; None when the value itself brings its element with it.
    """

    possible: Rows | bool
    written: Rows | bool | None

    @property
    def filled(self) -> Rows | bool:
        """Where a value of the column would be written."""
        return self.possible if self.written is None else self.written


class Wording:
    """The words of demands: titles for people, and what a choice is between. Kept, since every frame asks again."""

    def __init__(self, columns: Mapping[str, TargetColumn]) -> None:
        self._columns = columns
        self._choices: dict[int, tuple[tuple[str, ...], str]] = {}

    def title(self, column: str) -> str:
        """The title of a column."""
        return self._columns[column].title

    def choice(self, element: Element) -> tuple[tuple[str, ...], str]:
        """The columns that stand for the branches of a choice, and the demand that exactly one is taken."""
        if id(element) not in self._choices:
            self._choices[id(element)] = self._describe(element)
        return self._choices[id(element)]

    def _describe(self, element: Element) -> tuple[tuple[str, ...], str]:
        conditions = [child.when for child in element.children if child.when]
        selectors = tuple({condition.column for condition in conditions})
        if len(selectors) == 1 and len(conditions) == len(element.children):
            values = ", ".join(value for condition in conditions for value in condition.values)
            return selectors, f"{self.title(selectors[0])} must be one of {values}"
        columns = tuple(dict.fromkeys(name for child in element.children for name in child.presence_columns()[:1]))
        return columns, f"exactly one of {', '.join(map(self.title, columns))} must be given"


class StructureWalk:
    """One walk over the element tree. ``places`` is complete once all demands were taken."""

    def __init__(self, facts: FrameFacts, wording: Wording) -> None:
        self.places: dict[str, Places] = {}
        self._facts = facts
        self._presence: Presence = Presence(facts)
        self._wording = wording

    def demands(self, record: Element) -> Iterator[Demand]:
        """The demands on every record, in document order."""
        yield from self._visit(record, True, True)
        for name, places in self.places.items():
            if places.written is not None:
                # A value without its element would get lost silently.
                has_place = either(places.written, negated(places.possible))
                text = f"{self._wording.title(name)} has a value, but the value it belongs to is missing"
                yield Demand((name,), text, either(has_place, negated(self._facts.has_value(name))))

    def _visit(self, element: Element, written: Rows | bool, possible: Rows | bool) -> Iterator[Demand]:
        """Demands on an element that is written in some of the rows where its branch is chosen."""
        if element.column is not None:
            self._place(element.column, possible, None if element.presence else written)
            if element.required:
                yield self._value(element.column, written)
        by_itself = None if element.attributes_count else written
        for _, column in element.attributes:
            self._place(column, possible, by_itself)
            yield self._value(column, written)
        for _, column in element.options:
            self._place(column, possible, by_itself)
        below = [(child, self._presence.written(child, written)) for child in element.children]
        if element.choice:
            yield self._choice(element, written, [rows for _, rows in below])
        for child, rows in below:
            yield from self._visit(child, rows, both(possible, self._facts.holds(child.when) if child.when else True))

    def _value(self, column: str, written: Rows | bool) -> Demand:
        ok = either(negated(written), self._facts.has_value(column))
        return Demand((column,), f"{self._wording.title(column)} needs a value", ok)

    def _choice(self, element: Element, written: Rows | bool, options: list[Rows | bool]) -> Demand:
        chosen: Rows | bool = False
        contradicted: Rows | bool = False
        for option in options:
            contradicted = either(contradicted, both(chosen, option))
            chosen = either(chosen, option)
        ok = either(negated(written), both(chosen, negated(contradicted)))
        return Demand(*self._wording.choice(element), ok)

    def _place(self, column: str, possible: Rows | bool, written: Rows | bool | None) -> None:
        known = self.places.get(column)
        if known is None:
            self.places[column] = Places(possible, written)
            return
        known.possible = either(known.possible, possible)
        known.written = None if known.written is None or written is None else either(known.written, written)
