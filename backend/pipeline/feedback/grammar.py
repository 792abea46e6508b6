"""Grammars of status advices: which element may stand in which, and what is done with its text.

An element that a grammar does not know ends the reading: what is not understood is never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from backend.pipeline.feedback.advices import FeedbackRefused

Take = Callable[[str], None]
Begin = Callable[[], None]
#: Tags of the drafts that were never in force for reporting.
DRAFT_TAGS: Final = frozenset({"MsgStsAdvc", "RptSts", "DtldNbOfTxs"})


class Node(dict[str, "Node"]):
    """An element: its children by name, what happens when it begins, and with its text when it ends."""

    __slots__ = ("begin", "take")

    def __init__(
        self, children: Mapping[str, Node] | None = None, *, take: Take | None = None, begin: Begin | None = None
    ) -> None:
        super().__init__(children or {})
        self.take = take
        self.begin = begin

    def __missing__(self, name: str) -> Node:
        """Raises FeedbackRefused."""
        local = name.rpartition(" ")[2]
        if local in DRAFT_TAGS:
            raise FeedbackRefused(
                "unsupported_dialect", f"Unsupported dialect: the element {local} is of a draft of the message."
            )
        raise FeedbackRefused("unknown_element", f"The element {local} is not known at this place.")


class PassedOver(Node):
    """An element whose content is of no concern, whatever it is."""

    __slots__ = ()

    def __missing__(self, name: str) -> Node:
        """What is not known is passed over with all that is in it."""
        return _NOTHING_KNOWN


_NOTHING_KNOWN: Final = PassedOver()


def group(take: Take | None = None, begin: Begin | None = None, /, **children: Node) -> Node:
    """An element with children; ``take`` is called at its end."""
    return Node(children, take=take, begin=begin)


def leaf(take: Take | None = None) -> Node:
    """An element with text."""
    return Node(take=take)


def anything(**known: Node) -> Node:
    """An element that is passed over, but for what is known in it."""
    return PassedOver(known)


def qualified(node: Node, namespace: str) -> Node:
    """The grammar with its names in a namespace."""
    children = {f"{namespace} {name}": qualified(child, namespace) for name, child in node.items()}
    return type(node)(children, take=node.take, begin=node.begin)
