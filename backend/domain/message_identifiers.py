"""Identifiers of the messages of a run, by which a regulator's answer names them."""

from __future__ import annotations

from typing import Final

#: What ISO 20022 allows (Max35Text).
MAX_LENGTH: Final = 35


def identifier_of_file(identifier: str, file_number: int) -> str:
    """The identifier of a file of a run, by its number from 1: the first has the run's, the others add theirs.

    So each file of a split run is answered by itself. What has no room makes it at its end, where a run's identifier
    has the digits that were drawn.
    """
    if file_number == 1:
        return identifier
    ending = f"-{file_number}"
    return identifier[: MAX_LENGTH - len(ending)] + ending
