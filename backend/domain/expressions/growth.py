"""How much longer a text can become: nested replacements multiply, so their product is bounded at save."""

from __future__ import annotations

from typing import Final

from backend.domain.expressions.errors import ExpressionCode, ExpressionInvalid
from backend.domain.expressions.functions.literal_checks import constant_text
from backend.domain.expressions.nodes import Call, Node

MAX_GROWTH: Final = 10_000
"""A character of a column may become at most this many."""


def refuse_growth(root: Node) -> None:
    """Raise ``ExpressionInvalid`` when nested functions could blow a short text up."""
    _growth(root)


def _growth(node: Node) -> int:
    below = max((_growth(child) for child in node.children), default=1)
    growth = below * _factor(node)
    if growth > MAX_GROWTH:
        raise ExpressionInvalid(
            ExpressionCode.TOO_LARGE, f"Nested replacements could make a text {growth} times as long.", node.position
        )
    return growth


def _factor(node: Node) -> int:
    if not isinstance(node, Call):
        return 1
    if node.function == "replace":
        sought, replacement = constant_text(node.arguments[1]), constant_text(node.arguments[2])
        return max(1, -(-len(replacement) // max(1, len(sought))))
    if node.function == "regexp_replace":
        return 1 + len(constant_text(node.arguments[2]))
    if node.function in {"concat", "concat_ws", "||"}:
        return len(node.arguments)
    return 1
