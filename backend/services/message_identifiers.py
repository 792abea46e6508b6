"""The identifier that a run writes into its messages, by which a regulator's answer names them."""

from __future__ import annotations

from backend.persistence.models.run import Run


def message_identifier(run: Run) -> str:
    """At most 35 characters, unique per run, the same for every attempt and every file of it."""
    return f"OR{run.id.hex[:28].upper()}"
