"""When an element of the record is written: one reading of the pack, for the renderer and for the structure checks.

Both ask the same questions about all rows of a frame. An answer that is the same for every row is a plain ``bool``
and costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from backend.domain.regulations.model import Element
from backend.pipeline.rendering.frame_facts import FrameFacts, Rows


def both(left: Rows | bool, right: Rows | bool) -> Rows | bool:
    """And, with answers that hold for every record folded away."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return left & right


def either(left: Rows | bool, right: Rows | bool) -> Rows | bool:
    """Or, with answers that hold for every record folded away."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return left | right


def negated(mask: Rows | bool) -> Rows | bool:
    """Not."""
    return (not mask) if isinstance(mask, bool) else ~mask


class Presence:
    """Which elements the records have.

    A required element is written wherever its parent is, so that a missing value leaves an empty element, which no
    schema accepts, rather than a gap. Any other element is written where it holds a value that gives presence.
    """

    def __init__(self, facts: FrameFacts) -> None:
        self._facts = facts
        # By identity: comparing elements would compare everything below them.
        self._known: dict[int, Rows | bool] = {}

    def has_value(self, column: str) -> Rows | bool:
        """Where a column has a value."""
        return self._facts.has_value(column)

    def gives(self, element: Element) -> Rows | bool:
        """Where the element has a value below it that makes it, and its parents, present."""
        if id(element) not in self._known:
            self._known[id(element)] = self._find(element)
        return self._known[id(element)]

    def written(self, element: Element, parent: Rows | bool) -> Rows | bool:
        """Where the element is written, given where its parent is."""
        possible = both(parent, self._condition(element))
        if element.required or element.literal is not None:
            return possible
        if element.column is not None and not element.presence:
            return both(possible, self._facts.has_value(element.column))
        return both(possible, self.gives(element))

    def _find(self, element: Element) -> Rows | bool:
        found: Rows | bool = False
        if element.column is not None and element.presence:
            found = self._facts.has_value(element.column)
        for column in element.counted_attributes():
            found = either(found, self._facts.has_value(column))
        for child in element.children:
            found = either(found, self.gives(child))
        return both(self._condition(element), found)

    def _condition(self, element: Element) -> Rows | bool:
        return True if element.when is None else self._facts.holds(element.when)


def prune(element: Element, mapped: Collection[str]) -> Element:
    """The element without the parts that cannot be written when only these columns are mapped."""
    children = (prune(child, mapped) for child in element.children)
    kept = tuple(child for child in children if child.required or child.literal is not None or _reads(child, mapped))
    return replace(element, children=kept)


def _reads(element: Element, mapped: Collection[str]) -> bool:
    counted = element.counted_attributes()
    return (
        element.column in mapped
        or any(name in mapped for name in counted)
        or any(_reads(child, mapped) for child in element.children)
    )
