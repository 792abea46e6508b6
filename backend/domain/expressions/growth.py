"""How long a text can become: nested replacements multiply and padding adds up, so both are bounded at save."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.functions.literal_checks import constant_integer, constant_text
from backend.domain.expressions.nodes import Call, Literal, Node

MAX_GROWTH: Final = 1_000
"""A character of a column may become at most this many."""

MAX_ADDED: Final = 40_000
"""Characters that an expression may add of its own: twice what it can spell out."""

_JOINING: Final = frozenset({"||", "concat", "concat_ws"})
_PADDING: Final = frozenset({"lpad", "rpad"})


@dataclass(frozen=True, slots=True)
class _Length:
    """The most a text can have: ``factor`` times the longest column, and ``added`` characters."""

    factor: int = 1
    added: int = 0


def refuse_growth(root: Node) -> None:
    """Raise ``ExpressionInvalid`` when nested functions could blow a short text up."""
    _longest(root)


def _longest(node: Node) -> _Length:
    below = [_longest(child) for child in node.children]
    length = _length_of(node, below)
    if length.factor > MAX_GROWTH or length.added > MAX_ADDED:
        raise ExpressionInvalid(ExpressionCode.TOO_LARGE, "The text could become far too long here.", node.position)
    return length


def _length_of(node: Node, below: list[_Length]) -> _Length:
    if isinstance(node, Literal):
        return _Length(0, len(node.value) if isinstance(node.value, str) else 0)
    if not isinstance(node, Call) or node.function not in _JOINING | _PADDING | {"replace", "regexp_replace"}:
        return _Length(max((one.factor for one in below), default=1), max((one.added for one in below), default=0))
    if node.function in _PADDING:
        return _Length(0, constant_integer(node.arguments[1]))
    if node.function in _JOINING:
        return _Length(sum(one.factor for one in below), sum(one.added for one in below))
    times = _times(node)
    return _Length(below[0].factor * times, (below[0].added + 1) * times)


def _times(node: Call) -> int:
    """How many characters one character can become."""
    replacement = len(constant_text(node.arguments[2]))
    if node.function == "regexp_replace":
        return 1 + replacement
    return max(1, -(-replacement // max(1, len(constant_text(node.arguments[1])))))
