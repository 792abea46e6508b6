"""A call as a kernel sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from backend.domain.expressions.nodes import Call, Literal, Node
from backend.domain.expressions.types import DataType, Kind
from backend.pipeline.expressions.bindings import Bindings
from backend.pipeline.expressions.terms import Failure, RowError, Term


@dataclass(frozen=True, slots=True)
class Site:
    """The call, its compiled arguments and the run."""

    node: Call
    values: tuple[pl.Expr, ...]
    bindings: Bindings

    @property
    def type(self) -> DataType:
        """The type of the result."""
        return self.node.type

    def argument(self, index: int) -> Node:
        """The node of an argument."""
        return self.node.arguments[index]

    def kind(self, index: int) -> Kind:
        """The kind of an argument."""
        return self.node.arguments[index].type.kind

    def has(self, index: int) -> bool:
        """Whether this argument was given."""
        return len(self.node.arguments) > index

    def constant(self, index: int) -> object:
        """The value of a constant argument, None when it is computed (or is NULL)."""
        node = self.node.arguments[index]
        return node.value if isinstance(node, Literal) else None

    def text(self, index: int) -> str:
        """The value of an argument that must be a text constant."""
        value = self.constant(index)
        if not isinstance(value, str):
            raise TypeError(f"argument {index} of {self.node.function} is no text constant")
        return value

    def integer(self, index: int) -> int:
        """The value of an argument that must be a whole constant."""
        value = self.constant(index)
        if not isinstance(value, int):
            raise TypeError(f"argument {index} of {self.node.function} is no whole constant")
        return value


Kernel = Callable[[Site], pl.Expr | Term]
"""Computes a call; a bare expression cannot fail."""


def failing(value: pl.Expr, condition: pl.Expr, error: RowError) -> Term:
    """A value with one failure."""
    return Term(value, (Failure(condition, error),))
