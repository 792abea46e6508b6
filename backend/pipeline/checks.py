"""A check ready to run over a frame: compiled from a rule, or derived from the structure of the message."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from backend.domain.validation.rule import Severity


@dataclass(frozen=True, slots=True)
class CompiledCheck:
    """``ok``: true or NULL passes. ``error``: text where the check could not be evaluated, else NULL.

    ``failed`` says where ``error`` has a text, and is cheaper; both are None when no row can fail.
    """

    rule_id: str
    severity: Severity
    message: str
    columns: tuple[str, ...]
    ok: pl.Expr
    error: pl.Expr | None = None
    failed: pl.Expr | None = None
