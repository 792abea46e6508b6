"""When an element of the record is written: one reading of the pack, for the renderer and for the structure checks.

Both ask the same questions about many records at once, the renderer with NumPy masks of a frame, the checks with
Polars expressions. An answer that does not depend on the record is a plain ``bool`` and costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Generic, Protocol, Self, TypeVar

from backend.domain.regulations.model import Condition, Element


class Mask(Protocol):
    """One truth value per record."""

    def __and__(self, other: Self, /) -> Self: ...

    def __or__(self, other: Self, /) -> Self: ...

    def __invert__(self) -> Self: ...


M = TypeVar("M", bound=Mask)
M_co = TypeVar("M_co", bound=Mask, covariant=True)


class Facts(Protocol[M_co]):
    """What is known about the records: where a column has a value, where a condition holds."""

    def has_value(self, column: str) -> M_co | bool:
        """Where the column is not null; False for a column that is not mapped."""

    def holds(self, condition: Condition) -> M_co | bool:
        """Where the column has one of the values of the condition."""


def both(left: M | bool, right: M | bool) -> M | bool:
    """And, with answers that hold for every record folded away."""
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    return left & right


def either(left: M | bool, right: M | bool) -> M | bool:
    """Or, with answers that hold for every record folded away."""
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    return left | right


def negated(mask: M | bool) -> M | bool:
    """Not."""
    return (not mask) if isinstance(mask, bool) else ~mask


class Presence(Generic[M]):
    """Which elements the records have.

    A required element is written wherever its parent is, so that a missing value leaves an empty element, which no
    schema accepts, rather than a gap. Any other element is written where it holds a value that gives presence.
    """

    def __init__(self, facts: Facts[M]) -> None:
        self._facts = facts
        # By identity: comparing elements would compare everything below them.
        self._known: dict[int, M | bool] = {}

    def gives(self, element: Element) -> M | bool:
        """Where the element has a value below it that makes it, and its parents, present."""
        if id(element) not in self._known:
            self._known[id(element)] = self._find(element)
        return self._known[id(element)]

    def written(self, element: Element, parent: M | bool) -> M | bool:
        """Where the element is written, given where its parent is."""
        possible = both(parent, self._condition(element))
        if element.required or element.literal is not None:
            return possible
        if element.column is not None and not element.presence:
            return both(possible, self._facts.has_value(element.column))
        return both(possible, self.gives(element))

    def _find(self, element: Element) -> M | bool:
        found: M | bool = False
        if element.column is not None and element.presence:
            found = self._facts.has_value(element.column)
        for child in element.children:
            found = either(found, self.gives(child))
        return both(self._condition(element), found)

    def _condition(self, element: Element) -> M | bool:
        return True if element.when is None else self._facts.holds(element.when)


def prune(element: Element, mapped: Collection[str]) -> Element:
    """The element without the parts that cannot be written when only these columns are mapped."""
    children = (prune(child, mapped) for child in element.children)
    kept = tuple(child for child in children if child.required or child.literal is not None or _reads(child, mapped))
    return replace(element, children=kept)


def _reads(element: Element, mapped: Collection[str]) -> bool:
    return element.column in mapped or any(_reads(child, mapped) for child in element.children)
