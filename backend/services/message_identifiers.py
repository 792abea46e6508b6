"""The identifier that a run writes into its messages; each further file adds its number to it."""

from __future__ import annotations

from backend.persistence.models.run import Run


def message_identifier(run: Run) -> str:
    """At most 35 characters, unique per run, the same for every attempt. See ``identifier_of_file``."""
    return f"OR{run.id.hex[:28].upper()}"
