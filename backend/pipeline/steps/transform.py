"""Transform: field expressions turn the source frame into the target frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from backend.domain.validation.rule import Severity
from backend.pipeline.checks import CompiledCheck

ROW_NUMBER = "row_number"


@dataclass(frozen=True, slots=True)
class CompiledField:
    """A target column with its value and, where it can fail, its error per row."""

    name: str
    value: pl.Expr
    error: pl.Expr | None
    failed: pl.Expr | None

    def check(self) -> CompiledCheck | None:
        """The check that this field can be evaluated; a row where it cannot stops the run."""
        if self.error is None:
            return None
        return CompiledCheck(
            rule_id=f"FIELD-{self.name}",
            severity=Severity.BLOCKING,
            message=f"The expression of {self.name} cannot be evaluated.",
            columns=(self.name,),
            ok=pl.lit(value=True),
            error=self.error,
            failed=self.failed,
        )


def transform(frame: pl.DataFrame, fields: Sequence[CompiledField]) -> pl.DataFrame:
    """The target frame: ``row_number`` and one column per mapped target column."""
    # Lazily: what the expressions share is computed once; the streaming engine would compute it twice.
    wanted = [field.value.alias(field.name) for field in fields]
    return frame.lazy().select(ROW_NUMBER, *wanted).collect(engine="in-memory")
