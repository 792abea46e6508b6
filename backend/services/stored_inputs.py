"""The stored inputs of a run, out of its row."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from backend.persistence.models.run import Run
from backend.pipeline.ports import StoredInput

_STORED_INPUT: Final = TypeAdapter(StoredInput)


def find_input(run: Run) -> StoredInput | None:
    """The run's own rows, or None while they have not been extracted."""
    if run.input_key is None or run.input_sha256 is None or run.input_size_bytes is None:
        return None
    return StoredInput(run.input_key, run.input_sha256, run.input_size_bytes, run.rows_in, run.row_groups_total)


def inputs_of(run: Run) -> dict[str, StoredInput]:
    """The rows of the report's further inputs, by name."""
    return {name: _STORED_INPUT.validate_python(one) for name, one in run.inputs.items()}
